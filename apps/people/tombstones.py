"""Who was erased, in a file outside the database and its backups, so that a restored backup brings nobody back.

One line an erasure: the organization, the person's pseudonym, when. Nobody finds a person by it without the platform
key. Each line carries an HMAC-SHA256 over the line before it, so that one changed or taken out is noticed. A line is
on the disk before the erasure is committed; where it cannot be written nothing is erased. Should the commit fail after
it, the next start asks for `replay_erasures`: it errs on the side of erasing. Lines cut off the end are noticed by the
receipts in the database; a database restored from before those receipts knows nothing of them.
"""

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, ProgrammingError

from apps.organizations import doors
from apps.organizations.audit import PLATFORM
from apps.organizations.platform_key import platform_key, pseudonym_of
from apps.organizations.sealing import FIRST, seal
from apps.organizations.start import StartRefused, before_start
from apps.organizations.tenancy import acting_for
from apps.people.models import ErasureReceipt, Person
from apps.people.receipts import is_genuine

FILE = "erasures.jsonl"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One line: ids and an instant as text, and the code that seals it to the line before."""

    organization: str
    person: str
    at: str
    mac: str = ""

    @property
    def place(self) -> tuple[str, str]:
        return self.organization, self.person


class TombstonesAltered(StartRefused):
    """The file is not as it was written, or another platform key wrote it."""

    code = "tombstones_altered"

    def __init__(self, line: int) -> None:
        super().__init__(
            f"Line {line} of {file_of()} is not as this platform wrote it: the file was changed, or PLATFORM_KEY is "
            "not the one it was written with. Put the right key or an unchanged copy of the file in place."
        )


class ErasedAreBack(StartRefused):
    """The database holds people who were erased: it comes from a backup."""

    code = "erased_people_are_back"

    def __init__(self, people: int) -> None:
        super().__init__(
            f"The database holds {people} erased people: it was restored from a backup. Nothing starts until they are "
            "erased again. Run `manage.py replay_erasures`."
        )


class TombstonesUnreadable(StartRefused):
    """The file is there and cannot be read."""

    code = "tombstones_unreadable"

    def __init__(self) -> None:
        super().__init__(
            f"{file_of()} cannot be read, so nobody can tell whether erased people are back. Let the user that this "
            "runs as read and write that file and its folder."
        )


class TombstonesLacking(StartRefused):
    """The database has receipts of erasures that the file does not know: it was cut, or it is another one."""

    code = "tombstones_lacking"

    def __init__(self, receipts: int) -> None:
        super().__init__(
            f"{receipts} erasures that this database has a receipt of are not in {file_of()}: lines were cut off, or "
            "ERASURES names another folder. Put the newest copy of that file in place. Only where none is left, run "
            "`manage.py replay_erasures --rebuild`: it writes what the receipts tell, and who was erased after this "
            "database was backed up is not known any more."
        )


class ErasedUnknown(StartRefused):
    """People were erased here, and the database cannot be asked whether they are in it."""

    code = "erased_people_unknown"

    def __init__(self) -> None:
        super().__init__(
            "Nobody can tell whether erased people are in the database: it does not answer, or is of another version. "
            "Start it and run `manage.py migrate`; then start this again."
        )


def pseudonym(person: Person) -> str:
    """64 hex digits that stand for this person wherever something outlives them."""
    return pseudonym_of(person.organization_id, "person", person.pk)


def file_of(folder: Path | None = None) -> Path:
    return Path(folder or settings.ERASURES) / FILE


def read(folder: Path | None = None) -> list[Tombstone]:
    """Every erasure, the oldest first; none where there is no file. Raises TombstonesAltered, TombstonesUnreadable."""
    try:
        return _verified(file_of(folder).read_bytes())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise TombstonesUnreadable from error


def bury(*, organization_id: UUID, person: str, at: str) -> None:
    """Write a tombstone to the disk; one that stands already is left. Raises OSError, TombstonesAltered."""
    with _alone() as file:
        whole = _whole_lines(file.read())
        stones = _verified(whole)
        stone = Tombstone(str(organization_id), person, at)
        if stone.place in {one.place for one in stones}:
            return
        sealed = asdict(stone) | {"mac": _seal(stones[-1].mac if stones else FIRST, stone)}
        file.seek(len(whole))
        file.truncate()  # half a line was never acknowledged
        file.write(json.dumps(sealed, sort_keys=True).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def revived() -> dict[UUID, list[UUID]]:
    """The people who are in the database although they were erased, by organization. Raises as `read` does."""
    erased: defaultdict[UUID, set[str]] = defaultdict(set)
    for stone in read():
        erased[UUID(stone.organization)].add(stone.person)
    found = {organization_id: _there(organization_id, people) for organization_id, people in erased.items()}
    return {organization_id: people for organization_id, people in found.items() if people}


def untold() -> list[ErasureReceipt]:
    """The genuine receipts in the database whose tombstones are not in the file, the oldest first. Raises as `read`."""
    known, found = {stone.place for stone in read()}, list[ErasureReceipt]()
    for organization_id in doors.organization_ids():
        with acting_for(organization_id):
            receipts = ErasureReceipt.objects.filter(organization=organization_id).order_by("created_at", "id")
            found += [one for one in receipts if (str(organization_id), one.pseudonym) not in known and is_genuine(one)]
    return found


def bury_again(receipts: Sequence[ErasureReceipt]) -> None:
    """Write the tombstones of these receipts. Raises OSError, TombstonesAltered."""
    for one in receipts:
        bury(organization_id=one.organization_id, person=one.pseudonym, at=one.created_at.isoformat())


@before_start
def refuse_the_erased() -> None:
    """Raises ErasedAreBack, TombstonesLacking, ErasedUnknown, and what `read` raises."""
    anybody = bool(read())
    try:
        back, lacking = revived(), untold()
    except (OperationalError, ProgrammingError) as error:
        if anybody:
            raise ErasedUnknown from error
        return  # no database, or one of another version, and nobody was erased: the process says so by itself
    if back:
        raise ErasedAreBack(sum(map(len, back.values())))
    if lacking:
        raise TombstonesLacking(len(lacking))


def _there(organization_id: UUID, erased: set[str]) -> list[UUID]:
    with acting_for(organization_id):
        living = Person.objects.filter(organization=organization_id, erased_at=None).values_list("pk", flat=True)
        return [one for one in living if pseudonym_of(organization_id, "person", one) in erased]


def _verified(raw: bytes) -> list[Tombstone]:
    stones: list[Tombstone] = []
    for number, line in enumerate(_whole_lines(raw).splitlines(), 1):
        stone = _stone(number, line)
        if stone.mac != _seal(stones[-1].mac if stones else FIRST, stone):
            raise TombstonesAltered(number)
        stones.append(stone)
    return stones


def _stone(number: int, line: bytes) -> Tombstone:
    try:
        fields: dict[str, Any] = json.loads(line)
        stone = Tombstone(**{name: str(value) for name, value in fields.items()})
        UUID(stone.organization)
    except (TypeError, ValueError, AttributeError) as error:
        raise TombstonesAltered(number) from error
    return stone


def _seal(before: str, stone: Tombstone) -> str:
    return seal(platform_key(PLATFORM, "tombstones.v1"), before, [stone.organization, stone.person, stone.at])


def _whole_lines(raw: bytes) -> bytes:
    return raw[: raw.rfind(b"\n") + 1]


@contextmanager
def _alone() -> Iterator[Any]:
    """The file, for this process alone; made where it is not there, and its name on the disk too."""
    file = file_of()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        yield opened
