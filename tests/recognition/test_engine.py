import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from apps.recognition import assembly, store
from apps.recognition import engine as engines
from apps.recognition.assembly import space_of
from apps.recognition.decoding import decode_frame
from apps.recognition.engine import Engine, engine_named, engine_names, thresholds_of
from apps.recognition.errors import EngineNotInstalled, EngineUnknown, FrameRefused, WeightsCorrupt
from apps.recognition.registry import ENTRIES, files_of
from apps.recognition.shapes import Image, Probe, Purpose, Vector
from apps.recognition.store import Verified
from apps.recognition.weights import WEIGHTS, YUNET

from .pictures import FACES, jpeg, photo, read
from .programs import run

FaceOf = Callable[..., Image]


def seen(engine: Engine, image: Image, purpose: Purpose = Purpose.PUNCH) -> Vector:
    probe = engine.see(image, purpose)
    assert isinstance(probe, Probe), probe
    return probe.vector


def test_a_vector_has_unit_length_and_the_promised_dimension(dlib_engine: Engine, face_of: FaceOf) -> None:
    vector = seen(dlib_engine, face_of("ann"))
    assert vector.shape == (dlib_engine.dimension,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("person", FACES)
def test_the_same_picture_moved_is_the_same_person(dlib_engine: Engine, face_of: FaceOf, person: str) -> None:
    enrolled = seen(dlib_engine, face_of(person), Purpose.ENROLL)
    probe = seen(dlib_engine, decode_frame(jpeg(face_of(person, shift=9, size=380))))
    assert probe @ enrolled > thresholds_of("dlib", len(FACES)).confirm


def test_other_people_are_other_people(dlib_engine: Engine, face_of: FaceOf) -> None:
    vectors = np.stack([seen(dlib_engine, face_of(person)) for person in FACES])
    between = vectors @ vectors.T - 2 * np.eye(len(FACES))
    assert between.max() < thresholds_of("dlib", len(FACES)).confirm


def test_enrolment_and_punch_share_a_space(dlib_engine: Engine, face_of: FaceOf) -> None:
    punch = dlib_engine.see(face_of("ben"), Purpose.PUNCH)
    enroll = dlib_engine.see(face_of("ben"), Purpose.ENROLL)
    assert isinstance(punch, Probe) and isinstance(enroll, Probe)
    assert punch.space == enroll.space == dlib_engine.space
    assert punch.vector @ enroll.vector > 0.99


def test_every_face_of_a_group_is_seen_largest_first(dlib_engine: Engine, face_of: FaceOf) -> None:
    areas = [probe.face.area for probe in dlib_engine.see_all(photo("sample6.jpg"))]
    assert len(areas) == 4 and areas == sorted(areas, reverse=True)


def test_nobody_is_seen_in_an_empty_picture(dlib_engine: Engine) -> None:
    assert dlib_engine.see_all(np.full((480, 640, 3), 90, np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 600, 3), (600, 1, 3), (11, 13, 3), (2000, 30, 3)])
def test_odd_shapes_are_refused_calmly(dlib_engine: Engine, shape: tuple[int, int, int]) -> None:
    assert not isinstance(dlib_engine.see(np.zeros(shape, np.uint8), Purpose.PUNCH), Probe)


def test_after_a_poisoned_frame_the_next_one_works(dlib_engine: Engine, face_of: FaceOf) -> None:
    good = jpeg(face_of("ann"))
    for poison in (b"", good[:-2], good[: len(good) // 3]):
        with pytest.raises(FrameRefused):
            decode_frame(poison)
    assert seen(dlib_engine, decode_frame(good)).shape == (128,)


def test_many_threads_get_the_answers_of_one(dlib_engine: Engine, face_of: FaceOf) -> None:
    frames = [face_of(person) for person in FACES] * 4
    alone = [seen(dlib_engine, frame) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda frame: seen(dlib_engine, frame), frames))
    assert all(np.allclose(one, two, atol=1e-5) for one, two in zip(alone, together, strict=True))


def test_an_engine_is_loaded_once_by_many_threads(
    empty_store: Path, monkeypatch: pytest.MonkeyPatch, models_dir: Path
) -> None:
    loads: list[str] = []

    def slow_load(entry: object) -> object:
        loads.append(threading.current_thread().name)
        time.sleep(0.05)
        return object()

    monkeypatch.setattr(assembly, "assemble", slow_load)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: id(engine_named("dlib")), range(8)))
    assert len(loads) == len(found) == 1


def test_an_unknown_engine_is_answered_with_those_there_are() -> None:
    with pytest.raises(EngineUnknown, match="dlib, dlib-yunet, arcface, arcface-yunet, sface, insightface-r50"):
        engine_named("nonsense")


def test_a_missing_package_is_named_with_its_cure(empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineNotInstalled, match="make setup"):
        engine_named("dlib")


def test_a_packaged_file_that_is_not_the_listed_one_is_refused(
    empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WEIGHTS, "onet.lz4", replace(WEIGHTS["onet.lz4"], sha256="0" * 64))
    with pytest.raises(WeightsCorrupt, match="reinstall the Python package mtcnn"):
        engine_named("dlib")


def test_an_engine_that_failed_to_load_may_be_tried_again(empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setitem(WEIGHTS, "onet.lz4", replace(WEIGHTS["onet.lz4"], sha256="0" * 64))
        with pytest.raises(WeightsCorrupt):
            engine_named("dlib")
    assert engine_named("dlib").name == "dlib"


def test_a_space_names_embedder_detector_and_alignment(dlib_engine: Engine) -> None:
    assert dlib_engine.space.startswith("dlib/mtcnn/dlib-points")


def test_other_weights_make_another_space() -> None:
    entry = ENTRIES["dlib"]
    files = {name: Verified(Path(name), str(number)) for number, name in enumerate(files_of(entry, "onnx"))}
    others = files | {"onet.lz4": Verified(Path("onet.lz4"), "another")}
    assert space_of(entry, files) != space_of(entry, others)


def test_no_two_engines_share_a_space() -> None:
    spaces = {
        space_of(entry, {name: Verified(Path(name), name) for name in files_of(entry, "onnx")})
        for entry in ENTRIES.values()
    }
    assert len(spaces) == len(ENTRIES)


def test_every_file_an_engine_names_is_listed() -> None:
    wanted = {name for entry in ENTRIES.values() for name in files_of(entry, "onnx") + files_of(entry, "tensorflow")}
    assert wanted <= set(WEIGHTS)


def test_every_licence_is_stated() -> None:
    assert all(weight.licence for weight in WEIGHTS.values()) and all(entry.licence for entry in ENTRIES.values())


def test_the_dlib_engine_loads_no_tensorflow_and_no_deepface(models_dir: Path) -> None:
    loaded = run(
        """
from apps.recognition.engine import engine_named
engine_named("dlib")
names = {"tensorflow", "deepface", "retinaface", "keras", "mtcnn", "torch"}
print(json.dumps(sorted(names & set(sys.modules))))
""",
        models_dir,
    )
    assert loaded == []


def test_a_missing_library_is_named_with_its_cure(tmp_path: Path) -> None:
    code, message = run(
        """
sys.modules["dlib"] = None
from apps.recognition.engine import engine_named
from apps.recognition.errors import EngineNotInstalled
try:
    engine_named("dlib")
except EngineNotInstalled as error:
    print(json.dumps([error.code, error.message]))
""",
        tmp_path,
    )
    assert code == "engine_not_installed" and "dlib" in message and "make setup" in message


def test_naming_engines_loads_no_recognition_package(tmp_path: Path) -> None:
    loaded = run(
        """
from apps.recognition import decoding, engine, errors, licences, matching, parts, registry, shapes, store
from apps.recognition import thresholds, weights
engine.thresholds_of("dlib", 10)
names = {"tensorflow", "deepface", "onnxruntime", "onnx", "cv2", "dlib", "joblib", "pooch"}
print(json.dumps(sorted(names & set(sys.modules))))
""",
        tmp_path,
    )
    assert loaded == []


@pytest.mark.shared
def test_an_engine_of_other_parts_is_only_an_entry(models_dir: Path, empty_store: Path, shared: Path) -> None:
    store.take_in(WEIGHTS[YUNET], shared / "models" / YUNET)
    swapped = engine_named("dlib-yunet")
    one, two = (read(shared / "faces" / "lfw_people" / "Al_Gore" / f"Al_Gore_000{n}.jpg") for n in (1, 2))
    assert swapped.space.startswith("dlib/yunet/")
    assert seen(swapped, one, Purpose.ENROLL) @ seen(swapped, two) > swapped.thresholds(5).confirm


def test_engines_are_listed_by_name() -> None:
    assert {"dlib", "dlib-yunet", "arcface", "arcface-yunet", "sface", "insightface-r50"} <= set(engine_names())


def test_loading_is_warm(dlib_engine: Engine, face_of: FaceOf) -> None:
    frame = face_of("ann")
    started = time.perf_counter()
    seen(dlib_engine, frame)
    assert time.perf_counter() - started < 0.5
    assert engines._loaded["dlib"] is dlib_engine
