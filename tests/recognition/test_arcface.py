from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from apps.recognition import store
from apps.recognition.engine import Engine, engine_named
from apps.recognition.shapes import Purpose, Vector
from apps.recognition.weights import WEIGHTS, YUNET

from .networks import toy_arcface, toy_retinaface
from .pictures import noise, read
from .programs import run

ARCFACE = "arcface_weights.onnx"


@pytest.fixture
def toy_store(empty_store: Path, tmp_path: Path) -> Iterator[Path]:
    """A store with toy networks under the names of DeepFace's."""
    for name, content in ((ARCFACE, toy_arcface()), ("retinaface.onnx", toy_retinaface())):
        (tmp_path / name).write_bytes(content)
        store.take_in(WEIGHTS[name], tmp_path / name, allow_unlisted=True)
    yield empty_store


def test_the_arcface_engine_runs_without_deepface_and_tensorflow(toy_store: Path) -> None:
    loaded = run(
        """
from apps.recognition.engine import engine_named
from apps.recognition.shapes import Purpose, Vector
engine = engine_named("arcface")
engine.see(np.full((480, 640, 3), 100, np.uint8), Purpose.PUNCH)
print(json.dumps(sorted({"tensorflow", "deepface", "retinaface", "keras"} & set(sys.modules))))
""",
        toy_store,
    )
    assert loaded == []


def test_the_arcface_engine_sees_what_its_networks_see(toy_store: Path) -> None:
    probes = engine_named("arcface").see_all(noise(480, 640))
    assert [probe.vector.shape for probe in probes] == [(512,)]


def test_an_engine_without_calibration_says_so(toy_store: Path) -> None:
    engine = engine_named("arcface")
    assert not engine.calibrated and engine.thresholds(50).accept is None


def test_other_weights_under_the_same_name_make_another_space(toy_store: Path, tmp_path: Path) -> None:
    before = engine_named("arcface").space
    (tmp_path / ARCFACE).write_bytes(toy_arcface(seed=1))
    store.take_in(WEIGHTS[ARCFACE], tmp_path / ARCFACE, allow_unlisted=True)
    after = run(
        'from apps.recognition.engine import engine_named\nprint(json.dumps(engine_named("arcface").space))', toy_store
    )
    assert before != after


def test_a_toy_graph_is_a_valid_one() -> None:
    model = onnx.load_from_string(toy_arcface())
    assert model.graph.output[0] == helper.make_tensor_value_info("vector", TensorProto.FLOAT, [None, None])


@pytest.fixture
def stand_in(empty_store: Path, shared: Path) -> Engine:
    """`arcface-yunet` on real, if small, weights; figures made with it are the stand-in's."""
    store.take_in(WEIGHTS[YUNET], shared / "models" / YUNET)
    store.take_in(WEIGHTS[ARCFACE], shared / "models" / "standin" / ARCFACE, allow_unlisted=True)
    return engine_named("arcface-yunet")


def photos(shared: Path, person: str, count: int = 3) -> list[Vector]:
    files = sorted((shared / "faces" / "lfw_people" / person).glob("*.jpg"))[:count]
    engine = engine_named("arcface-yunet")
    return [engine.see_all(read(file))[0].vector for file in files]


@pytest.mark.shared
def test_the_stand_in_tells_people_apart(stand_in: Engine, shared: Path) -> None:
    gore, agassi = photos(shared, "Al_Gore"), photos(shared, "Andre_Agassi")
    same = min(gore[0] @ gore[1], agassi[0] @ agassi[1])
    other = max(float(one @ two) for one in gore for two in agassi)
    assert same > other + 0.2


@pytest.mark.shared
def test_yunet_answers_many_threads_as_it_answers_one(stand_in: Engine, shared: Path) -> None:
    pictures = [read(file) for file in sorted((shared / "faces" / "lfw_people").glob("*/*_0001.jpg"))[:24]]
    alone = [stand_in.faces(picture)[0].box for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda picture: stand_in.faces(picture)[0].box, pictures))
    assert alone == together


@pytest.mark.shared
def test_a_mirrored_enrolment_is_near_a_plain_punch(stand_in: Engine, shared: Path) -> None:
    image = read(next((shared / "faces" / "lfw_people" / "Al_Gore").glob("*.jpg")))
    face = stand_in.faces(image)[0]
    assert stand_in.embed(image, face, Purpose.ENROLL) @ stand_in.embed(image, face, Purpose.PUNCH) > 0.9
