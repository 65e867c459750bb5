"""SFace and InsightFace's R50: only their entries differ. What they are fed is held to their authors' own code."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from apps.recognition import licences, store
from apps.recognition.alignment import ARCFACE_112, BASE, chips, similarity
from apps.recognition.embedders import NetEmbedder, one_by_one
from apps.recognition.engine import Engine, engine_named
from apps.recognition.registry import ENTRIES
from apps.recognition.sessions import Net
from apps.recognition.shapes import Image, Purpose
from apps.recognition.weights import SFACE, W600K_R50, WEIGHTS, YUNET

from .networks import random_planes_network
from .pictures import noise, read

POINTS = np.array([[50, 60], [95, 58], [72, 90], [55, 112], [92, 110]], np.float32)


@pytest.fixture
def picture() -> Image:
    """A smooth picture with structure: pure noise makes every alignment look wrong."""
    return np.asarray(cv2.GaussianBlur(noise(160, 160), (0, 0), 3), dtype=np.uint8)


@pytest.fixture
def sface(tmp_path: Path) -> Path:
    (tmp_path / SFACE).write_bytes(random_planes_network(128, batch=1))
    return tmp_path / SFACE


def cosine(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    return float((one.ravel() @ two.ravel()) / np.linalg.norm(one) / np.linalg.norm(two))


def ours(entry_name: str, path: Path, cut: Image) -> NDArray[np.float32]:
    return NetEmbedder(one_by_one(Net(path)), ENTRIES[entry_name].network.pixels).embed(cut)


def test_sfaces_chip_is_opencvs(sface: Path, picture: Image) -> None:
    row = np.concatenate([[40, 40, 80, 90], POINTS.ravel(), [0.9]]).astype(np.float32)
    theirs = cv2.FaceRecognizerSF.create(str(sface), "").alignCrop(picture, row)
    chip = chips(picture, similarity(POINTS, ARCFACE_112), 112, BASE)[0]
    assert np.abs(chip.astype(int) - theirs.astype(int)).max() <= 2


def test_sfaces_vectors_are_opencvs(sface: Path, picture: Image) -> None:
    cut = chips(picture, similarity(POINTS, ARCFACE_112), 112, BASE)
    bgr = np.ascontiguousarray(cut[0][..., ::-1])
    theirs = np.asarray(cv2.FaceRecognizerSF.create(str(sface), "").feature(bgr), dtype=np.float32)
    assert cosine(ours("sface", sface, cut)[0], theirs) >= 0.999


def test_r50_is_fed_as_insightface_feeds_it(tmp_path: Path, picture: Image) -> None:
    (tmp_path / W600K_R50).write_bytes(random_planes_network(512, batch="n"))
    cut = chips(picture, similarity(POINTS, ARCFACE_112), 112, BASE)
    # arcface_onnx.py: blobFromImages of a BGR picture, 1/127.5, mean 127.5, swapRB.
    bgr = np.ascontiguousarray(cut[0][..., ::-1])
    blob = cv2.dnn.blobFromImages([bgr], 1 / 127.5, (112, 112), (127.5, 127.5, 127.5), swapRB=True)
    theirs = Net(tmp_path / W600K_R50)(blob)[0]
    assert cosine(ours("insightface-r50", tmp_path / W600K_R50, cut)[0], theirs) >= 0.99999


def test_a_network_for_one_picture_takes_several_in_turn(sface: Path, picture: Image) -> None:
    several = np.stack([np.roll(picture[:112, :112], shift, axis=1) for shift in (0, 9, 30)])
    together = ours("sface", sface, several)
    alone = [ours("sface", sface, one[None])[0] for one in several]
    assert together.shape == (3, 128) and np.allclose(together, alone)


@pytest.fixture(params=["sface", "insightface-r50"])
def engine(request: pytest.FixtureRequest, empty_store: Path, shared: Path, tmp_path: Path) -> Engine:
    """The entry's own parts, with a random network under the published name."""
    name = str(request.param)
    entry = ENTRIES[name]
    licences.accept(entry)
    store.take_in(WEIGHTS[YUNET], shared / "models" / YUNET)
    batch: int | str = 1 if name == "sface" else "n"
    (tmp_path / "random.onnx").write_bytes(random_planes_network(entry.dimension, batch=batch))
    store.take_in(WEIGHTS[entry.network.file], tmp_path / "random.onnx", allow_unlisted=True)
    return engine_named(name)


@pytest.mark.shared
def test_such_an_engine_needs_nothing_but_its_entry(engine: Engine, shared: Path) -> None:
    image = read(next((shared / "faces" / "lfw_people" / "Al_Gore").glob("*.jpg")))
    probe = engine.see_all(image)[0]
    assert probe.vector.shape == (engine.dimension,) and engine.space.split("/")[1] == "yunet"


@pytest.mark.shared
def test_its_mirrored_enrolment_works(engine: Engine, shared: Path) -> None:
    image = read(next((shared / "faces" / "lfw_people" / "Al_Gore").glob("*.jpg")))
    vector = engine.embed(image, engine.faces(image)[0], Purpose.ENROLL)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.shared
def test_it_is_not_calibrated(engine: Engine) -> None:
    assert not engine.calibrated and engine.thresholds(50).accept is None
