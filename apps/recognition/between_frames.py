"""What a worker keeps of one camera's last frame, so that the next one costs less: where its faces were, or that it
was empty.

Nothing is decided from it. A followed face is measured and embedded like a detected one; an unchanged empty picture is
answered as it was. Each lasts a second or so after the last look at a whole frame, whatever the frames between showed,
and a worker that remembers nothing looks at the whole frame: any worker may get any frame.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from .shapes import Box, Face, Image

Grey = NDArray[np.uint8]
"""(h, w) luma of a picture at an eighth of its size: each pixel the mean of eight by eight."""

FOLLOWED_FRAMES: Final = 8
"""So many frames in a row are followed at most: then somebody new in the picture is seen."""
FOLLOWED_SECONDS: Final = 1.0
"""After the last look at a whole frame. Of three frames half a second apart the second is followed."""
EMPTY_SECONDS: Final = 1.5
"""A page without its own detector sends a frame a second: every second one is looked at."""
MOST_REMEMBERED: Final = 512
"""Tracks, and as many cameras, of one worker; an empty picture of 1920x1088 takes 33 kB."""

# Mean difference of 32x32 px of the frame, in levels of 255. Measured at JPEG quality 80: noise of a camera, one pixel
# in the next, reaches .88 at a standard deviation of 1 and 1.56 at 2; white noise 1.5 at 8. A face of 56 px, the
# smallest that is taken, makes 3.3 at the least: as dark as is taken (25), before a wall of exactly its own brightness.
# One too dark to be taken (13) makes 1.7.
CHANGED_LEVELS: Final = 1.6
_WINDOW: Final = 4

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Places:
    """Where all faces of a track's last frame were, as shares of the picture, and how long ago all of it was seen."""

    boxes: tuple[Box, ...]
    looked_at: float
    """Seconds of the worker's clock."""
    followed: int = 0
    """Frames since then in which they were only followed."""


def may_follow(places: Places, now: float) -> bool:
    """Whether the next frame may be looked at only where the faces were."""
    return places.followed < FOLLOWED_FRAMES and 0 <= now - places.looked_at < FOLLOWED_SECONDS


class Trail:
    """What one frame of a track is told of the one before, and leaves for the one after."""

    def __init__(self, now: float, places: Places | None = None) -> None:
        self.now = now
        self.left: Places | None = None
        """For the next frame; None where that has to be looked at whole."""
        self.saw_nobody = False
        """The whole frame was looked at, and no face was in it."""
        self._places = places if places and may_follow(places, now) else None

    def boxes(self, image: Image, most: int) -> list[Box]:
        """Where to look for the faces, in pixels; empty: look everywhere. `most` as of `look`."""
        if self._places is None or len(self._places.boxes) > most:
            return []
        return [_scaled(box, image.shape[1], image.shape[0]) for box in self._places.boxes]

    def follow(self, image: Image, faces: Sequence[Face]) -> None:
        """Leave the faces that were found where `boxes` said, each of them."""
        if self._places is not None:
            self.left = replace(self._places, boxes=_shares(image, faces), followed=self._places.followed + 1)

    def look(self, image: Image, faces: Sequence[Face], most: int) -> None:
        """Leave what the whole frame showed.

        Beside more faces than count here (`most`) nobody is followed: which of them count is seen anew each time.
        """
        self.saw_nobody = not faces
        self.left = Places(_shares(image, faces), self.now) if 0 < len(faces) <= most else None


def _shares(image: Image, faces: Sequence[Face]) -> tuple[Box, ...]:
    """A page's cut-outs of one face differ by pixels in size, and the face keeps its place in them."""
    height, width = image.shape[:2]
    return tuple(_scaled(face.box, 1 / width, 1 / height) for face in faces)


def _scaled(box: Box, across: float, down: float) -> Box:
    return (box[0] * across, box[1] * down, box[2] * across, box[3] * down)


@dataclass(frozen=True, slots=True)
class EmptyPicture:
    """A picture that was looked at whole and showed nobody."""

    grey: Grey
    looked_at: float

    def is_still(self, grey: Grey, now: float) -> bool:
        """Whether it still shows nobody: it was looked at just now, and nothing of a face's size has changed since.

        Compared with the picture that was looked at, not with the one before: slow changes add up.
        """
        return 0 <= now - self.looked_at < EMPTY_SECONDS and largest_change(self.grey, grey) < CHANGED_LEVELS


def largest_change(one: Grey, other: Grey) -> float:
    """Return the largest mean difference of any 4x4 pixels, 0..255; 255 for pictures of different size."""
    if one.shape != other.shape or not one.size:
        return 255.0
    window = int(min(_WINDOW, *one.shape))
    sums = np.zeros((one.shape[0] + 1, one.shape[1] + 1), np.int64)
    sums[1:, 1:] = np.abs(one.astype(np.int16) - other).cumsum(axis=0).cumsum(axis=1)
    inside = sums[window:, window:] - sums[:-window, window:] - sums[window:, :-window] + sums[:-window, :-window]
    return float(inside.max()) / window**2


class Memory(Generic[Kept]):
    """Values by key in this process, for seconds; of too many the oldest is forgotten. Several threads may ask."""

    def __init__(self, seconds: float, most: int = MOST_REMEMBERED) -> None:
        self._kept: OrderedDict[tuple[object, ...], tuple[float, Kept]] = OrderedDict()
        self._seconds, self._most = seconds, most
        self._lock = threading.Lock()

    def recall(self, key: tuple[object, ...], now: float) -> Kept | None:
        """The value under this key, unless it was kept too long ago. What is too old goes, whosever it is."""
        with self._lock:
            self._drop_expired(now)
            found = self._kept.get(key)
        return found[1] if found else None

    def keep(self, key: tuple[object, ...], value: Kept | None, now: float) -> None:
        """Keep a value in place of the one before; None forgets it."""
        with self._lock:
            self._kept.pop(key, None)
            if value is not None:
                self._kept[key] = (now, value)
            self._drop_expired(now)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)

    def _drop_expired(self, now: float) -> None:
        while self._kept and now - next(iter(self._kept.values()))[0] >= self._seconds:
            self._kept.popitem(last=False)
