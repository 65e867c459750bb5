"""Erasing a person: every room says what becomes of its rows, one transaction does it, a signed receipt tells it.

A room registers each of its models that leads to a person with `@erases`, over the function that finds the person's
rows. The same registration says what of them goes into the person's own record (record.py). A model that is in no
plan fails tests/house/test_erasure_plan.py.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.organizations import audit
from apps.organizations.errors import CodedError
from apps.organizations.models import Organization, User
from apps.people import tombstones
from apps.people.models import ErasureReceipt, Person
from apps.people.receipts import FORMAT, canonical, signature_of

log = logging.getLogger(__name__)

Rows = Callable[[Organization, Person], "models.QuerySet[Any]"]
Act = Callable[[Organization, Person], Sequence[str]]
# Paths of fields, or a function of the rows where their fields do not say it.
Shown = Sequence[str] | Callable[["models.QuerySet[Any]"], Iterable[Mapping[str, Any]]]
Becomes = Mapping[str, Any] | Callable[["Gone"], Mapping[str, Any]]
Teller = TypeVar("Teller", bound=Callable[[Organization], Any])


class Fate(StrEnum):
    """What becomes of rows when the person they are of is erased."""

    DESTROYED = "destroyed"
    PSEUDONYMISED = "pseudonymised"
    KEPT = "kept"


class Reason(models.TextChoices):
    """Why somebody is erased. A choice: a sentence could name them in the trail that nobody can change."""

    ASKED = "asked", gettext_lazy("They asked for it")
    LEFT = "left", gettext_lazy("They left, and the time to keep their record is over")
    MISTAKE = "mistake", gettext_lazy("They should never have been recorded")
    REPLAYED = "replayed", gettext_lazy("They were erased before; a backup had brought them back")


class ErasureRefused(CodedError):
    """Nothing was erased; the message says why."""

    code = "erasure_refused"
    status = 409


@dataclass(frozen=True, slots=True)
class Gone:
    """What stands for the person from now on."""

    pseudonym: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """One model's place in the plan: whose rows, what becomes of them, and what the person may have of them."""

    model: type[models.Model]
    fate: Fate
    words: Any
    rows: Rows
    becomes: Becomes
    act: Act | None
    why: Any
    hands_out: Shown
    withheld: Any

    @property
    def name(self) -> str:
        return str(self.model._meta.label_lower)

    def carry_out(self, organization: Organization, person: Person, gone: Gone) -> Sequence[str]:
        """Returns the ids that the receipt names."""
        found = self.rows(organization, person)
        if self.act:
            return self.act(organization, person)
        if self.fate == Fate.DESTROYED:
            found.delete()
        elif self.fate == Fate.PSEUDONYMISED:
            found.update(**(self.becomes(gone) if callable(self.becomes) else self.becomes))
        return ()


_PARTS: list[Part] = []
_TOLD: dict[str, Callable[[Organization], Any]] = {}
# From the outermost room inwards: what points at a row goes before it.
ROOMS = ("integrations", "attendance", "enrollment", "people", "organizations")


def erases(
    model: type[models.Model],
    fate: Fate,
    words: Any,
    *,
    becomes: Becomes | None = None,
    act: Act | None = None,
    why: Any = "",
    hands_out: Shown = (),
    withheld: Any = "",
) -> Callable[[Rows], Rows]:
    """Register what becomes of a person's rows of this model, which the function below finds.

    `words` say to people what they are; `why` says why some are kept. `becomes` gives the new values of pseudonymised
    ones. `act` does it instead, and returns ids for the receipt to name. `hands_out` is what the person's own record
    shows of each row: fields, or paths of fields; where it is nothing, `withheld` says why.
    """

    def register(rows: Rows) -> Rows:
        _PARTS.append(Part(model, fate, words, rows, becomes or {}, act, why, hands_out, withheld))
        return rows

    return register


def tells(name: str) -> Callable[[Teller], Teller]:
    """Register one more thing that every receipt tells of its organization, such as the version of its rules."""

    def register(tell: Teller) -> Teller:
        _TOLD[name] = tell
        return tell

    return register


def plan() -> list[Part]:
    """Every part, in the order in which an erasure goes."""
    return sorted(_PARTS, key=lambda part: ROOMS.index(part.model._meta.app_label) if _ours(part) else len(ROOMS))


def _ours(part: Part) -> bool:
    return part.model._meta.app_label in ROOMS


@audit.held()
def erase(*, organization: Organization, person: Person, by: User | None, reason: str) -> ErasureReceipt:
    """Destroy everything that says who this person is; what the law keeps stays under a pseudonym.

    All or nothing. Raises ErasureRefused for somebody erased before, and where no tombstone can be written.
    """
    locked, why = _locked(organization, person), Reason(reason).value
    gone = Gone(tombstones.pseudonym(locked), timezone.now())
    told: dict[str, Any] = {fate.value: {} for fate in Fate}
    named: list[str] = []
    for part in plan():  # all are counted before any goes: one may take another's rows along
        told[part.fate][part.name] = part.rows(organization, locked).count()
    for part in plan():
        named += part.carry_out(organization, locked, gone)
    receipt = _receipt(organization, gone, told | {"keys_destroyed": sorted(named), "reason": why})
    with _in_the_name_of(by):
        new = {"receipt": receipt.pk}
        audit.record(organization=organization, action="person.erase", subject=locked, new=new, reason=why)
    transaction.on_commit(wipe_log, robust=True)
    keep_out(organization=organization, gone=gone)
    return receipt


def _locked(organization: Organization, person: Person) -> Person:
    people = Person.objects.filter(organization=organization, pk=person.pk)
    # no_key: what is just being written of them must not wait for this at its commit, while this waits for it.
    held = people.select_for_update(of=("self",), no_key=True)
    locked = held.select_related("user", "invitation__accepted_by").get()
    if locked.erased_at:
        raise ErasureRefused(_("This person was erased already. Their receipt is in the list."), code="erased_already")
    return locked


def _receipt(organization: Organization, gone: Gone, told: Mapping[str, Any]) -> ErasureReceipt:
    body = canonical(
        {
            "format": FORMAT,
            "organization": str(organization.pk),
            "pseudonym": gone.pseudonym,
            "erased_at": gone.at.isoformat(),
            **{name: tell(organization) for name, tell in _TOLD.items()},
            **told,
        }
    )
    return ErasureReceipt.objects.create(
        organization=organization,
        pseudonym=gone.pseudonym,
        body=body,
        signature=signature_of(organization.pk, body),
        created_at=gone.at,
    )


def _in_the_name_of(by: User | None) -> AbstractContextManager[None]:
    return audit.acting_as(audit.Actor("user", by.pk)) if by else nullcontext()


def keep_out(*, organization: Organization, gone: Gone) -> None:
    """Let no restored backup bring them back. Last, so that little can fail between this and the commit.

    Raises ErasureRefused where the list cannot be written.
    """
    try:
        tombstones.bury(organization_id=organization.pk, person=gone.pseudonym, at=gone.at.isoformat())
    except OSError as error:
        log.exception("a tombstone could not be written")
        raise ErasureRefused(
            _("Nothing was erased: the list that keeps erased people out of restored backups cannot be written. "
              "Ask whoever runs this machine to see to the folder ERASURES, then try again."),
            code="tombstone_unwritable",
            status=503,
        ) from error  # fmt: skip


def wipe_log() -> None:
    """SQLite: what was overwritten in its file stands in its write-ahead log until that is emptied."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute("pragma wal_checkpoint(truncate)")  # nosemgrep: no-raw-sql  (names no table)
        busy = cursor.fetchone()[0]
    if busy:
        log.warning("the write-ahead log is in use and was not emptied; the next erasure or restart empties it")
