"""Searching a gallery: pure numpy, exact, a few milliseconds for a hundred thousand references."""

import numpy as np

from .shapes import Candidate, Matrix, Vector

_BEYOND_THE_CACHE = 20_000_000
"""Bytes."""


_WIDE = 256
"""Numbers in a vector."""
_CACHE_LINE, _FLOAT_BYTES = 64, 4


def search(vector: Vector, matrix: Matrix, top: int = 3) -> list[Candidate]:
    """Return the `top` nearest rows of `matrix` (N, D) to `vector` (D,), best first.

    Both sides are unit vectors of one space, so the dot product is the cosine similarity.
    Raises ValueError if the dimensions differ: such vectors must never be compared.
    """
    if matrix.shape[0] == 0:
        return []
    if matrix.shape[1:] != vector.shape:
        raise ValueError(f"a probe of {vector.shape} cannot be compared with references of {matrix.shape[1:]}")
    # From memory, wide rows one by one run nearly as fast as reading; else BLAS's product does. Measured.
    is_wide = matrix.flags.c_contiguous and matrix.nbytes >= _BEYOND_THE_CACHE
    similarities = np.asarray((np.vecdot if is_wide else np.matmul)(matrix, vector), dtype=np.float32)
    count = min(top, len(similarities))
    return [_taken_out(similarities) for _ in range(count)]


def _taken_out(similarities: Vector) -> Candidate:
    """Take the best row out. A pass of argmax costs a thirtieth of a partition, and few are asked for."""
    row = int(similarities.argmax())
    best = Candidate(row, float(similarities[row]))
    similarities[row] = -np.inf
    return best


def room_for(rows: int, dimension: int) -> Matrix:
    """Return room for vectors (rows, dimension), not filled, laid out so that a search reads it as memory gives it.

    It begins where a cache line does: numpy begins 16 bytes after one, so every 64 bytes read lie in two lines, and a
    search in the cache took a fifth longer. Narrow vectors lie column by column: one by one, what begins and ends a
    row of 128 numbers costs a third of reading it.
    """
    raw = np.empty(rows * dimension * _FLOAT_BYTES + _CACHE_LINE, np.uint8)
    begin = -raw.ctypes.data % _CACHE_LINE
    numbers = raw[begin : begin + rows * dimension * _FLOAT_BYTES].view(np.float32)
    return numbers.reshape(rows, dimension) if dimension >= _WIDE else numbers.reshape(dimension, rows).T


def template(vectors: Matrix) -> Vector:
    """Average unit vectors (n, D) of one person into one unit vector (D,)."""
    return unit(np.asarray(vectors, dtype=np.float32).mean(axis=0))


def unit(vector: Vector) -> Vector:
    """Scale to length one, along the last axis; a zero vector stays zero."""
    lengths = np.linalg.norm(vector, axis=-1, keepdims=True)
    return np.asarray(vector / np.maximum(lengths, 1e-9), dtype=np.float32)
