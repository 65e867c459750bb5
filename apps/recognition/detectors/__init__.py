"""Detectors: each takes a picture and returns its faces, largest first, in pixels of that picture."""

from typing import Protocol

from ..shapes import Face, Image


class Detector(Protocol):
    """Finds faces; may be called from several threads at once."""

    def detect(self, image: Image) -> list[Face]: ...
