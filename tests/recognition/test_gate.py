"""The small detector before an expensive one: an empty frame costs next to nothing, and nobody is overlooked."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from apps.recognition import store
from apps.recognition.assembly import AssembledEngine, assemble
from apps.recognition.detectors import Detector
from apps.recognition.detectors.mtcnn import MtcnnDetector
from apps.recognition.detectors.yunet import YunetDetector
from apps.recognition.engine import engine_named
from apps.recognition.registry import ENTRIES
from apps.recognition.shapes import Face, Image, Probe, Purpose, Refusal
from apps.recognition.weights import WEIGHTS, YUNET
from bench import random_nets

from .clips import frames_of
from .damage import one_bit_flipped
from .networks import toy_arcface, toy_retinaface
from .pictures import read

EMPTY = np.full((480, 640, 3), 90, np.uint8)
SMALLEST_PX = 56  # a narrower face is refused by the quality gate anyway
FaceOf = Callable[..., Image]


@dataclass
class Counting:
    """A part that counts how often it is asked."""

    part: Detector
    asked: int = 0

    def detect(self, image: Image) -> list[Face]:
        self.asked += 1
        return self.part.detect(image)


def take_in(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)
        store.take_in(WEIGHTS[name], folder / name, allow_unlisted=True)


@pytest.fixture
def engine(models_dir: Path, empty_store: Path, tmp_path: Path) -> AssembledEngine:
    """`arcface` on toy networks, of which the detector sees a face wherever it looks."""
    take_in(tmp_path, {"arcface_weights.onnx": toy_arcface(), "retinaface.onnx": toy_retinaface()})
    found = assemble(ENTRIES["arcface"])
    return replace(found, detector=Counting(found.detector))


def asked(engine: AssembledEngine) -> int:
    assert isinstance(engine.detector, Counting)
    return engine.detector.asked


def test_an_empty_frame_is_not_looked_at_twice(engine: AssembledEngine) -> None:
    seen = engine.see(EMPTY, Purpose.PUNCH)
    assert isinstance(seen, Refusal) and seen.code == "no_face" and asked(engine) == 0


def test_nor_when_several_people_are_awaited(engine: AssembledEngine) -> None:
    assert engine.see_each(EMPTY, Purpose.PUNCH, most=3) == [] and asked(engine) == 0


def test_a_face_opens_the_gate(engine: AssembledEngine, face_of: FaceOf) -> None:
    engine.see(face_of("ann"), Purpose.PUNCH)
    assert asked(engine) == 1


def test_a_photo_is_looked_at_without_the_gate(engine: AssembledEngine) -> None:
    assert len(engine.faces(EMPTY)) == 1 and asked(engine) == 1


def test_without_yunets_file_the_packaged_mtcnn_is_the_gate(engine: AssembledEngine) -> None:
    assert isinstance(engine.gate, MtcnnDetector)


def test_other_engines_have_none() -> None:
    assert [name for name, entry in ENTRIES.items() if entry.gate] == ["arcface"]


@pytest.mark.shared
def test_with_yunets_file_yunet_is_the_gate_and_the_space_stays(engine: AssembledEngine, shared: Path) -> None:
    store.take_in(WEIGHTS[YUNET], shared / "models" / YUNET)
    gated = assemble(ENTRIES["arcface"])
    assert isinstance(gated.gate, YunetDetector) and gated.space == engine.space


@pytest.mark.shared
def test_a_damaged_gate_is_not_used(engine: AssembledEngine, shared: Path) -> None:
    store.take_in(WEIGHTS[YUNET], shared / "models" / YUNET)
    one_bit_flipped(store.locate(WEIGHTS[YUNET]))
    assert isinstance(assemble(ENTRIES["arcface"]).gate, MtcnnDetector)


# --- What the gates overlook --------------------------------------------------------------------------


def frames(shared: Path, step: int) -> Iterator[Image]:
    """Camera clips, near and far, dark and blurred, and photos."""
    for path in sorted((shared / "camera").glob("*.mjpeg")):
        yield from frames_of(path, every=step)
    for path in sorted((shared / "faces" / "lfw_people").glob("*/*.jpg"))[:: 2 * step]:
        yield read(path)


@pytest.mark.shared
def test_no_gate_overlooks_a_face_or_opens_for_nobody(
    engine: AssembledEngine, shared: Path, sized: Callable[[int, int], int]
) -> None:
    mtcnn = engine.gate
    store.take_in(WEIGHTS[YUNET], shared / "models" / YUNET)
    gates = [mtcnn, assemble(ENTRIES["arcface"]).gate]
    truth = engine_named("dlib-yunet")
    counts = np.zeros((2, 2), int)  # seen or empty; frames of both gates together, and those a gate got wrong
    for frame in frames(shared, sized(60, 3)):
        faces = truth.faces(frame)
        if any(face.box[2] >= SMALLEST_PX for face in faces) or not faces:
            wrong = sum(bool(gate and gate.detect(frame)) != bool(faces) for gate in gates)
            counts[int(bool(faces))] += (2, wrong)
    print(f"faces: {counts[1][0]} looks, {counts[1][1]} overlooked; empty: {counts[0][0]}, {counts[0][1]} opened")
    assert counts[0][0] >= 6 and counts[1][0] >= 100 and counts[:, 1].sum() <= 0.002 * counts[:, 0].sum()


# --- What an empty frame costs ------------------------------------------------------------------------


@pytest.fixture
def frame(face_of: FaceOf) -> Image:
    """Ann before a camera of 640x480."""
    whole = EMPTY.copy()
    whole[40:440, 120:520] = face_of("ann")
    return whole


@pytest.fixture
def production(models_dir: Path, empty_store: Path, tmp_path: Path, frame: Image) -> AssembledEngine:
    """`arcface` on networks of the published size and random weights, which see the one face of the frame."""
    face = engine_named("dlib").faces(frame)[0]
    x, y, width, height = (side / 2 for side in face.box)
    shrunk = Face((x, y, width, height), 0.99, face.points / np.float32(2))
    nets = {
        "arcface_weights.onnx": random_nets.arcface().model,
        "retinaface.onnx": random_nets.retinaface(shrunk).model,
    }
    take_in(tmp_path, nets)
    return assemble(ENTRIES["arcface"])


def milliseconds(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return (time.process_time() - started) * 1000


def test_an_empty_frame_costs_a_twentieth(production: AssembledEngine, frame: Image) -> None:
    assert isinstance(production.see(frame, Purpose.PUNCH), Probe)
    full, empty = [], []
    for _ in range(7):
        full.append(milliseconds(lambda: production.see(frame, Purpose.PUNCH)))
        empty.append(milliseconds(lambda: production.see(EMPTY, Purpose.PUNCH)))
    print(f"empty {np.median(empty):.2f} of {np.median(full):.1f} CPU-ms")
    assert np.median(empty) <= 0.05 * np.median(full)
