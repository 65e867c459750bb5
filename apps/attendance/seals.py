"""The seal that each fact carries: an HMAC-SHA256 over everything it states, under a key that is not in the database.

It is reckoned when the fact is written and never again, so an edit by SQL is found even before the day is sealed. A
person and whoever wrote a fact down stand in it as keyed pseudonyms, and the words beside it by a seal of their own, so
that an erasure, which takes words and names away, leaves the fact's seal true.
"""

import hmac
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from apps.attendance.models import Punch, PunchRuling
from apps.organizations.platform_key import platform_key
from apps.organizations.sealing import seal

PURPOSE: Final = "ledger.v1"
# In this order. What an erasure may change is in neither: it stands there as `author` and `words_seal`.
PUNCH: Final = (
    *("id", "person_id", "site_id", "camera_id", "direction", "hint", "source", "policy", "number", "occurred_at"),
    *("received_at", "device_time", "sequence", "skew_ms", "is_offline", "time_zone", "utc_offset_minutes"),
    *("attendance_date", "nonce", "liveness", "review", "author", "words_seal"),
)
RULING: Final = ("id", "punch_id", "kind", "ruled_at", "author", "words_seal")


def sealed(punch: Punch) -> Punch:
    """Give a punch that is about to be written its seals."""
    punch.author = author_of(punch.organization_id, punch.recorded_by_id)
    punch.words_seal = words_seal(punch.organization_id, punch.pk, punch.reason)
    punch.seal = seal_of(punch.organization_id, PUNCH, [getattr(punch, name) for name in PUNCH])
    return punch


def sealed_ruling(ruling: PunchRuling) -> PunchRuling:
    """Give a ruling that is about to be written its seals."""
    ruling.author = author_of(ruling.organization_id, ruling.ruled_by_id)
    ruling.words_seal = words_seal(ruling.organization_id, ruling.pk, ruling.reason)
    ruling.seal = seal_of(ruling.organization_id, RULING, [getattr(ruling, name) for name in RULING])
    return ruling


def seal_of(organization_id: UUID, columns: Sequence[str], values: Sequence[Any]) -> str:
    """The seal (64 hex digits) of a fact whose columns, PUNCH or RULING, have these values."""
    told = [_told(organization_id, name, value) for name, value in zip(columns, values, strict=True)]
    return seal(_key(organization_id), columns[1], told)


def words_seal(organization_id: UUID, fact_id: UUID, words: str) -> str:
    """The seal of the words beside a fact; empty where there are none."""
    return seal(_key(organization_id), "words", [fact_id, words]) if words else ""


def author_of(organization_id: UUID, user_id: UUID | None) -> str:
    """Who wrote a fact down, as a pseudonym; empty where nobody did."""
    return _pseudonym(organization_id, b"user", user_id) if user_id else ""


def _told(organization_id: UUID, name: str, value: Any) -> Any:
    if name == "person_id":
        return _pseudonym(organization_id, b"person", value)
    if type(value) is date:
        return value.isoformat()
    return int(value) if isinstance(value, bool) else str(value) if isinstance(value, str) else value


def _pseudonym(organization_id: UUID, kind: bytes, one: UUID) -> str:
    return hmac.digest(_key(organization_id), kind + one.bytes, "sha256").hex()


def _key(organization_id: UUID) -> bytes:
    return platform_key(organization_id, PURPOSE)
