"""A model file that is missing, cut, changed or swapped: no engine, so no decision, and a code that says which file.

Each damage is done to the bytes on the disk, also to those that came inside a Python package (a copy of it).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from apps.recognition import engine as engines
from apps.recognition import store
from apps.recognition.conversions.graph import Graph, float_pictures
from apps.recognition.engine import engine_named
from apps.recognition.errors import RecognitionError, WeightsCorrupt, WeightsMissing
from apps.recognition.registry import ENTRIES, files_of
from apps.recognition.weights import DLIB_POINTS, DLIB_RESNET, WEIGHTS

from .damage import Damage, copy_packages, cut, emptied, lengthened, one_bit_flipped
from .networks import toy_arcface, toy_retinaface

ARCFACE, RETINAFACE = "arcface_weights.onnx", "retinaface.onnx"


DAMAGES: list[Damage] = [cut, emptied, one_bit_flipped, lengthened]


def code_of(name: str) -> str:
    with pytest.raises(RecognitionError) as refused:
        engine_named(name)
    assert name not in engines._loaded
    return refused.value.code


@pytest.fixture
def toy_store(empty_store: Path, tmp_path: Path) -> Path:
    """A store from which the engine `arcface` loads."""
    take_in(tmp_path, {ARCFACE: toy_arcface(), RETINAFACE: toy_retinaface()})
    engine_named("arcface")
    engines._loaded.clear()
    return empty_store


def take_in(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)
        store.take_in(WEIGHTS[name], folder / name, allow_unlisted=True)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", [ARCFACE, RETINAFACE])
def test_a_damaged_file_is_no_engine(toy_store: Path, name: str, damage: Damage) -> None:
    damage(store.locate(WEIGHTS[name]))
    with pytest.raises(WeightsCorrupt, match=name):
        engine_named("arcface")
    assert code_of("arcface") == "weights_corrupt"


@pytest.mark.parametrize("name", [ARCFACE, RETINAFACE])
def test_a_file_that_is_gone_is_no_engine(toy_store: Path, name: str) -> None:
    store.locate(WEIGHTS[name]).unlink()
    with pytest.raises(WeightsMissing, match=name):
        engine_named("arcface")


def test_two_files_that_changed_places_are_no_engine(toy_store: Path, tmp_path: Path) -> None:
    one, two = (store.locate(WEIGHTS[name]) for name in (ARCFACE, RETINAFACE))
    one.rename(tmp_path / "between")
    two.rename(one)
    (tmp_path / "between").rename(two)
    assert code_of("arcface") == "weights_corrupt"


def test_the_right_file_brings_the_engine_back(toy_store: Path) -> None:
    path = store.locate(WEIGHTS[ARCFACE])
    whole = path.read_bytes()
    one_bit_flipped(path)
    assert code_of("arcface") == "weights_corrupt"
    path.write_bytes(whole)
    assert engine_named("arcface").name == "arcface"


def test_a_glance_notices_a_file_that_changed_back_and_forth(toy_store: Path) -> None:
    path = store.locate(WEIGHTS[ARCFACE])
    whole, states = path.read_bytes(), [store.glance(WEIGHTS[ARCFACE]).usable]
    for content in (whole[:-1] + b"\0", whole):
        path.write_bytes(content)
        states.append(store.glance(WEIGHTS[ARCFACE]).usable)
    assert states == [True, False, True]


# --- Files that are the recorded ones and still no networks for this engine ---------------------------


def not_a_number() -> bytes:
    graph = Graph()
    colours = graph.add("ReduceMean", "picture", axes=[1, 2], keepdims=0)
    wide = graph.add("MatMul", colours, graph.weight(np.ones((3, 512), np.float32)))
    graph.add("Div", graph.add("Mul", wide, graph.numbers(0)), graph.numbers(0), output="vector")
    return graph.serialize("toy", float_pictures("picture", 112, 112), ["vector"], rank=2)


UNFIT = {
    "no network": b"\x00not a network",
    "cut before it was recorded": toy_arcface()[:700],
    "another network": toy_retinaface(),
    "another length of vector": toy_arcface(dimension=128),
    "not a number": not_a_number(),
}


@pytest.mark.parametrize("what", UNFIT)
def test_a_recorded_file_that_cannot_work_is_no_engine(toy_store: Path, tmp_path: Path, what: str) -> None:
    take_in(tmp_path, {ARCFACE: UNFIT[what]})
    assert code_of("arcface") == "weights_unusable"


def test_a_detector_that_is_an_embedder_is_no_engine(toy_store: Path, tmp_path: Path) -> None:
    take_in(tmp_path, {RETINAFACE: toy_arcface()})
    assert code_of("arcface") == "weights_unusable"


# --- Files inside Python packages ---------------------------------------------------------------------


@pytest.fixture
def packages(tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of both packages, found before the installed ones; the store knows their conversions already."""
    engine_named("dlib")
    kept = dict(engines._loaded)
    engines._loaded.clear()
    copy_packages(tmp_path, monkeypatch)
    yield tmp_path
    engines._loaded.clear()
    engines._loaded.update(kept)


@pytest.mark.parametrize("name", [DLIB_RESNET, DLIB_POINTS, "onet.lz4"])
@pytest.mark.parametrize("damage", [cut, one_bit_flipped])
def test_a_damaged_packaged_file_is_no_engine(packages: Path, name: str, damage: Damage) -> None:
    assert packages in store.locate(WEIGHTS[name]).parents
    damage(store.locate(WEIGHTS[name]))
    with pytest.raises(WeightsCorrupt, match="reinstall the Python package"):
        engine_named("dlib")


def test_a_damaged_conversion_is_made_again(models_dir: Path, packages: Path) -> None:
    space = engine_named("dlib").space
    engines._loaded.clear()
    for path in store.packaged_dir().glob("*.onnx"):
        one_bit_flipped(path)
    assert engine_named("dlib").space == space


def test_every_engine_names_files_that_can_be_proved() -> None:
    for entry in ENTRIES.values():
        assert all(WEIGHTS[name].package or WEIGHTS[name].addresses for name in files_of(entry, "onnx"))
