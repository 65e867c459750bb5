"""The ledger: every day's facts sealed under one signed root, chained to the day before; and the reading of it.

A day is that on which a fact was received (UTC), so what arrives late seals no earlier day anew. The newest root also
stands in the audit trail, whose end is kept outside the database: cutting days off the end of the ledger shows there.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db.models import Min, QuerySet
from django.utils import timezone

from apps.attendance import merkle, seals
from apps.attendance.models import LedgerDay, Punch, PunchRuling
from apps.organizations import audit
from apps.organizations.jobs import job
from apps.organizations.models import AuditEntry, Organization
from apps.organizations.platform_key import platform_key, public_key, signing_key
from apps.organizations.sealing import FIRST, seal

FORMAT: Final = "attendance-ledger.v1"
ACTION: Final = "ledger.seal"
SETTLED: Final = timedelta(minutes=10)
"""After midnight: what began to be written on a day has arrived by then."""
ONE_DAY: Final = timedelta(days=1)
_ID, _LEAF = 16, 48


@dataclass(frozen=True, slots=True)
class Leaf:
    """A fact as the tree has it."""

    at: datetime
    id: UUID
    seal: str

    @property
    def stored(self) -> bytes:
        return self.id.bytes + bytes.fromhex(self.seal)


@dataclass(frozen=True, slots=True)
class Fault:
    """The first day or fact that is not as it was sealed, and what is wrong with it."""

    code: str
    day: date
    fact: UUID | None
    message: str


@dataclass(slots=True)
class Verified:
    """What a reading came to."""

    days: int = 0
    facts: int = 0
    removed: int = 0
    fault: Fault | None = None


# --- Sealing -----------------------------------------------------------------------------------------


@job("attendance.seal_ledger", every=timedelta(hours=1))
def seal_days(organization: Organization) -> None:
    """Seal every day that is over, the days without a fact too: so none can be taken out."""
    for day in days_to_seal(organization, timezone.now()):
        seal_day(organization=organization, day=day)


def days_to_seal(organization: Organization, now: datetime) -> list[date]:
    """The days after the last sealed one, or from the first fact on, that are over."""
    last = newest_day(organization)
    begin = last.day + ONE_DAY if last else _first_day(organization)
    over = (now - SETTLED).astimezone(UTC).date()
    return [begin + n * ONE_DAY for n in range((over - begin).days)] if begin else []


def _first_day(organization: Organization) -> date | None:
    first = Punch.objects.filter(organization=organization).aggregate(at=Min("received_at"))["at"]
    return first.astimezone(UTC).date() if first else None


@audit.held()
def seal_day(*, organization: Organization, day: date) -> LedgerDay:
    """Seal the facts received on a day, as they carry their seals."""
    leaves = sorted(
        chain(*(_leaves(rows, kind.at) for kind in KINDS for rows in [_received(organization, kind, day, day)])),
        key=lambda leaf: (leaf.at, leaf.id.int),
    )
    before = LedgerDay.objects.filter(organization=organization, day=day - ONE_DAY).first()
    root = merkle.root([bytes.fromhex(leaf.seal) for leaf in leaves]).hex()
    made = LedgerDay(
        organization=organization,
        day=day,
        facts=len(leaves),
        root=root,
        before=before.mac if before else FIRST,
        leaves=b"".join(leaf.stored for leaf in leaves),
    )
    made.mac = mac_of(made)
    made.signature = _spelled(signing_key(organization.pk).sign(_canonical(head_of(made))))
    made.save(force_insert=True)
    new = {"day": day, "facts": made.facts, "root": root}
    audit.record(organization=organization, action=ACTION, subject=made, new=new)
    return made


def newest_day(organization: Organization) -> LedgerDay | None:
    """The last sealed day."""
    return LedgerDay.objects.filter(organization=organization).order_by("-day").first()


def _leaves(rows: "QuerySet[Any]", at: str) -> Iterator[Leaf]:
    return (Leaf(*row) for row in rows.values_list(at, "id", "seal").iterator(chunk_size=5000))


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of facts: its sealed columns, when a row was received, who wrote it down, and whose it is."""

    name: str
    model: type[Punch | PunchRuling]
    columns: tuple[str, ...]
    at: str
    author: str
    erased: str


KINDS: Final = (
    Kind("punch", Punch, seals.PUNCH, "received_at", "recorded_by_id", "person__erased_at"),
    Kind("ruling", PunchRuling, seals.RULING, "ruled_at", "ruled_by_id", "punch__person__erased_at"),
)


def _received(organization: Organization, kind: Kind, first: date, last: date | None) -> "QuerySet[Any]":
    """The rows of a kind that were received from the first day (UTC) to the last, or from then on."""
    rows = kind.model.objects.filter(
        organization=organization, **{f"{kind.at}__gte": datetime.combine(first, time(0), UTC)}
    )
    return rows.filter(**{f"{kind.at}__lt": datetime.combine(last + ONE_DAY, time(0), UTC)}) if last else rows


def mac_of(day: LedgerDay) -> str:
    """What chains a day to the one before it."""
    key = platform_key(day.organization_id, seals.PURPOSE)
    return seal(key, day.before, [day.day.isoformat(), day.facts, day.root])


# --- The signed head, for whoever keeps it elsewhere -------------------------------------------------


def head_of(day: LedgerDay) -> dict[str, Any]:
    """What the signature of a day covers."""
    told = {"format": FORMAT, "organization": str(day.organization_id), "day": day.day.isoformat()}
    return told | {"facts": day.facts, "root": day.root, "chain": day.mac}


def head_file(day: LedgerDay) -> bytes:
    """A day's head, its signature and the key to verify it with: kept elsewhere, it fixes all days until then."""
    whole = {"head": head_of(day), "signature": day.signature, "public_key": public_key(day.organization_id)}
    return json.dumps(whole, sort_keys=True, indent=2).encode() + b"\n"


def is_genuine(head: dict[str, Any], signature: str, key: str) -> bool:
    """Whether this head was signed with the other half of this public key."""
    try:
        trusted = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key))
        trusted.verify(base64.urlsafe_b64decode(signature), _canonical(head))
    except (InvalidSignature, ValueError):
        return False
    return True


def _canonical(head: dict[str, Any]) -> bytes:
    return json.dumps(head, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def _spelled(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


# --- Reading it --------------------------------------------------------------------------------------


def verify(organization: Organization, head: dict[str, Any] | None = None) -> Verified:
    """Read every sealed day and every fact, also of days not sealed yet; stops at the first fault.

    `head` is one that was kept elsewhere: its day must still be what it was then.
    """
    found = Verified()
    told = _told_by_the_trail(organization)
    before, expected = FIRST, None
    for day in LedgerDay.objects.filter(organization=organization).order_by("day").iterator(chunk_size=20):
        found.fault = (
            _day_fault(day, before, expected)
            or _against(day, told.pop(day.day, None), head)
            or _facts_fault(organization, day, found)
        )
        if found.fault:
            return found
        found.days, before, expected = found.days + 1, day.mac, day.day + ONE_DAY
    gone = min(told, default=None) or (_head_day(head) if head and not expected else None)
    if gone:
        found.fault = Fault("day_gone", gone, None, f"{gone} was sealed, and is not in the ledger any more")
        return found
    found.fault = _unsealed_fault(organization, expected, found)
    return found


def _told_by_the_trail(organization: Organization) -> dict[date, str]:
    """The root of each day as the audit trail has it: the first one, for a day is sealed once."""
    entries = AuditEntry.objects.filter(organization=organization, action=ACTION).order_by("-sequence")
    told = (json.loads(new) for new in entries.values_list("new", flat=True))
    return {date.fromisoformat(new["day"]): new["root"] for new in told}


def _head_day(head: dict[str, Any]) -> date:
    return date.fromisoformat(head["day"])


def _day_fault(day: LedgerDay, before: str, expected: date | None) -> Fault | None:
    if expected is not None and day.day != expected:
        return Fault("day_gone", expected, None, f"{expected} is not in the ledger, though {day.day} is")
    codes = [code for _, code in _stored(day)]
    stands = day.before == before and mac_of(day) == day.mac and merkle.root(codes).hex() == day.root
    if not stands or len(codes) != day.facts:
        return Fault("day_altered", day.day, None, f"the seal of {day.day} is not the one that was made for it")
    if not is_genuine(head_of(day), day.signature, public_key(day.organization_id)):
        return Fault("day_altered", day.day, None, f"the signature of {day.day} is not this organization's")
    return None


def _stored(day: LedgerDay) -> list[tuple[UUID, bytes]]:
    raw = bytes(day.leaves)
    return [(UUID(bytes=raw[at : at + _ID]), raw[at + _ID : at + _LEAF]) for at in range(0, len(raw), _LEAF)]


def _against(day: LedgerDay, told: str | None, head: dict[str, Any] | None) -> Fault | None:
    if told is not None and told != day.root:
        return Fault("day_rewritten", day.day, None, f"the audit trail has another root for {day.day}")
    if head and _head_day(head) == day.day and head != head_of(day):
        return Fault("day_rewritten", day.day, None, f"{day.day} is not what its head, kept elsewhere, says")
    return None


def _facts_fault(organization: Organization, day: LedgerDay, found: Verified) -> Fault | None:
    leaves = dict(_stored(day))
    for fact in _facts(organization, day.day, day.day):
        code = leaves.pop(fact.id, None)
        if code is None:
            return Fault("fact_added", day.day, fact.id, f"{fact.name} was not there when {day.day} was sealed")
        if fault := fact.fault(day.day, code.hex()):
            return fault
        found.facts += 1
    if leaves and not day.removed_by:
        gone = next(iter(leaves))
        return Fault("fact_gone", day.day, gone, f"fact {gone} was sealed on {day.day}, and is gone")
    found.removed += len(leaves)
    return None


def _unsealed_fault(organization: Organization, since: date | None, found: Verified) -> Fault | None:
    """What is not sealed by its day yet carries its own seal."""
    first = since or _first_day(organization)
    for fact in _facts(organization, first) if first else ():
        if fault := fact.fault(fact.at.astimezone(UTC).date(), fact.seal):
            return fault
        found.facts += 1
    return None


@dataclass(frozen=True, slots=True)
class Stored:
    """A fact as the database has it, and what of it may be gone since it was written."""

    id: UUID
    at: datetime
    name: str
    seal: str
    now: str
    """The seal that its columns come to now."""
    words_stand: bool
    author_stands: bool

    def fault(self, day: date, sealed: str) -> Fault | None:
        if self.seal == self.now == sealed and self.words_stand and self.author_stands:
            return None
        return Fault("fact_altered", day, self.id, f"{self.name} is not as it was written")


def _facts(organization: Organization, first: date, last: date | None = None) -> list[Stored]:
    """The facts received on these days, in their order."""
    found = [fact for kind in KINDS for fact in _read(organization, kind, first, last)]
    return sorted(found, key=lambda fact: (fact.at, fact.id.int))


def _read(organization: Organization, kind: Kind, first: date, last: date | None) -> Iterator[Stored]:
    own, columns = organization.pk, kind.columns
    at, author, words = (columns.index(name) for name in (kind.at, "author", "words_seal"))
    rows = _received(organization, kind, first, last).values_list(*columns, kind.author, "reason", "seal", kind.erased)
    for row in rows.iterator(chunk_size=5000):
        told, (user_id, said, stored, erased_at) = row[: len(columns)], row[len(columns) :]
        fact_id = told[0]
        yield Stored(
            fact_id,
            told[at],
            f"{kind.name} {fact_id}",
            stored,
            seals.seal_of(own, columns, told),
            # Whoever is erased takes their words with them; an account that is deleted leaves its pseudonym.
            seals.words_seal(own, fact_id, said) == told[words] or (said == "" and erased_at is not None),
            user_id is None or seals.author_of(own, user_id) == told[author],
        )
