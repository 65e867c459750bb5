from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management.base import CommandError

from apps.recognition.engine import Engine
from apps.recognition.photos import PhotosUnreadable, from_manifest
from apps.recognition.shapes import Image

from .evaluating import Row, evaluate, write_manifest
from .pictures import FACES, noise, png, write_jpeg

KEYS = {
    "engine", "people", "probes", "strangers", "rank1", "found", "fnir", "fpir", "misidentified", "threshold",
    "intervals", "not_enrolled", "ms_per_frame",
}  # fmt: skip
FaceOf = Callable[..., Image]


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
    _, said = evaluate(**folders, fpir=[0.5])
    assert "read off the 2 strangers" in said and "mildly optimistic" in said


def test_it_says_how_many_strangers_a_small_share_needs(folders: dict[str, Path]) -> None:
    _, said = evaluate(**folders, fpir=[0.5, 0.01, 0.003])
    assert "2 photos of strangers are too few to show 1 % or 0.3 %" in said and "Give 334 or more" in said
    assert "optimistic" not in said


def test_it_says_which_interval_it_gives(folders: dict[str, Path]) -> None:
    report, said = evaluate(**folders)
    assert "Clopper-Pearson" in said
    assert report["intervals"]["found"] == pytest.approx([0.3976, 1.0], abs=1e-4)


def test_without_strangers_the_engines_own_line_is_used(folders: dict[str, Path], dlib_engine: Engine) -> None:
    report, said = evaluate(gallery=folders["gallery"], probes=folders["probes"])
    assert report["threshold"] == pytest.approx(dlib_engine.thresholds(4).confirm)
    assert report["fpir"] is None and "how many strangers it would name is unknown" in said


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
        ({"live": [Path("/nowhere")]}, "neither a folder nor a file"),
        ({"manifest": Path("/nowhere.csv"), "frames": 0}, "from 1 to 10"),
    ],
)
def test_a_wrong_call_is_a_clear_error(options: dict[str, Any], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        evaluate(**options)


def test_a_manifest_without_a_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("person,role\nann,enrol\n")
    with pytest.raises(PhotosUnreadable, match="lacks the column file"):
        from_manifest(tmp_path / "m.csv")


def test_a_wrong_role_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(PhotosUnreadable, match="line 3"):
        from_manifest(write_manifest(tmp_path / "m.csv", [("ann", "a.jpg", "enrol"), ("ann", "a.jpg", "guest")]))


def test_an_unreadable_photo_is_no_crash(tmp_path: Path, dlib_engine: Engine) -> None:
    report, said = evaluate(manifest=write_manifest(tmp_path / "m.csv", [("ann", "missing.jpg", "enrol")]))
    assert report["not_enrolled"] == 1 and "Nobody could be enrolled" in said


@pytest.mark.parametrize("picture", [noise(200, 200), noise(1, 1), noise(2, 900), noise(900, 3), noise(2400, 3000)])
def test_noise_of_any_size_is_nobody(tmp_path: Path, dlib_engine: Engine, picture: Image) -> None:
    write_jpeg(tmp_path, "n.jpg", picture)
    rows = [("ann", "n.jpg", "enrol"), ("ann", "n.jpg", "probe"), ("x", "n.jpg", "stranger")]
    report, _ = evaluate(manifest=write_manifest(tmp_path / "m.csv", rows))
    assert (report["people"], report["found"]) == (0, 0.0)


def test_another_kind_of_picture_is_counted_as_lost(folders: dict[str, Path], face_of: FaceOf) -> None:
    (folders["probes"] / "ann" / "2.png").write_bytes(png(face_of("ann")))
    report, said = evaluate(**folders)
    assert (report["probes"], report["found"], report["not_usable"]) == (5, 0.8, {"not_jpeg": 1})
    assert "1 not_jpeg" in said


def test_of_several_faces_the_middle_one_counts(folders: dict[str, Path], face_of: FaceOf) -> None:
    wide = np.full((400, 640, 3), 127, np.uint8)
    wide[:, 120:520], wide[:120, 520:] = face_of("ann", size=400), face_of("eve", size=120)
    write_jpeg(folders["probes"] / "ann", "2.jpg", wide)
    report, _ = evaluate(**folders)
    assert (report["probes"], report["found"]) == (5, 1.0)


def test_with_one_photo_each_there_is_no_approach_of_three(folders: dict[str, Path]) -> None:
    report, _ = evaluate(**folders)
    assert {row["approach"] for row in report["rows"]} == {"one photo"}
    assert report["every_choice"] == []


def test_empty_folders_are_a_coded_error(tmp_path: Path, dlib_engine: Engine) -> None:
    with pytest.raises(CommandError, match="nobody_to_enroll"):
        evaluate(gallery=tmp_path, probes=tmp_path)


def test_people_with_only_strangers_to_look_at_are_counted(folders: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    report, _ = evaluate(gallery=folders["gallery"], probes=tmp_path / "none", strangers=folders["strangers"])
    assert (report["probes"], report["strangers"], report["fpir"]) == (0, 2, 0.0)


def test_a_role_may_be_spelt_as_people_do(tmp_path: Path) -> None:
    rows: list[Row] = [("ann", "a.jpg", " Enroll"), ("", "b.jpg", "STRANGER")]
    photos = from_manifest(write_manifest(tmp_path / "m.csv", rows))
    assert (list(photos.gallery), photos.strangers[0].person) == (["ann"], "stranger 3")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "manifest_incomplete"),
        ("person,file,role\n", "manifest_empty"),
        ("person,file,role\nann\n", "manifest_role"),
        ("person,file,role\nann,,enrol\n", "manifest_file"),
        ("person,file,role\nann,a.jpg,\n", "manifest_role"),
        ("person,file,role\nann,a\x00.jpg,enrol\n", "manifest_"),
        ("person,file,role\nann,a.jpg,enrol,more,and more\n", ""),
    ],
)
def test_a_crooked_manifest_is_a_coded_error(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "m.csv").write_text(text)
    try:
        from_manifest(tmp_path / "m.csv")
        raised = ""
    except PhotosUnreadable as error:
        raised = error.code
    assert raised.startswith(code) and bool(raised) == bool(code)


def test_groups_are_told_apart_with_a_warning_for_few(tmp_path: Path, face_of: FaceOf, dlib_engine: Engine) -> None:
    for group, person in (("north", "ann"), ("south", "ben")):
        write_jpeg(tmp_path / "gallery" / group / "01", "1.jpg", face_of(person))
        write_jpeg(tmp_path / "probes" / group / "01", "1.jpg", face_of(person, shift=7))
    write_jpeg(tmp_path / "others" / "south", "1.jpg", face_of("eve"))
    folders = {name: tmp_path / name for name in ("gallery", "probes")}
    report, said = evaluate(**folders, strangers=tmp_path / "others", groups=True)
    parts = {part["name"]: part for part in report["parts"] if part["of"] == "group"}
    assert {name: part["found"]["hits"] for name, part in parts.items()} == {"north": 1, "south": 1}
    assert parts["south"]["fpir"]["of"] == 1 and "too few to compare" in said


def test_the_report_stands_alone_and_names_nobody(folders: dict[str, Path], tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    evaluate(**folders, html=page)
    text = page.read_text()
    assert text.count("<svg ") == 4 and "prefers-color-scheme: dark" in text and 'name="viewport"' in text
    assert not [word for word in (str(tmp_path), ">ann", "<img", "<script", "src=", "<link", "@import") if word in text]


def test_a_second_run_looks_at_no_photo_again(folders: dict[str, Path], tmp_path: Path, dlib_engine: Engine) -> None:
    kept = tmp_path / "kept.npz"
    first, _ = evaluate(**folders, cache=kept)
    second, _ = evaluate(**folders, cache=kept)
    assert (second["found"], second["ms_per_frame"]) == (first["found"], 0) and first["ms_per_frame"] > 0
    assert kept.stat().st_mode & 0o077 == 0


def test_a_cache_that_is_none_is_a_coded_error(folders: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "kept.npz").write_text("nothing")
    with pytest.raises(CommandError, match="cache_unreadable"):
        evaluate(**folders, cache=tmp_path / "kept.npz")


def test_attacks_without_the_tests_files_say_how_to_get_them(folders: dict[str, Path]) -> None:
    with pytest.raises(CommandError, match="facemodels pull --liveness"):
        evaluate(live=[folders["gallery"]])


def test_too_few_people_are_not_split(folders: dict[str, Path]) -> None:
    with pytest.raises(CommandError, match="too_few_to_split"):
        evaluate(**folders, splits=5)
