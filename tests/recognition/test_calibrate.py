"""`manage.py calibrate`: photos of people in, lines for exactly these weights out."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from apps.recognition import store
from apps.recognition.calibration import collecting, finding
from apps.recognition.calibration.collecting import Collected, measure, photos_of
from apps.recognition.calibration.measured import CalibrationUnreadable, Measured, from_json, to_json
from apps.recognition.engine import thresholds_of
from apps.recognition.management.commands import calibrate as command
from apps.recognition.registry import entry_named
from apps.recognition.shapes import Face, Image, Purpose, Target, Vector

from .pictures import noise, write_jpeg
from .spheres import UNIFORM

SPACE = "arcface/yunet/arcface-points.1/0123456789ab"
FACE = Face((0.0, 0.0, 64.0, 64.0), 1.0, np.zeros((5, 2), np.float32))


class Seer:
    """An engine for which a face is the brightness of its picture: the same brightness, the same person."""

    name, space, dimension = "arcface-yunet", SPACE, 128

    def embed(self, image: Image, face: Face, purpose: Purpose) -> Vector:
        person = np.random.default_rng(int(image.mean()))
        vector: Vector = UNIFORM.people(person, 1)[0]
        return vector


@pytest.fixture
def seer(monkeypatch: pytest.MonkeyPatch, empty_store: Path) -> Iterator[None]:
    monkeypatch.setattr(command, "engine_named", lambda name: Seer())
    monkeypatch.setattr(collecting, "_face", lambda engine, photo: (brightness(photo), FACE))
    yield


def brightness(photo: Path) -> Image:
    return np.full(
        (2, 2, 3), int(photo.parent.name.removeprefix("P") if photo.parent.name[1:].isdigit() else photo.stem)
    )


def people(folder: Path, count: int, photos: int = 2, first: int = 0) -> Path:
    for person in range(first, first + count):
        for photo in range(photos):
            write_jpeg(folder / f"P{person}", f"{photo}.jpg", noise(8, 8))
    return folder


def printed(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("calibrate", str(folder), "--engine", "arcface-yunet", *options, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(("count", "lacking"), [(0, 100), (10, 90), (99, 1)])
def test_too_few_people_are_refused_with_how_many_more(seer: None, tmp_path: Path, count: int, lacking: int) -> None:
    tmp_path.joinpath("faces").mkdir()
    with pytest.raises(CommandError, match=rf"Add {lacking} more.*\[too_few_people\]"):
        printed(people(tmp_path / "faces", count))


def test_strangers_alone_are_no_people(seer: None, tmp_path: Path) -> None:
    strangers = people(tmp_path / "strangers", 100)
    with pytest.raises(CommandError, match="Add 10 more"):
        printed(people(tmp_path / "faces", 20, first=200), "--strangers", str(strangers))


def test_an_absent_folder_is_named(seer: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"absent is not a folder.*\[folder_missing\]"):
        printed(tmp_path / "absent")


@pytest.fixture
def calibrated(seer: None, tmp_path: Path) -> str:
    strangers = people(tmp_path / "strangers", 70, photos=1, first=500)
    return printed(people(tmp_path / "faces", 40), "--strangers", str(strangers), "--source", "staff", "--json")


def test_an_engine_leaves_confirm_mode(seer: None, tmp_path: Path) -> None:
    assert thresholds_of("arcface-yunet", 50).accept is None
    printed(people(tmp_path / "faces", 100, photos=1))
    assert thresholds_of("arcface-yunet", 50).accept is not None


def test_it_says_what_the_lines_mean(calibrated: str) -> None:
    assert "With 100 people enrolled, about 1 in" in calibrated or "at most 1 in" in calibrated
    assert "not enough to rely on" in calibrated


def test_it_reports_its_lines(calibrated: str) -> None:
    report = json.loads(calibrated.splitlines()[-1])
    lines = report["lines"]["100"]["1"]
    assert (report["people"], report["strangers"], report["space"]) == (40, 70, SPACE)
    assert lines["fpir"] <= lines["fpir_bound"] == pytest.approx(0.01)


def test_it_says_who_it_is_from_and_since_when(calibrated: str) -> None:
    kept = finding.for_engine(entry_named("arcface-yunet"))
    assert kept.since is not None and kept.provenance.startswith("staff: 40 people, 70 strangers")


def test_status_tells_it(calibrated: str) -> None:
    out = StringIO()
    call_command("facemodels", "status", engine="arcface-yunet", stdout=out)
    assert f"calibrated on {finding.for_engine(entry_named('arcface-yunet')).since}: staff" in out.getvalue()


def test_it_holds_for_these_weights_only(calibrated: str) -> None:
    entry = entry_named("arcface-yunet")
    assert finding.for_space(entry, SPACE).calibrated
    assert not finding.for_space(entry, SPACE[:-1] + "0").calibrated
    assert not finding.for_space(entry, f"another-aligner/{SPACE}").calibrated  # of the same weights
    assert not finding.for_space(entry_named("arcface"), SPACE).calibrated


def test_nothing_of_a_face_is_kept(calibrated: str) -> None:
    [path] = (store.models_dir() / "calibrations").iterdir()
    assert path.stat().st_size < 8192 and "P1" not in path.read_text()


def test_it_can_be_written_elsewhere(seer: None, tmp_path: Path) -> None:
    printed(people(tmp_path / "faces", 100, photos=1), "--to", str(tmp_path / "there.json"))
    assert from_json((tmp_path / "there.json").read_text()).engine == "arcface-yunet"
    assert not finding.for_engine(entry_named("arcface-yunet")).calibrated


def test_photos_lie_in_folders_of_people_or_loose(tmp_path: Path) -> None:
    people(tmp_path, 2)
    write_jpeg(tmp_path, "somebody.jpg", noise(8, 8))
    assert {name: len(photos) for name, photos in photos_of(tmp_path).items()} == {"P0": 2, "P1": 2, "somebody": 1}


def collected(people: int = 100, strangers: int = 300) -> Collected:
    rng = np.random.default_rng(3)
    known = UNIFORM.people(rng, people)
    names = [f"p{one}" for one in range(people)]
    probes = [*names, *(f"s{one}" for one in range(strangers))]
    return Collected(names, known, probes, np.concatenate([known, UNIFORM.people(rng, strangers)]), 0)


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(entry_named("arcface-yunet"), SPACE, collected(), date(2026, 1, 2), "numbers")


def test_what_is_written_is_read(measured: Measured) -> None:
    again = from_json(to_json(measured))
    assert to_json(again) == to_json(measured)
    assert again.at(77, Target.THIRD).confirm == pytest.approx(measured.at(77, Target.THIRD).confirm, abs=1e-5)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text[:-40],
        lambda text: text.replace('"version": 1', '"version": 2'),
        lambda text: text.replace('"space"', '"place"'),
        lambda text: text.replace('"bound": [', '"bound": [9.9, '),
        lambda text: "[]",
    ],
)
def test_a_damaged_file_is_refused(measured: Measured, spoil: Callable[[str], str]) -> None:
    with pytest.raises(CalibrationUnreadable, match="calibrate again"):
        from_json(spoil(to_json(measured)))


def test_with_a_damaged_file_the_engine_asks(measured: Measured, empty_store: Path, caplog: Any) -> None:
    finding.keep(measured).write_text("{")
    assert not finding.for_space(entry_named("arcface-yunet"), SPACE).calibrated
    assert "calibration_unreadable" in caplog.text


def test_the_operators_calibration_wins_over_the_shipped_one(measured: Measured, empty_store: Path) -> None:
    shipped = finding.for_engine(entry_named("dlib"))
    assert isinstance(shipped, Measured)
    finding.keep(replace(measured, engine="dlib", space=shipped.space))
    assert finding.for_space(entry_named("dlib"), shipped.space).provenance.startswith("numbers")


@pytest.mark.parametrize("name", ["dlib", "dlib-yunet"])
def test_the_shipped_calibration_is_for_the_packaged_weights_only(name: str) -> None:
    shipped = finding.for_engine(entry_named(name))
    assert isinstance(shipped, Measured)
    assert finding.for_space(entry_named(name), shipped.space) is shipped
    assert not finding.for_space(entry_named(name), shipped.space[:-1] + "x").calibrated


def test_dlib_as_loaded_is_calibrated(dlib_engine: Any) -> None:
    assert dlib_engine.calibrated and dlib_engine.thresholds(100) == thresholds_of("dlib", 100)
