"""The root of a Merkle tree over some codes, as RFC 6962 (2.1) builds it: no code can change, move, come or go."""

from collections.abc import Sequence
from hashlib import sha256

_LEAF, _NODE = b"\x00", b"\x01"


def root(codes: Sequence[bytes]) -> bytes:
    """32 bytes; of no codes the hash of nothing."""
    if not codes:
        return sha256().digest()
    level = [sha256(_LEAF + code).digest() for code in codes]
    while len(level) > 1:
        pairs = [sha256(_NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        # One that has no partner goes up as it is: the same tree as splitting at the largest power of two.
        level = pairs + level[len(pairs) * 2 :]
    return level[0]
