"""The rotation that each organization's vectors have: orthogonal, secret, its own.

Cosines stay as they are, and a vector that two organizations keep of one face looks unrelated while their keys are
kept. It is no one-way function: who has as many pairs of plain and turned vectors as a vector has numbers solves it.
"""

from functools import lru_cache

import numpy as np
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apps.organizations.master_key import KEY_BYTES
from apps.recognition.shapes import Matrix, Vector


@lru_cache(maxsize=64)
def rotation(organization_key: bytes, dimension: int) -> Matrix:
    """The orthogonal (D, D) float32 matrix of this key: the same in every process and release. 1 MB for 512 numbers.

    RandomState, because numpy has frozen its stream (NEP 19); QR of a Gaussian matrix with the signs of R's diagonal
    taken out is uniform among rotations and reflections (Mezzadri 2007).
    """
    info = f"rotation.v1|{dimension}".encode()
    seed = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(organization_key)
    random = np.random.RandomState(np.frombuffer(seed, "<u4"))
    orthogonal, upper = np.linalg.qr(random.standard_normal((dimension, dimension)))
    turn = np.asarray(orthogonal * np.sign(np.diag(upper)), np.float32)
    turn.flags.writeable = False
    return turn


def turn(vectors: Vector | Matrix, organization_key: bytes) -> Vector:
    """Turn one vector (D,) or rows of them (N, D) into the space of this key; lengths and cosines stay."""
    return np.asarray(vectors @ rotation(organization_key, vectors.shape[-1]), dtype=np.float32)


def turn_over(vectors: Vector | Matrix, older_key: bytes, newer_key: bytes) -> Vector:
    """Turn what has the rotation of the older key into the space of the newer one."""
    dimension = vectors.shape[-1]
    return np.asarray(vectors @ rotation(older_key, dimension).T @ rotation(newer_key, dimension), dtype=np.float32)


def forget() -> None:
    """Drop the rotations this process made, and with them the keys they are kept under (a change of keys)."""
    rotation.cache_clear()
