"""Reads a chain from its first row to its last, and names the first one that is not as it was written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Cast, Concat, Replace

from apps.organizations.audit import PLATFORM, chain_key, chain_name, chain_opened, sealed_columns
from apps.organizations.audit_anchor import End, read_anchor
from apps.organizations.models import AuditEntry, AuditHead, PlatformEntry, PlatformHead
from apps.organizations.sealing import FIRST, seal

ROWS_A_READ = 20_000
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """The first row that is wrong, and what is wrong with it; later ones may be wrong besides."""

    sequence: int
    code: str
    message: str


@dataclass(slots=True)
class Verified:
    """What a reading came to: where the chain ended, and the fault if there is one."""

    chain: UUID
    rows: int = 0
    end: End = field(default_factory=lambda: End(0, FIRST))
    fault: Fault | None = None


def verify(chain: UUID, anchors: Path | None = None) -> Verified:
    """Read the whole chain against its seals, its stored end and the end anchored outside.

    The ends are read first, so that what others append meanwhile comes on top of them; the stored one again after.
    """
    found = Verified(chain)
    try:
        anchored = read_anchor(chain_name(chain), anchors)
    except ValueError as error:
        found.fault = Fault(0, "anchor", str(error))
        return found
    with chain_opened(chain):
        stored = stored_end(chain)
        ends = {"the stored end": stored, "the anchor outside the database": anchored}
        found.fault = _walk(found, {name: end for name, end in ends.items() if end}) or _stale_end(chain, found)
    return found


def stored_end(chain: UUID) -> End | None:
    """Where the database says that the chain ends; None before its first row."""
    heads = PlatformHead.objects if chain == PLATFORM else AuditHead.objects
    found = heads.values_list("sequence", "mac").first()
    return End(*found) if found else None


def _stale_end(chain: UUID, found: Verified) -> Fault | None:
    now = stored_end(chain)
    if found.rows and (now is None or now.sequence < found.end.sequence):
        says = now.sequence if now else "nothing"
        return Fault(found.end.sequence, "end", f"the newest row is {found.end.sequence}, the stored end says {says}")
    return None


def _walk(found: Verified, ends: dict[str, End]) -> Fault | None:
    key, before = chain_key(found.chain), FIRST
    for row in _rows(found.chain):
        sequence, mac = row[0], row[-1]
        if sequence != found.rows + 1 or seal(key, before, row[:-1]) != mac:
            return _named(found, row, before)
        for name, end in ends.items():
            if end.sequence == sequence and end.mac != mac:
                return Fault(sequence, "rewritten", f"row {sequence} is not the one that {name} names")
        before, found.rows, found.end = mac, sequence, End(sequence, mac)
    for name, end in ends.items():
        if end.sequence > found.rows:
            gone = f"rows {found.rows + 1} to {end.sequence} are gone: {name} stands at {end.sequence}"
            return Fault(found.rows + 1, "cut", gone)
    return None


def _rows(chain: UUID, after: int | None = None) -> Iterator[Row]:
    """Every row in the order of its number, a few thousand at a time: no cursor and no transaction stays open."""
    entries = PlatformEntry.objects if chain == PLATFORM else AuditEntry.objects
    rows = entries.order_by("sequence", "id").values_list(*_as_stored(entries.model, sealed_columns(chain)), "mac")
    while read := list((rows if after is None else rows.filter(sequence__gt=after))[:ROWS_A_READ]):
        yield from read
        after = read[-1][0]


def _as_stored(model: type[models.Model], columns: Sequence[str]) -> list[Any]:
    """Ids and instants as texts in the seal's own spelling: making objects of them would take most of the time."""
    text = TextField()
    ids = {one.attname for one in model._meta.concrete_fields if isinstance(one, models.UUIDField)}
    id_of, instant = (_sqlite_id, _sqlite_instant) if connection.vendor == "sqlite" else (_id, _instant)
    return [instant(text) if one == "at" else id_of(one, text) if one in ids else one for one in columns]


def _sqlite_id(column: str, text: Any) -> Any:
    return Cast(column, text)


def _sqlite_instant(text: Any) -> Any:
    date_and_time = Replace(Cast("at", text), Value(" ", text), Value("T", text))
    return Concat(date_and_time, Value("+00:00", text), output_field=text)


def _id(column: str, text: Any) -> Any:
    return Replace(Cast(column, text), Value("-", text), Value("", text))


def _instant(text: Any) -> Any:
    # Connections speak UTC. Python writes no microseconds where there are none.
    shape = Value('YYYY-MM-DD"T"HH24:MI:SS.US+00:00', text)
    written = Func(F("at"), shape, function="to_char", output_field=text)
    return Replace(written, Value(".000000", text), Value("", text))


# --- What happened to the first row that is wrong ----------------------------------------------------


def _named(found: Verified, row: Row, before: str) -> Fault:
    place, expected = row[0], found.rows + 1
    if place > expected:
        gone = f"row {expected}" if place == expected + 1 else f"rows {expected} to {place - 1}"
        return Fault(expected, "missing", f"{gone} missing")
    if place < expected:
        return Fault(place, "inserted", f"row {place} stands there twice, or before the first")
    key, later = chain_key(found.chain), list(_rows(found.chain, after=place))
    if was := _moved_from(key, row, before, later):
        return Fault(place, "reordered", f"row {place} was written as row {was}")
    if _is_genuine(found, key, row, before, later):
        return Fault(place, "edited", f"row {place} was changed after it was written")
    if later and seal(key, before, _renumbered(later[0], place)) == later[0][-1]:
        return Fault(place, "inserted", f"row {place} was put in between")
    return Fault(place, "unsealed", f"row {place} was not written by this system: put in, or written over")


def _renumbered(row: Row, sequence: int) -> Row:
    return (sequence, *row[1:-1])


def _moved_from(key: bytes, row: Row, before: str, later: Sequence[Row]) -> int | None:
    """The number under which this row's seal is right. What stood before it then has moved by one at most."""
    macs = {row[-1], *(one[-1] for one in later)}
    chain = [(row[0] - 1, before), (row[0], row[-1]), *((one[0], one[-1]) for one in later)]
    for (_, earlier), (sequence, there) in pairwise(chain):
        if sequence != row[0] and {seal(key, mac, _renumbered(row, sequence)) for mac in (earlier, there)} & macs:
            return int(sequence)
    return None


def _is_genuine(found: Verified, key: bytes, row: Row, before: str, later: Sequence[Row]) -> bool:
    """Whether what follows was built on this row: on the code it shows, or on the one its columns still give."""
    codes = (row[-1], seal(key, before, row[:-1]))
    if later:
        return any(seal(key, code, later[0][:-1]) == later[0][-1] for code in codes)
    end = stored_end(found.chain)
    return end is not None and end.sequence == row[0] and end.mac in codes
