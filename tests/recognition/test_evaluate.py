import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.recognition import store
from apps.recognition.engine import Engine
from apps.recognition.photos import PhotosUnreadable, from_manifest
from apps.recognition.shapes import Image
from apps.recognition.weights import WEIGHTS, YUNET

from .pictures import FACES, noise, write_jpeg

KEYS = {
    "engine", "people", "probes", "strangers", "rank1", "found", "fnir", "fpir", "misidentified", "threshold",
    "intervals", "not_enrolled", "ms_per_frame",
}  # fmt: skip
FaceOf = Callable[..., Image]
Row = tuple[str, str, str]


def evaluate(**options: Any) -> tuple[dict[str, Any], str]:
    """Return the JSON object of the last line, and all that was said."""
    out = io.StringIO()
    call_command("evaluate", json=True, stdout=out, **({"engine": "dlib"} | options))
    report: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return report, out.getvalue()


def write_manifest(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["note", "person", "file", "role"])
        writer.writerows(("ignored", *row) for row in rows)
    return path


@pytest.fixture
def folders(tmp_path: Path, face_of: FaceOf, dlib_engine: Engine) -> dict[str, Path]:
    """Four people enrolled, each to be found once in a moved picture; two strangers."""
    for person in list(FACES)[:4]:
        write_jpeg(tmp_path / "gallery" / person, "1.jpg", face_of(person))
        write_jpeg(tmp_path / "probes" / person, "1.jpg", face_of(person, shift=7))
    for person in list(FACES)[4:]:
        write_jpeg(tmp_path / "strangers", f"{person}.jpg", face_of(person))
    return {name: tmp_path / name for name in ("gallery", "probes", "strangers")}


def test_it_finds_the_same_pictures_moved(folders: dict[str, Path]) -> None:
    report, _ = evaluate(**folders)
    assert (report["people"], report["found"], report["misidentified"]) == (4, 1.0, 0)


def test_it_reports_the_promised_keys(folders: dict[str, Path]) -> None:
    report, _ = evaluate(**folders)
    assert set(report) >= KEYS


def test_it_says_that_the_threshold_is_optimistic(folders: dict[str, Path]) -> None:
    _, said = evaluate(**folders)
    assert "read off the 2 strangers" in said and "mildly optimistic" in said


def test_it_says_which_interval_it_gives(folders: dict[str, Path]) -> None:
    report, said = evaluate(**folders)
    assert "Clopper-Pearson" in said
    assert report["intervals"]["found"] == pytest.approx([0.3976, 1.0], abs=1e-4)


def test_without_strangers_the_engines_own_line_is_used(folders: dict[str, Path], dlib_engine: Engine) -> None:
    report, said = evaluate(gallery=folders["gallery"], probes=folders["probes"])
    assert report["threshold"] == pytest.approx(dlib_engine.thresholds(4).confirm)
    assert report["fpir"] is None and "FPIR is unknown" in said


def test_a_person_nobody_enrolled_counts_as_a_stranger(folders: dict[str, Path], face_of: FaceOf) -> None:
    write_jpeg(folders["probes"] / "fay", "1.jpg", face_of("fay"))
    report, _ = evaluate(gallery=folders["gallery"], probes=folders["probes"])
    assert (report["probes"], report["strangers"]) == (4, 1)


def test_a_person_without_a_usable_photo_is_said_to_be_not_enrolled(folders: dict[str, Path]) -> None:
    write_jpeg(folders["gallery"] / "blank", "1.jpg", np.full((200, 200, 3), 128, np.uint8))
    report, said = evaluate(**folders)
    assert (report["not_enrolled"], report["people"]) == (1, 4) and "blank" in said


def test_a_probe_of_somebody_not_enrolled_is_not_found(folders: dict[str, Path], face_of: FaceOf) -> None:
    write_jpeg(folders["gallery"] / "fay", "1.jpg", np.full((200, 200, 3), 128, np.uint8))
    write_jpeg(folders["probes"] / "fay", "1.jpg", face_of("fay"))
    report, _ = evaluate(**folders)
    assert (report["probes"], report["found"]) == (5, 0.8)


def test_a_damaged_photo_does_not_end_the_run(folders: dict[str, Path]) -> None:
    (folders["probes"] / "ann" / "2.jpg").write_bytes(b"\xff\xd8\xff damaged")
    report, _ = evaluate(**folders)
    assert (report["probes"], report["found"]) == (5, 0.8)


def test_a_manifest_is_read_relative_to_itself(tmp_path: Path, face_of: FaceOf, dlib_engine: Engine) -> None:
    write_jpeg(tmp_path / "photos", "a.jpg", face_of("ann"))
    rows = [("ann", "photos/a.jpg", "enrol"), ("ann", "photos/a.jpg", "probe"), ("x", "photos/a.jpg", "stranger")]
    report, _ = evaluate(manifest=write_manifest(tmp_path / "m.csv", rows))
    assert (report["people"], report["probes"], report["strangers"]) == (1, 1, 1)


def test_a_stranger_named_twice_is_counted_once(tmp_path: Path, face_of: FaceOf, dlib_engine: Engine) -> None:
    write_jpeg(tmp_path / "others", "b.jpg", face_of("ben"))
    write_jpeg(tmp_path, "a.jpg", face_of("ann"))
    manifest = write_manifest(tmp_path / "m.csv", [("ann", "a.jpg", "enrol"), ("ben", "others/b.jpg", "stranger")])
    report, _ = evaluate(manifest=manifest, strangers=tmp_path / "others")
    assert report["strangers"] == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "either --manifest"),
        ({"gallery": Path("/nowhere")}, "either --manifest"),
        ({"gallery": Path("/nowhere"), "probes": Path("/nowhere")}, "not a folder"),
        ({"manifest": Path("/nowhere.csv")}, "cannot be read"),
        ({"manifest": Path("/nowhere.csv"), "fpir": 1.5}, "0.01 means 1 %"),
        ({"manifest": Path("/nowhere.csv"), "engine": "nonsense"}, "."),
    ],
)
def test_a_wrong_call_is_a_clear_error(options: dict[str, Any], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        evaluate(**options)


def test_a_manifest_without_a_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("person,role\nann,enrol\n")
    with pytest.raises(PhotosUnreadable, match="lacks file"):
        from_manifest(tmp_path / "m.csv")


def test_a_wrong_role_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(PhotosUnreadable, match="line 3"):
        from_manifest(write_manifest(tmp_path / "m.csv", [("ann", "a.jpg", "enrol"), ("ann", "a.jpg", "guest")]))


def test_an_unreadable_photo_is_no_crash(tmp_path: Path, dlib_engine: Engine) -> None:
    report, _ = evaluate(manifest=write_manifest(tmp_path / "m.csv", [("ann", "missing.jpg", "enrol")]))
    assert report["not_enrolled"] == 1


def test_noise_is_nobody(tmp_path: Path, dlib_engine: Engine) -> None:
    write_jpeg(tmp_path, "n.jpg", noise(200, 200))
    report, _ = evaluate(manifest=write_manifest(tmp_path / "m.csv", [("ann", "n.jpg", "enrol")]))
    assert report["people"] == 0


def lfw(shared: Path, folder: Path, people: int, strangers: int) -> Path:
    """A manifest of the first people and strangers of LFW."""
    faces = shared / "faces"
    with (faces / "manifest_lfw.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["person"] for row in rows if row["role"] == "enrol"})[:people]
    known = [row for row in rows if row["person"] in names]
    unknown = [row for row in rows if row["role"] == "stranger"][:strangers]
    wanted = [(row["person"], str(faces / row["file"]), row["role"]) for row in known + unknown]
    return write_manifest(folder / "lfw.csv", wanted)


Sized = Callable[[int, int], int]


@pytest.mark.shared
def test_dlib_finds_people_in_the_wild(dlib_engine: Engine, shared: Path, tmp_path: Path, sized: Sized) -> None:
    report, _ = evaluate(manifest=lfw(shared, tmp_path, sized(20, 100), sized(100, 300)))
    assert report["found"] >= 0.93 and report["misidentified"] == 0


@pytest.mark.shared
def test_the_stand_in_for_arcface_finds_nearly_everybody(
    empty_store: Path, shared: Path, tmp_path: Path, sized: Sized
) -> None:
    store.take_in(WEIGHTS[YUNET], shared / "models" / YUNET)
    name = "arcface_weights.onnx"
    store.take_in(WEIGHTS[name], shared / "models" / "standin" / name, allow_unlisted=True)
    manifest = lfw(shared, tmp_path, sized(20, 100), sized(100, 300))
    report, _ = evaluate(manifest=manifest, engine="arcface-yunet")
    assert report["found"] >= 0.99 and report["misidentified"] == 0
