"""Our pipelines: what is timed of an engine, and the forwards of its models alone, on exactly the same inputs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import numpy as np

from apps.recognition import quality
from apps.recognition.aligners import DlibPointAligner
from apps.recognition.alignment import chips
from apps.recognition.assembly import RECIPES, AssembledEngine, assemble
from apps.recognition.decoding import decode_frame
from apps.recognition.matching import room_for, search
from apps.recognition.registry import entry_named
from apps.recognition.sessions import Net
from apps.recognition.shapes import Image, Matrix, Probe, Purpose, Refusal, Vector
from bench.timing import Job

GALLERY_PEOPLE = 10_000
TOP = 2


class FrameRefused(Exception):
    """The engine refused the bench's own frame, so there is nothing to time."""


@dataclass
class Forwards:
    """Every call of a trained model that one frame caused, in their order, to be played again on the same inputs.

    Networks are MTCNN's three or YuNet or RetinaFace, a gate's, and the embedder. dlib's five-point predictor, an
    ensemble of 7,500 regression trees in 9 MB, is a trained model too, but no network: it is counted apart.
    """

    networks: list[Job] = field(default_factory=list)
    models: list[Job] = field(default_factory=list)
    """The networks and the predictor."""

    def play_networks(self) -> None:
        for call in self.networks:
            call()

    def play_models(self) -> None:
        for call in self.models:
            call()


@dataclass(frozen=True)
class Pipeline:
    """One engine with a gallery, as a camera's frames meet it."""

    name: str
    engine: AssembledEngine
    gallery: Matrix

    def answer(self, jpeg: bytes) -> object:
        """From the bytes of a frame to the two nearest people, or the refusal."""
        seen = self.engine.see(decode_frame(jpeg), Purpose.PUNCH)
        return search(seen.vector, self.gallery, TOP) if isinstance(seen, Probe) else seen

    def forwards(self, jpeg: bytes) -> Forwards:
        """Record what one frame asks of the models. Raises FrameRefused unless it goes the whole way."""
        image = decode_frame(jpeg)
        with _recorded() as calls:
            seen = self.engine.see(image, Purpose.PUNCH)
        if isinstance(seen, Refusal):
            raise FrameRefused(f"{self.name} refused the frame: {seen.code} ({seen.hint})")
        return calls


def pipeline(name: str, people: int = GALLERY_PEOPLE) -> Pipeline:
    """Load an engine of its own, with a gallery of strangers. Raises RecognitionError where files are missing."""
    entry = entry_named(name)
    return Pipeline(name, assemble(entry), strangers(people, entry.dimension))


def strangers(people: int, dimension: int, seed: int = 1) -> Matrix:
    """Random unit vectors (people, dimension), laid out as a gallery is loaded."""
    matrix = room_for(people, dimension)
    np.random.default_rng(seed).standard_normal(dtype=np.float32, out=matrix)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix


@contextmanager
def _recorded() -> Iterator[Forwards]:
    calls, run, place = Forwards(), Net.__call__, DlibPointAligner.place

    def run_and_note(net: Net, batch: Any) -> Any:
        kept = np.array(batch)
        calls.networks.append(lambda: run(net, kept))
        calls.models.append(calls.networks[-1])
        return run(net, batch)

    def place_and_note(aligner: DlibPointAligner, image: Image, face: Any) -> Any:
        box = aligner._dlib_box(face)
        calls.models.append(lambda: aligner._predictor(image, box))
        return place(aligner, image, face)

    with patch.object(Net, "__call__", run_and_note), patch.object(DlibPointAligner, "place", place_and_note):
        yield calls


def stages(one: Pipeline, jpeg: bytes) -> dict[str, Job]:
    """The steps of one frame, each on what the step before it gives."""
    engine, image = one.engine, decode_frame(jpeg)
    face = quality.choose(engine.faces(image), Purpose.PUNCH)
    if isinstance(face, Refusal):
        raise FrameRefused(f"{one.name} refused the frame: {face.code} ({face.hint})")
    warps, side = RECIPES[engine.entry.punch_recipe], engine.entry.network.side
    placed = engine.aligner.place(image, face)
    cut = chips(image, placed, side, warps)
    vector: Vector = engine.embed(image, face, Purpose.PUNCH)
    gate: dict[str, Job] = {}
    if engine.gate is not None:
        detector = engine.gate
        gate["gate"] = lambda: detector.detect(image)
    return {
        "decode": lambda: decode_frame(jpeg),
        **gate,
        "detect": lambda: engine.detector.detect(image),
        "quality": lambda: quality.judge(quality.measure(image, face, engine.entry.detector), Purpose.PUNCH),
        "align": lambda: engine.aligner.place(image, face),
        "cut chips": lambda: chips(image, placed, side, warps),
        "embed": lambda: engine.embedder.embed(cut),
        "search": lambda: search(vector, one.gallery, TOP),
    }
