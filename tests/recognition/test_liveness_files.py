"""How the passive test's files get here, what importing its door costs, and that several threads may ask."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.recognition import store
from apps.recognition.liveness import minifasnet, passive
from apps.recognition.shapes import Face
from apps.recognition.weights import MINIFASNETS, WEIGHTS
from tests.recognition.liveness_sets import frames
from tests.recognition.programs import run


def facemodels(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("facemodels", *arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def pulled(empty_store: Path, shared: Path) -> Iterator[str]:
    """What pulling the files from a folder says."""
    minifasnet._load.cache_clear()
    yield facemodels("pull", liveness=True, folder=shared / "models", allow_unlisted=True)


@pytest.mark.shared
def test_its_files_are_pulled_apart_from_any_engine(pulled: str) -> None:
    assert passive.passive_installed()
    assert "Apache-2.0" in pulled and "arcface_weights" not in pulled.split("arcface:")[0]


@pytest.mark.shared
def test_what_follows_from_an_unlisted_file_is_said(pulled: str) -> None:
    assert "measured with it is unknown" in pulled


def test_without_the_operators_word_an_unlisted_file_is_not_taken(empty_store: Path, tmp_path: Path) -> None:
    for name in MINIFASNETS:
        (tmp_path / name).write_bytes(b"not published")
    with pytest.raises(CommandError, match="weights_unlisted"):
        facemodels("pull", liveness=True, folder=tmp_path)


def test_a_folder_without_them_fails(empty_store: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="weights_missing"):
        facemodels("pull", liveness=True, folder=tmp_path)


def test_status_shows_that_they_are_missing(empty_store: Path) -> None:
    report = json.loads(facemodels("status", json=True).splitlines()[-1])["liveness"]
    assert not report["ready"]
    assert [file["state"] for file in report["files"]] == ["missing", "missing"]


@pytest.mark.shared
def test_verify_fails_on_a_damaged_one(pulled: str) -> None:
    store.locate(WEIGHTS[MINIFASNETS[1]]).write_bytes(b"damaged")
    with pytest.raises(CommandError, match="4_0_0_80x80_MiniFASNetV1SE.onnx"):
        facemodels("verify")


def test_each_file_has_published_addresses() -> None:
    addresses = [address for name in MINIFASNETS for address in WEIGHTS[name].addresses]
    assert len(addresses) == 4
    assert all(address.startswith("https://") for address in addresses)


@pytest.mark.deepface
def test_they_are_the_addresses_that_deepface_uses() -> None:
    from deepface.models.spoofing.onnx import FasNet

    theirs = FasNet.FIRST_WEIGHTS_URL + FasNet.SECOND_WEIGHTS_URL
    assert [address for name in MINIFASNETS for address in WEIGHTS[name].addresses] == theirs


def test_the_web_process_may_import_the_doors(tmp_path: Path) -> None:
    code = (
        "from apps.recognition.liveness import passive, challenge, packing, replay, figures\n"
        "print(json.dumps(sorted({'cv2', 'onnxruntime', 'scipy'} & set(sys.modules))))"
    )
    assert run(code, tmp_path) == []


@pytest.mark.shared
def test_several_threads_get_the_same_answers(pulled: str, shared: Path) -> None:
    pictures = list(frames(shared, "front_D", 40)) + list(frames(shared, "spoof_phone_D", 40))
    face = Face((200.0, 100.0, 230.0, 290.0), 1.0, np.zeros((5, 2), np.float32))
    alone = [passive.p_real(picture, face) for picture in pictures]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda picture: passive.p_real(picture, face), pictures * 4)) == alone * 4
