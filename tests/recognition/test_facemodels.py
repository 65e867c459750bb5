import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.recognition import store
from apps.recognition.weights import WEIGHTS


def output(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("facemodels", *arguments, stdout=out, **options)
    return out.getvalue()


def report(*arguments: str, **options: Any) -> dict[str, Any]:
    last: dict[str, Any] = json.loads(output(*arguments, json=True, **options).splitlines()[-1])
    return last


@pytest.fixture
def offered(tmp_path: Path) -> Path:
    """A folder with a file under ArcFace's name that nobody published."""
    folder = tmp_path / "offered"
    folder.mkdir()
    (folder / "arcface_weights.onnx").write_bytes(b"not published")
    return folder


def test_status_shows_every_engine(empty_store: Path) -> None:
    engines = report("status")["engines"]
    assert engines["dlib"]["ready"] and not engines["arcface"]["ready"]


def test_status_shows_the_licences(empty_store: Path) -> None:
    assert "commercial use is unproven" in output("status", engine="arcface")


def test_status_says_what_is_not_calibrated(empty_store: Path) -> None:
    engines = report("status")["engines"]
    assert (engines["dlib"]["calibrated"], engines["arcface"]["calibrated"]) == (True, False)
    assert "confirm mode" in output("status", engine="arcface")


def test_the_tensorflow_back_end_needs_other_files(empty_store: Path, settings: Any) -> None:
    settings.DEEPFACE_BACKEND = "tensorflow"
    names = [file["name"] for file in report("status", engine="arcface")["engines"]["arcface"]["files"]]
    assert names == ["retinaface.h5", "arcface_weights.h5"]


def test_the_packaged_engine_needs_no_pull(empty_store: Path) -> None:
    assert "nothing to pull" in output("pull", engine="dlib")


def test_an_unlisted_file_needs_the_operators_word(empty_store: Path, offered: Path) -> None:
    with pytest.raises(CommandError, match="weights_unlisted"):
        output("pull", engine="arcface-yunet", folder=offered)


def test_an_unlisted_file_is_taken_loudly(empty_store: Path, offered: Path) -> None:
    said = output("pull", engine="arcface-yunet", folder=offered, allow_unlisted=True)
    assert "WARNING" in said and "space of their own" in said


def test_the_licence_is_shown_before_a_file_is_taken(empty_store: Path, offered: Path) -> None:
    said = output("pull", engine="arcface-yunet", folder=offered, allow_unlisted=True)
    assert said.index("licence") < said.index("sha256")


def test_what_is_still_missing_is_said(empty_store: Path, offered: Path) -> None:
    said = output("pull", engine="arcface-yunet", folder=offered, allow_unlisted=True)
    assert "face_detection_yunet_2023mar.onnx: not in" in said


def test_a_folder_with_nothing_of_use_fails(empty_store: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="weights_missing"):
        output("pull", engine="arcface", folder=tmp_path / "empty")


def test_a_file_already_here_is_left_alone(empty_store: Path, offered: Path) -> None:
    output("pull", engine="arcface-yunet", folder=offered, allow_unlisted=True)
    (offered / "arcface_weights.onnx").unlink()
    assert "already here" in output("pull", engine="arcface-yunet", folder=offered)


def test_verify_proves_that_the_engine_loads(models_dir: Path) -> None:
    assert "space is dlib/mtcnn" in output("verify", engine="dlib")


def test_verify_fails_where_files_are_missing(empty_store: Path) -> None:
    with pytest.raises(CommandError, match="facemodels pull"):
        output("verify", engine="arcface")


def test_verify_fails_on_a_damaged_file(empty_store: Path, offered: Path) -> None:
    output("pull", engine="arcface-yunet", folder=offered, allow_unlisted=True)
    store.locate(WEIGHTS["arcface_weights.onnx"]).write_bytes(b"n0t published")
    with pytest.raises(CommandError, match="weights_corrupt"):
        output("verify")


def test_an_unknown_engine_is_a_clear_error(empty_store: Path) -> None:
    with pytest.raises(CommandError, match="choose one of dlib"):
        output("status", engine="nonsense")
