"""A model store of the tests' own, and the engines loaded from it once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from apps.recognition import engine as engines
from apps.recognition.engine import Engine, engine_named
from apps.recognition.shapes import Image
from tests.plugins.needs import shared_folder

from .pictures import has_samples, portrait


@pytest.fixture(scope="package")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty store for the whole room: what is converted here is converted once."""
    folder = tmp_path_factory.mktemp("models")
    with override_settings(MODELS_DIR=folder, DEEPFACE_BACKEND="onnx"):
        engines._loaded.clear()
        yield folder
        engines._loaded.clear()


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[Path]:
    """A store for one test, in which no engine has been loaded."""
    loaded = dict(engines._loaded)
    engines._loaded.clear()
    with override_settings(MODELS_DIR=tmp_path / "models", DEEPFACE_BACKEND="onnx"):
        yield tmp_path / "models"
    engines._loaded.clear()
    engines._loaded.update(loaded)


@pytest.fixture
def dlib_engine(models_dir: Path) -> Engine:
    return engine_named("dlib")


@pytest.fixture
def face_of() -> Callable[..., Image]:
    """`face_of("ann", shift=4)`: a frame of one of the six people in the npm package's photos."""
    if not has_samples():
        pytest.skip("needs the sample photos of @vladmandic/face-api: npm ci")
    return portrait


@pytest.fixture
def shared() -> Path:
    """Only for tests marked `shared`."""
    return shared_folder()
