"""What this worker remembers of each camera's last frame, so that the next costs less (recognition/between_frames.py).

In this process's memory, for a second or so, under the organization first. Another worker remembers something else or
nothing, and answers the same.
"""

from dataclasses import dataclass
from time import monotonic
from typing import Final
from uuid import UUID

from apps.attendance.answers import Answer
from apps.recognition.between_frames import (
    EMPTY_SECONDS,
    FOLLOWED_SECONDS,
    EmptyPicture,
    Memory,
    Places,
    Trail,
)
from apps.recognition.decoding import decode_small


@dataclass(frozen=True, slots=True)
class Place:
    """Whose frame it is: `socket` of one page, `track` of whom it is about (of all of them, where several count)."""

    organization_id: UUID
    camera_id: UUID
    socket: str
    track: str


@dataclass(frozen=True, slots=True)
class _Empty:
    picture: EmptyPicture
    answer: Answer


_faces: Final[Memory[Places]] = Memory(FOLLOWED_SECONDS)
_empty: Final[Memory[_Empty]] = Memory(EMPTY_SECONDS)


def unchanged_answer(organization_id: UUID, camera_id: UUID, socket: str, frame: bytes) -> Answer | None:
    """What this page was told when nobody was in its picture, if that was just now and the picture is still the same.

    Raises FrameRefused as `decode_frame` does.
    """
    now = monotonic()
    kept = _empty.recall((organization_id, camera_id, socket), now)
    if kept is None or not kept.picture.is_still(decode_small(frame), now):
        return None
    return dict(kept.answer)


def trail_of(place: Place) -> Trail:
    """What the frame that comes now is told of the one before."""
    now = monotonic()
    return Trail(now, _faces.recall(_of_track(place), now))


def keep(place: Place, trail: Trail, frame: bytes, answer: Answer) -> None:
    """Remember where the faces of a frame were, or that it was empty and what was answered."""
    _faces.keep(_of_track(place), trail.left, trail.now)
    if trail.saw_nobody:
        empty = _Empty(EmptyPicture(decode_small(frame), trail.now), answer)
        _empty.keep((place.organization_id, place.camera_id, place.socket), empty, trail.now)


def _of_track(place: Place) -> tuple[object, ...]:
    return (place.organization_id, place.camera_id, place.track)
