"""Seals rows into a chain: each carries an HMAC-SHA256 over the code before it and over everything it says itself.

Whoever lacks the platform key cannot write, change, move or drop a row without the codes from there on disagreeing.
"""

import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

FIRST = ""  # the code before the first row
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def seal(key: bytes, before: str, columns: Iterable[Any]) -> str:
    """The code of a row: texts, whole numbers, ids, instants and nothing (None) have exactly one spelling each."""
    said = [before, *[_spelled(column) for column in columns]]
    return hmac.digest(key, _encode(said).encode(), "sha256").hex()


def _spelled(column: Any) -> Any:
    kind = type(column)
    if kind is str or kind is int or column is None:
        return column
    if kind is UUID:
        return column.hex
    if isinstance(column, datetime):
        return column.astimezone(UTC).isoformat()
    raise TypeError(f"{kind.__name__} has no spelling in a seal")
