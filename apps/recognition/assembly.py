"""Puts an engine together from its entry: detector, aligner, embedder, each over verified weights."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from . import deepface_adapter, licences, quality, store
from .aligners import Aligner, DlibPointAligner, FivePointAligner
from .alignment import ARCFACE_112, BASE, BASE_AND_MIRROR, DLIB_150, TWENTY_TWO, Warp, chips
from .between_frames import Trail
from .calibration import finding
from .conversions import yunet
from .conversions.packaged import converted
from .detectors import Detector, Follower
from .detectors.mtcnn import MtcnnDetector, MtcnnOptions
from .detectors.retinaface import RetinaFaceDetector
from .detectors.yunet import YunetDetector
from .embedders import Embedder, Forward, NetEmbedder, one_by_one
from .errors import WeightsCorrupt
from .matching import template, unit
from .parts import Backend, DetectorName, Gate, Look, Network, RecipeName, Runtime, TemplateName
from .registry import Entry, detector_files, files_of, network_file
from .sessions import NETWORK_FAILED, Net, chosen_providers, settle_libraries
from .shapes import Face, Image, Points, Probe, Purpose, Refusal, Target, Thresholds, Vector
from .store import Verified
from .weights import DLIB_POINTS, MTCNN_NETS, WEIGHTS, YUNET

Files = dict[str, Verified]

RECIPES: Final[dict[RecipeName, tuple[Warp, ...]]] = {
    "single": BASE,
    "mirrored": BASE_AND_MIRROR,
    "twenty-two": TWENTY_TWO,
}
TEMPLATES: Final[dict[TemplateName, Points]] = {"dlib-150": DLIB_150, "arcface-112": ARCFACE_112}


@dataclass(frozen=True)
class AssembledEngine:
    """An engine over loaded parts; the parts allow several threads."""

    entry: Entry
    space: str
    detector: Detector
    aligner: Aligner
    embedder: Embedder
    gate: Detector | None = None
    """Where it sees nobody, the detector and the embedder are not run."""
    trail: Trail | None = None
    """Of the one frame that is looked at next."""

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def dimension(self) -> int:
        return self.entry.dimension

    @property
    def calibrated(self) -> bool:
        return finding.for_space(self.entry, self.space).calibrated

    def thresholds(self, people: int, target: Target = Target.ONE) -> Thresholds:
        return finding.for_space(self.entry, self.space).at(people, target)

    def see(self, image: Image, purpose: Purpose) -> Probe | Refusal:
        face = quality.choose(self._between_frames(image, most=1), purpose)
        if isinstance(face, Refusal):
            return face
        return self._see_one(image, face, purpose)

    def see_each(self, image: Image, purpose: Purpose, most: int) -> list[Probe | Refusal]:
        nearest = sorted(self._between_frames(image, most), key=lambda face: -face.area)[:most]
        return [self._see_one(image, face, purpose) for face in nearest]

    def _see_one(self, image: Image, face: Face, purpose: Purpose) -> Probe | Refusal:
        measured = quality.measure(image, face, self.entry.detector)
        refusal = quality.judge(measured, purpose)
        if refusal:
            return replace(refusal, face=face)
        return Probe(self.embed(image, face, purpose), self.space, face, measured)

    def see_all(self, image: Image) -> list[Probe]:
        return [
            Probe(
                self.embed(image, face, Purpose.PUNCH),
                self.space,
                face,
                quality.measure(image, face, self.entry.detector),
            )
            for face in self.faces(image)
        ]

    def faces(self, image: Image) -> list[Face]:
        return self.detector.detect(image)

    def following(self, trail: Trail) -> "AssembledEngine":
        return replace(self, trail=trail)

    def _between_frames(self, image: Image, most: int) -> list[Face]:
        """Where the frame before had them, if they are there; else everywhere."""
        if self.trail is None:
            return self._passing(image)
        boxes = self.trail.boxes(image, most)
        if boxes and isinstance(self.detector, Follower) and (followed := self.detector.follow(image, boxes)):
            self.trail.follow(image, followed)
            return followed
        faces = self._passing(image)
        self.trail.look(image, faces, most)
        return faces

    def _passing(self, image: Image) -> list[Face]:
        """Of a camera's frame, most of which are empty; a photo is looked at without the gate."""
        if self.gate is not None and not self.gate.detect(image):
            return []
        return self.faces(image)

    def embed(self, image: Image, face: Face, purpose: Purpose) -> Vector:
        recipe = self.entry.enroll_recipe if purpose is Purpose.ENROLL else self.entry.punch_recipe
        place = self.aligner.place(image, face)
        cut = chips(image, place, self.entry.network.side, RECIPES[recipe])
        return template(unit(self.embedder.embed(cut)))


def assemble(entry: Entry) -> AssembledEngine:
    """Verify the weights, load the parts and run them once, so that the first frame waits for nothing.

    Raises EngineNotInstalled, LicenceNotAccepted, ProviderUnavailable, WeightsMissing or WeightsCorrupt.
    """
    licences.require(entry)
    settle_libraries()
    files = {name: store.verified(WEIGHTS[name]) for name in files_of(entry, _backend())}
    try:
        engine = AssembledEngine(
            entry,
            space_of(entry, files),
            _DETECTORS[entry.detector](files, entry.look),
            _aligner(entry, files),
            _embedder(entry.network, files),
            _gate(entry.gate),
        )
        _warm_up(engine)
    except (*NETWORK_FAILED, ValueError, IndexError, KeyError) as error:
        raise WeightsCorrupt(
            "weights_unusable",
            f"The files of {entry.name} are the recorded ones, but they are not the networks this engine needs "
            f"({error}): run `manage.py facemodels pull --engine {entry.name}` after deleting them.",
        ) from error
    return engine


def space_of(entry: Entry, files: dict[str, Verified]) -> str:
    """Return a short readable name for the space: other weights, another detector, another space."""
    return f"{entry.embedder}/{entry.detector}/{entry.aligner}.1/{store.combined_sha256(files.values())[:12]}"


def _warm_up(engine: AssembledEngine) -> None:
    """Run every part once, in the shape of a camera's frame. Raises ValueError where what comes out is no vector."""
    grey = np.full((480, 640, 3), 127, np.uint8)
    points = np.array([[290, 220], [350, 220], [320, 260], [295, 290], [345, 290]], np.float32)
    engine.see(grey, Purpose.PUNCH)
    engine.faces(grey)
    vector = engine.embed(grey, Face((260.0, 180.0, 120.0, 140.0), 1.0, points), Purpose.PUNCH)
    if vector.shape != (engine.dimension,) or not np.isfinite(vector).all():
        raise ValueError(f"a vector of shape {vector.shape}, where {engine.dimension} numbers are expected")


def _backend() -> Backend:
    return "tensorflow" if store.deepface_backend() == "tensorflow" else "onnx"


def _gate(gate: Gate | None) -> Detector | None:
    """Build the first detector of a gate whose files are here and are the right ones."""
    for name, look in gate.detectors if gate else ():
        wanted = [WEIGHTS[file] for file in detector_files(name, _backend())]
        if all(store.status_of(weight).usable for weight in wanted):
            return _DETECTORS[name]({weight.name: store.verified(weight) for weight in wanted}, look)
    return None


def _net(name: str, files: Files) -> Net:
    file = files[name]
    return Net(converted(file.path, file.sha256, store.packaged_dir()), chosen_providers())


def _mtcnn(files: Files, look: Look) -> Detector:
    proposal, refine, output = (_net(name, files) for name in MTCNN_NETS)
    options = MtcnnOptions(side=look.side, smallest_face=look.smallest_face, final_score=look.score)
    return MtcnnDetector(proposal, refine, output, options)


def _yunet(files: Files, look: Look) -> Detector:
    return YunetDetector(Net(yunet.opened(files[YUNET].path), chosen_providers()), look)


def _retinaface(files: Files, look: Look) -> Detector:
    path = next(file.path for name, file in files.items() if name.startswith("retinaface."))
    return RetinaFaceDetector(deepface_adapter.retinaface(path, _backend(), _home()), look.side, look.score)


def _embedder(network: Network, files: Files) -> Embedder:
    return NetEmbedder(_RUNTIMES[network.runtime](network_file(network, _backend()), files), network.pixels)


def _converted(name: str, files: Files) -> Forward:
    net = _net(name, files)
    return lambda batch: net(batch)[0]


def _deepface(name: str, files: Files) -> Forward:
    return deepface_adapter.arcface(files[name].path, _backend(), _home())


def _graph(name: str, files: Files) -> Forward:
    net = Net(files[name].path, chosen_providers())
    return one_by_one(net) if net.shape[0] == 1 else lambda batch: net(batch)[0]


def _aligner(entry: Entry, files: Files) -> Aligner:
    template_points = TEMPLATES[entry.network.template]
    if entry.box_shift is None:
        return FivePointAligner(template_points)
    return DlibPointAligner(files[DLIB_POINTS].path, template_points, entry.box_shift)


def _home() -> Path:
    return store.models_dir()


_DETECTORS: Final[dict[DetectorName, Callable[[Files, Look], Detector]]] = {
    "mtcnn": _mtcnn,
    "yunet": _yunet,
    "retinaface": _retinaface,
}
_RUNTIMES: Final[dict[Runtime, Callable[[str, Files], Forward]]] = {
    "converted": _converted,
    "deepface": _deepface,
    "graph": _graph,
}
