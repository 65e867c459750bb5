"""The door to recognition: engines by name, each loaded once per process.

Importing this module is cheap and needs no recognition package: the web process may name engines and read
thresholds. Only `engine_named` brings in OpenCV, onnxruntime and dlib.
"""

import threading
from typing import Protocol

from .between_frames import Trail
from .calibration.finding import thresholds_of
from .errors import EngineNotInstalled
from .registry import engine_names, entry_named
from .shapes import Face, Image, Probe, Purpose, Refusal, Target, Thresholds, Vector

__all__ = ["Engine", "engine_named", "engine_names", "thresholds_of"]


class Engine(Protocol):
    """What the rest of the product may ask of an engine; one thread at a time gets an answer, several may ask."""

    @property
    def name(self) -> str: ...

    @property
    def space(self) -> str:
        """Names the vectors' space: embedder, detector, alignment and the sha of the weights."""

    @property
    def dimension(self) -> int: ...

    @property
    def calibrated(self) -> bool:
        """False: every match must be confirmed by the person."""

    def thresholds(self, people: int, target: Target = Target.ONE) -> Thresholds:
        """Return the lines for a gallery of so many people and a target."""

    def see(self, image: Image, purpose: Purpose) -> Probe | Refusal:
        """Look at a frame of one person: detect, gate, align, embed."""

    def see_each(self, image: Image, purpose: Purpose, most: int) -> list[Probe | Refusal]:
        """Look at a frame of several people: the `most` largest faces, each a probe or its own refusal."""

    def following(self, trail: Trail) -> "Engine":
        """Return this engine for one frame of a track: `see` and `see_each` may look only where the faces were.

        What they leave for the next frame is then in the trail. `faces` and `see_all` always look everywhere.
        """

    def see_all(self, image: Image) -> list[Probe]:
        """Return every face of a picture as a punch would see it, without the gate; largest first."""

    def faces(self, image: Image) -> list[Face]:
        """Return the faces alone, largest first."""

    def embed(self, image: Image, face: Face, purpose: Purpose) -> Vector:
        """Return the vector of one face."""


_lock = threading.Lock()
_loaded: dict[str, Engine] = {}


def engine_named(name: str) -> Engine:
    """Return the engine, loading and warming it up if this process has not yet (seconds; never in a request).

    Raises EngineUnknown, EngineNotInstalled, WeightsMissing or WeightsCorrupt; each message says what to do.
    """
    entry = entry_named(name)
    with _lock:
        if name not in _loaded:
            try:
                from .assembly import assemble
            except ModuleNotFoundError as error:
                raise EngineNotInstalled(
                    "engine_not_installed",
                    f"The engine {name} needs the Python package {error.name}: run `make setup`, "
                    "or pip install -r requirements/packaged.txt.",
                ) from error
            _loaded[name] = assemble(entry)
        return _loaded[name]
