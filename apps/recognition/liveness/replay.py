"""Frames that another session of this camera sent before: no camera sees the same bytes twice."""

import hashlib
from typing import Final
from uuid import UUID

from ..short_store import short_store

REMEMBERED_SECONDS: Final = 900.0


def was_seen(organization_id: UUID, camera_id: UUID, epoch: str, jpeg: bytes) -> bool:
    """Return whether another session (epoch) of this camera sent exactly this frame lately."""
    first = short_store().peek(_key(organization_id, camera_id, jpeg))
    return first is not None and first.decode() != epoch


def remember(organization_id: UUID, camera_id: UUID, epoch: str, jpeg: bytes) -> None:
    """Keep the frame's sha256 for REMEMBERED_SECONDS as one of this session; never the frame."""
    short_store().put(_key(organization_id, camera_id, jpeg), epoch.encode(), REMEMBERED_SECONDS)


def _key(organization_id: UUID, camera_id: UUID, jpeg: bytes) -> str:
    return f"organization.{organization_id}.camera.{camera_id}.seen.{hashlib.sha256(jpeg).hexdigest()}"
