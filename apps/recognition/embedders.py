"""Embedders: chips in, vectors out. What differs between networks is data: size, colour order, range, layout."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .parts import Preparation
from .sessions import Array, Net
from .shapes import Image, Matrix

Forward = Callable[[np.ndarray[tuple[int, ...], np.dtype[np.generic]]], Array]
"""A prepared batch (n, …) -> (n, D)."""


class Embedder(Protocol):
    """Turns chips (n, size, size, 3) RGB into vectors (n, D), not yet of unit length."""

    def embed(self, chips: Image) -> Matrix: ...


def one_by_one(net: Net) -> Forward:
    """Feed a network that was published for one picture at a time."""
    return lambda batch: np.concatenate([net(batch[at : at + 1])[0] for at in range(len(batch))])


@dataclass(frozen=True)
class NetEmbedder:
    """An embedder made of one network."""

    forward: Forward
    preparation: Preparation

    def embed(self, chips: Image) -> Matrix:
        return np.asarray(self.forward(self._prepared(chips)), dtype=np.float32)

    def _prepared(self, chips: Image) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
        how = self.preparation
        ordered = chips[..., ::-1] if how.bgr else chips
        if how.channels_first:
            ordered = ordered.transpose(0, 3, 1, 2)
        if how.as_bytes:
            return np.ascontiguousarray(ordered)
        return np.ascontiguousarray((ordered.astype(np.float32) - how.mean) * how.scale)
