"""Frames that another session of this camera sent before: no camera sees the same bytes twice.

Kept are sums, never frames. What is replayed byte by byte is found, on a looped virtual camera too, where the browser
makes the same JPEG of the same picture; a picture filmed anew is not.
"""

import hashlib
from typing import Final
from uuid import UUID

from ..short_store import short_store

MOST_FRAMES: Final = 20_000
"""Per camera: some days of punches; 3 MB of Redis when full."""
REMEMBERED_SECONDS: Final = 3 * 24 * 3600.0
_SUM_BYTES: Final = 16


def was_seen(organization_id: UUID, camera_id: UUID, epoch: str, jpeg: bytes) -> bool:
    """Return whether another session (epoch) of this camera sent exactly this frame. Raises StoreUnavailable."""
    first = short_store().holder(_key(organization_id, camera_id), _sum(jpeg))
    return first is not None and first != _sum(epoch.encode())


def remember(organization_id: UUID, camera_id: UUID, epoch: str, jpeg: bytes) -> None:
    """Keep the frame's sum as one that this session sent first. Raises StoreUnavailable."""
    short_store().hold(
        _key(organization_id, camera_id),
        _sum(jpeg),
        _sum(epoch.encode()),
        most=MOST_FRAMES,
        seconds=REMEMBERED_SECONDS,
    )


def _key(organization_id: UUID, camera_id: UUID) -> str:
    return f"organization.{organization_id}.camera.{camera_id}.frames_seen"


def _sum(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()[:_SUM_BYTES]
