"""Detectors: each takes a picture and returns its faces, largest first, in pixels of that picture."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ..shapes import Box, Face, Image


class Detector(Protocol):
    """Finds faces; may be called from several threads at once."""

    def detect(self, image: Image) -> list[Face]: ...


@runtime_checkable
class Follower(Detector, Protocol):
    """A detector that also looks cheaply for faces where the last frame had them."""

    def follow(self, image: Image, boxes: Sequence[Box]) -> list[Face] | None:
        """Return all of them, largest first; None where the whole frame has to be looked at."""
