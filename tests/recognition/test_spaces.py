"""What docs/decisions/0009 says of dlib's two detectors: the same photo gives nearly the same vector through both."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from apps.recognition import store
from apps.recognition.engine import Engine, engine_named
from apps.recognition.shapes import Face, Image, Purpose
from apps.recognition.weights import WEIGHTS, YUNET

from .pictures import read


def central(engine: Engine, image: Image) -> Face:
    """The face nearest to the middle, where LFW puts whom the photo is of."""
    middle = np.array(image.shape[1::-1]) / 2
    return min(engine.faces(image), key=lambda face: float(np.abs(face.points.mean(axis=0) - middle).sum()))


@pytest.mark.shared
def test_the_same_photo_is_the_same_vector_behind_either_detector(
    empty_store: Path, shared: Path, sized: Callable[[int, int], int]
) -> None:
    store.take_in(WEIGHTS[YUNET], shared / "models" / YUNET)
    engines = engine_named("dlib"), engine_named("dlib-yunet")
    files = sorted((shared / "faces" / "lfw_people").glob("*/*.jpg"))
    cosines = []
    for image in (read(path) for path in files[:: len(files) // sized(40, 800)]):
        one, two = (engine.embed(image, central(engine, image), Purpose.PUNCH) for engine in engines)
        cosines.append(float(one @ two))
    print(f"same photo, dlib and dlib-yunet: least {min(cosines):.4f}, median {np.median(cosines):.4f}, {len(cosines)}")
    assert np.median(cosines) >= 0.999 and np.percentile(cosines, 5) >= 0.995


@pytest.mark.shared
def test_they_are_two_spaces_all_the_same(empty_store: Path, shared: Path) -> None:
    store.take_in(WEIGHTS[YUNET], shared / "models" / YUNET)
    assert engine_named("dlib").space != engine_named("dlib-yunet").space
