"""Looks at each photo once and keeps what was seen: the vector and what the quality gate is told, never the picture."""

import hashlib
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from .. import quality, store
from ..decoding import decode_photo
from ..engine import Engine
from ..errors import FrameRefused, RecognitionError
from ..matching import template
from ..registry import entry_named
from ..shapes import Face, Image, Matrix, Pose, Purpose, Quality, Vector
from .approaches import Scores

NOTHING: Final = np.zeros(0, np.float32)
"""What is kept of a picture in which no face was seen."""
_MEASURES = 8
_Kept = NDArray[np.float32]
"""(8 + D,): face_px, sharpness, luma, inside, yaw, pitch, roll, covered, then the vector."""


class CacheUnreadable(RecognitionError):
    """A file of kept vectors that is none."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What one photo gave. `code` says why it gave no vector."""

    vector: Vector | None
    quality: Quality | None = None
    code: str = ""


class Sight(Protocol):
    """Finds the face a photo is about and describes it by a vector, one space for all of them."""

    @property
    def space(self) -> str: ...

    @property
    def lowest(self) -> float:
        """A similarity that any two faces reach."""

    def find(self, image: Image) -> Face | None: ...

    def measure(self, image: Image, face: Face) -> Quality: ...

    def embed(self, image: Image, face: Face, purpose: Purpose) -> Vector: ...

    def refuses(self, measured: Quality, purpose: Purpose) -> str:
        """Return why a face of this quality is not compared; empty where it is."""

    def combine(self, vectors: Matrix) -> Vector:
        """Make one reference (D,) of a person's vectors (n, D)."""

    def compare(self, probes: Matrix, references: Matrix) -> Scores:
        """Return similarities (P, N), higher is closer, of (P, D) and (N, D)."""


@dataclass(frozen=True)
class EngineSight:
    """An engine, behind the gate that a camera's frames pass."""

    engine: Engine
    lowest: float = -1.0

    @property
    def space(self) -> str:
        return self.engine.space

    def find(self, image: Image) -> Face | None:
        return quality.principal(self.engine.faces(image), image)

    def measure(self, image: Image, face: Face) -> Quality:
        return quality.measure(image, face, entry_named(self.engine.name).detector)

    def embed(self, image: Image, face: Face, purpose: Purpose) -> Vector:
        return self.engine.embed(image, face, purpose)

    def refuses(self, measured: Quality, purpose: Purpose) -> str:
        refusal = quality.judge(measured, purpose)
        return refusal.code if refusal else ""

    def combine(self, vectors: Matrix) -> Vector:
        return template(vectors)

    def compare(self, probes: Matrix, references: Matrix) -> Scores:
        return np.asarray(probes @ references.T, dtype=np.float32)


@dataclass
class Looker:
    """Looks, or remembers: kept by the space, the recipe and the sum of the file, so a changed one is seen anew.

    The gate is asked each time; a gate that became stricter since holds for what was kept before too.
    """

    sight: Sight
    kept: dict[str, _Kept] = field(default_factory=dict)
    failed: dict[Path, str] = field(default_factory=dict)
    """Photos that gave no vector, and why."""
    seconds: list[float] = field(default_factory=list)
    """Process CPU time of each photo that was looked at by a punch's recipe, not remembered."""

    @property
    def lost(self) -> Counter[str]:
        return Counter(self.failed.values())

    def look(self, photo: Path, purpose: Purpose, gate: Purpose | None = None) -> Seen:
        """Return what a photo gave by the recipe of `purpose`, behind the gate of `gate` (else of the same)."""
        seen = self._seen(photo, purpose)
        if seen.quality is not None and (code := self.sight.refuses(seen.quality, gate or purpose)):
            seen = Seen(None, seen.quality, code)
        if seen.code:
            self.failed[photo] = seen.code
        return seen

    def _seen(self, photo: Path, purpose: Purpose) -> Seen:
        try:
            jpeg = photo.read_bytes()
        except OSError:
            return Seen(None, code="unreadable")
        key = f"{self.sight.space}|{purpose}|{hashlib.sha256(jpeg).hexdigest()}"
        if key not in self.kept:
            started = time.process_time()
            try:
                self.kept[key] = self._look(decode_photo(jpeg), purpose)
            except FrameRefused as refused:
                return Seen(None, code=refused.code)
            except cv2.error:
                return Seen(None, code="undecodable")
            if purpose is Purpose.PUNCH:
                self.seconds.append(time.process_time() - started)
        return _unpacked(self.kept[key])

    def _look(self, image: Image, purpose: Purpose) -> _Kept:
        face = self.sight.find(image)
        if face is None:
            return NOTHING
        measured = self.sight.measure(image, face)
        return np.concatenate([_packed(measured), self.sight.embed(image, face, purpose)]).astype(np.float32)


def read_cache(path: Path) -> dict[str, _Kept]:
    """Return what an earlier run kept; nothing where there is no file. Raises CacheUnreadable."""
    if not path.exists():
        return {}
    try:
        with np.load(path, allow_pickle=False) as file:
            return {str(key): np.asarray(file[key], dtype=np.float32) for key in file.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise CacheUnreadable("cache_unreadable", f"{path} is no file of kept vectors: delete it.") from error


def write_cache(path: Path, kept: dict[str, _Kept]) -> None:
    """Write it, whole or not at all, for this account alone: vectors of faces are personal data."""

    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, **kept)

    store.write_atomically(path, write, mode=0o600)


def _packed(measured: Quality) -> _Kept:
    pose = measured.pose
    first = (measured.face_px, measured.sharpness, measured.luma, measured.inside)
    return np.array([*first, pose.yaw, pose.pitch, pose.roll, measured.covered], np.float32)


def _unpacked(kept: _Kept) -> Seen:
    if len(kept) <= _MEASURES:
        return Seen(None, code="no_face")
    face_px, sharpness, luma, inside, yaw, pitch, roll, covered = (float(one) for one in kept[:_MEASURES])
    return Seen(kept[_MEASURES:], Quality(face_px, sharpness, luma, inside, Pose(yaw, pitch, roll), covered))
