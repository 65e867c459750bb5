"""Puts an engine together from its entry: detector, aligner, embedder, each over verified weights."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from . import deepface_adapter, quality, store
from .aligners import Aligner, BoxShift, DlibPointAligner, FivePointAligner
from .alignment import ARCFACE_112, BASE, BASE_AND_MIRROR, DLIB_150, TWENTY_TWO, Warp, chips
from .conversions.packaged import converted
from .detectors import Detector
from .detectors.mtcnn import MtcnnDetector
from .detectors.retinaface import RetinaFaceDetector
from .detectors.yunet import YunetDetector
from .embedders import DEEPFACE_ARCFACE_PIXELS, DLIB_PIXELS, Embedder, NetEmbedder
from .matching import template, unit
from .registry import Backend, Entry, RecipeName, files_of
from .sessions import Net, settle_libraries
from .shapes import Face, Image, Probe, Purpose, Refusal, Target, Thresholds, Vector
from .store import Verified
from .weights import DLIB_POINTS, DLIB_RESNET, MTCNN_NETS, WEIGHTS, YUNET

RECIPES: Final[dict[RecipeName, tuple[Warp, ...]]] = {
    "single": BASE,
    "mirrored": BASE_AND_MIRROR,
    "twenty-two": TWENTY_TWO,
}
CHIP_SIZES = {"dlib": 150, "arcface": 112}
DLIB_BOX_SHIFTS = {
    "mtcnn": BoxShift(-0.034, 0.051, 0.999),
    "yunet": BoxShift(-0.041, 0.037, 0.983),
}


@dataclass(frozen=True)
class AssembledEngine:
    """An engine over loaded parts; the parts allow several threads."""

    entry: Entry
    space: str
    detector: Detector
    aligner: Aligner
    embedder: Embedder

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def dimension(self) -> int:
        return self.entry.dimension

    @property
    def calibrated(self) -> bool:
        return self.entry.calibration.accept is not None

    def thresholds(self, people: int, target: Target = Target.ONE) -> Thresholds:
        return self.entry.calibration.at(people, target)

    def see(self, image: Image, purpose: Purpose) -> Probe | Refusal:
        face = quality.choose(self.detector.detect(image), purpose)
        if isinstance(face, Refusal):
            return face
        return self._see_one(image, face, purpose)

    def see_each(self, image: Image, purpose: Purpose, most: int) -> list[Probe | Refusal]:
        nearest = sorted(self.faces(image), key=lambda face: -face.area)[:most]
        return [self._see_one(image, face, purpose) for face in nearest]

    def _see_one(self, image: Image, face: Face, purpose: Purpose) -> Probe | Refusal:
        measured = quality.measure(image, face)
        refusal = quality.judge(measured, purpose)
        if refusal:
            return replace(refusal, face=face)
        return Probe(self.embed(image, face, purpose), self.space, face, measured)

    def see_all(self, image: Image) -> list[Probe]:
        return [
            Probe(self.embed(image, face, Purpose.PUNCH), self.space, face, quality.measure(image, face))
            for face in self.faces(image)
        ]

    def faces(self, image: Image) -> list[Face]:
        return self.detector.detect(image)

    def embed(self, image: Image, face: Face, purpose: Purpose) -> Vector:
        recipe = self.entry.enroll_recipe if purpose is Purpose.ENROLL else self.entry.punch_recipe
        place = self.aligner.place(image, face)
        cut = chips(image, place, CHIP_SIZES[self.entry.embedder], RECIPES[recipe])
        return template(unit(self.embedder.embed(cut)))


def assemble(entry: Entry) -> AssembledEngine:
    """Verify the weights, load the parts and run them once, so that the first frame waits for nothing.

    Raises EngineNotInstalled, WeightsMissing or WeightsCorrupt.
    """
    settle_libraries()
    backend: Backend = "tensorflow" if store.deepface_backend() == "tensorflow" else "onnx"
    files = {name: store.verified(WEIGHTS[name]) for name in files_of(entry, backend)}
    engine = AssembledEngine(
        entry,
        space_of(entry, files),
        _DETECTORS[entry.detector](files, backend),
        _aligner(entry, files),
        _EMBEDDERS[entry.embedder](files, backend),
    )
    _warm_up(engine)
    return engine


def space_of(entry: Entry, files: dict[str, Verified]) -> str:
    """Return a short readable name for the space: other weights, another detector, another space."""
    return f"{entry.embedder}/{entry.detector}/{entry.aligner}.1/{store.combined_sha256(files.values())[:12]}"


def _warm_up(engine: AssembledEngine) -> None:
    grey = np.full((480, 640, 3), 127, np.uint8)
    points = np.array([[290, 220], [350, 220], [320, 260], [295, 290], [345, 290]], np.float32)
    engine.faces(grey)
    engine.embed(grey, Face((260.0, 180.0, 120.0, 140.0), 1.0, points), Purpose.PUNCH)


def _net(name: str, files: dict[str, Verified]) -> Net:
    file = files[name]
    return Net(converted(file.path, file.sha256, store.packaged_dir()))


def _mtcnn(files: dict[str, Verified], backend: Backend) -> Detector:
    proposal, refine, output = (_net(name, files) for name in MTCNN_NETS)
    return MtcnnDetector(proposal, refine, output)


def _yunet(files: dict[str, Verified], backend: Backend) -> Detector:
    return YunetDetector(files[YUNET].path)


def _retinaface(files: dict[str, Verified], backend: Backend) -> Detector:
    return RetinaFaceDetector(deepface_adapter.retinaface(_single(files, "retinaface."), backend, _home()))


def _dlib(files: dict[str, Verified], backend: Backend) -> Embedder:
    net = _net(DLIB_RESNET, files)
    return NetEmbedder(lambda batch: net(batch)[0], DLIB_PIXELS)


def _arcface(files: dict[str, Verified], backend: Backend) -> Embedder:
    forward = deepface_adapter.arcface(_single(files, "arcface_weights."), backend, _home())
    return NetEmbedder(forward, DEEPFACE_ARCFACE_PIXELS)


def _aligner(entry: Entry, files: dict[str, Verified]) -> Aligner:
    if entry.aligner == "arcface-points":
        return FivePointAligner(ARCFACE_112)
    return DlibPointAligner(files[DLIB_POINTS].path, DLIB_150, DLIB_BOX_SHIFTS[entry.detector])


def _single(files: dict[str, Verified], prefix: str) -> Path:
    return next(file.path for name, file in files.items() if name.startswith(prefix))


def _home() -> Path:
    return store.models_dir()


_DETECTORS: Final[dict[str, Callable[[dict[str, Verified], Backend], Detector]]] = {
    "mtcnn": _mtcnn,
    "yunet": _yunet,
    "retinaface": _retinaface,
}
_EMBEDDERS: Final[dict[str, Callable[[dict[str, Verified], Backend], Embedder]]] = {
    "dlib": _dlib,
    "arcface": _arcface,
}
