"""The audit trail of an organization: who did what to what, when and why, in a chain that shows every change.

The row that ends a chain is locked to append to it, and that is the last lock of a transaction: inside `held` the
entries wait until everything else was written, so that two requests that call the same services in another order
cannot wait for each other.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models, transaction
from django.utils import timezone

from apps.organizations.audit_anchor import End, anchor
from apps.organizations.audit_words import kind_of, said
from apps.organizations.errors import CodedError
from apps.organizations.models import AuditEntry, AuditHead, Organization, PlatformEntry, PlatformHead
from apps.organizations.platform_key import platform_key
from apps.organizations.sealing import FIRST, seal
from apps.organizations.tenancy import WrongOrganization, acting_for

# What a seal covers, in this order; the organization is in the key.
SEALED = (
    *("sequence", "id", "at", "actor_kind", "actor_id", "action", "subject_kind", "subject_id"),
    *("old", "new", "reason"),
)
Answer = TypeVar("Answer")
PLATFORM = UUID(int=0)  # stands for the platform where an organization's id is asked for


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user, a visit of platform staff, a camera, a credential, a command of the machine's operator, a job,
    or nobody."""

    kind: str
    id: UUID | None = None


NOBODY = Actor("nobody")
_actor: ContextVar[Actor] = ContextVar("actor", default=NOBODY)
_held: ContextVar[bool] = ContextVar("audit_held", default=False)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Write entries in this actor's name until the block ends."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


@dataclass(frozen=True, slots=True)
class Change:
    """What of a row differs from how it is stored, as `record` takes it."""

    old: dict[str, Any]
    new: dict[str, Any]


def change_of(row: models.Model) -> Change:
    """What saving this row will change; ask before it is saved. A new row has no old values."""
    fields = [one for one in row._meta.concrete_fields if not one.primary_key and one.name != "organization"]
    names = {one.attname: one.name for one in fields}
    stored = type(row)._base_manager.filter(pk=row.pk).values(*names).first()
    new = {name: getattr(row, attname) for attname, name in names.items() if _says(row, attname, stored)}
    old = {name: stored[attname] for attname, name in names.items() if name in new} if stored else {}
    return Change(old, new)


def _says(row: models.Model, attname: str, stored: Mapping[str, Any] | None) -> bool:
    value = getattr(row, attname)
    return value != stored[attname] if stored else value not in (None, "")


def record(
    *,
    organization: Organization,
    action: str,
    subject: models.Model | None = None,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Append one entry, in the transaction of the write it is about. Call it last in a service."""
    if getattr(subject, "organization_id", None) not in (None, organization.pk):
        raise WrongOrganization(f"{action}: this row belongs to another organization than the trail")
    columns = _columns(action, subject, reason) | {"old": said(old or {}, subject), "new": said(new or {}, subject)}
    _append_soon(Waiting(organization.pk, columns))


def record_saved(organization: Organization, row: models.Model, change: Change) -> None:
    """Append what saving this row did: `site.create`, or `site.change` with the fields that changed."""
    action = f"{row._meta.model_name}.{'change' if change.old or not change.new else 'create'}"
    record(organization=organization, action=action, subject=row, old=change.old, new=change.new)


def record_account(*, action: str, user_id: UUID | None, reason: str = "") -> None:
    """Append one entry to the platform's chain: a sign-in, a password, a second factor."""
    _append_soon(Waiting(PLATFORM, _columns(action, None, reason) | {"user_id": user_id}))


def record_platform(
    *,
    action: str,
    subject: models.Model | None = None,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Append one entry about the deployment itself, such as its engine, to the platform's chain."""
    columns = _columns(action, subject, reason) | {"old": said(old or {}, subject), "new": said(new or {}, subject)}
    _append_soon(Waiting(PLATFORM, columns))


def _columns(action: str, subject: models.Model | None, reason: str) -> dict[str, Any]:
    actor, key = _actor.get(), getattr(subject, "pk", None)
    return {
        "at": timezone.now(),
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "action": action,
        "subject_kind": kind_of(subject),
        "subject_id": key if isinstance(key, UUID) else None,
        "reason": reason[:400],
    }


# --- Waiting for the end of the transaction ----------------------------------------------------------


@dataclass(slots=True)
class Waiting:
    """An entry that is to be written; a savepoint that is rolled back takes it along, as it does any commit hook."""

    chain: UUID
    columns: dict[str, Any]
    written: bool = field(default=False)

    def __call__(self) -> None:
        """Commit: it was written before. What no `held` block saw, of another thread's connection, is written now."""
        if not self.written:
            _append([self])


@contextmanager
def held() -> Iterator[None]:
    """One transaction, at whose end the entries recorded in it are written; inside another one, part of that."""
    with transaction.atomic():
        outermost = not _held.get()
        token = _held.set(True)
        try:
            yield
        finally:
            _held.reset(token)
        if outermost and not connection.needs_rollback:
            hooks = [hook[1] for hook in connection.run_on_commit]
            _append([one for one in hooks if isinstance(one, Waiting) and not one.written])


def run_held(act: Callable[[], Answer]) -> Answer:
    """Do this in a `held` transaction. A refusal undoes it, but for one that keeps what was written before it."""
    with held():
        try:
            return act()
        except CodedError as error:
            if not error.keeps:
                raise
            refusal = error
    raise refusal


def _append_soon(waiting: Waiting) -> None:
    if _held.get():
        transaction.on_commit(waiting)
    else:
        _append([waiting])


def _append(entries: list[Waiting]) -> None:
    """Write them chain by chain; always in the order of the ids, the platform last, for the locks' sake."""
    by_chain = sorted(entries, key=lambda one: (one.chain == PLATFORM, one.chain))
    for chain, of_chain in groupby(by_chain, key=lambda one: one.chain):
        with transaction.atomic(), chain_opened(chain):
            _extend(chain, list(of_chain))


# --- The chain ---------------------------------------------------------------------------------------


def chain_opened(chain: UUID) -> AbstractContextManager[None]:
    """Act for the organization of this chain; the platform's has none."""
    return nullcontext() if chain == PLATFORM else acting_for(chain)


def chain_name(chain: UUID) -> str:
    """What the chain is called in a file's name or a log line."""
    return "platform" if chain == PLATFORM else str(chain)


def chain_key(chain: UUID) -> bytes:
    """The key that seals the rows of this chain."""
    return platform_key(chain, "audit.v1")


def sealed_columns(chain: UUID) -> tuple[str, ...]:
    """The columns under the seal; the platform's rows name a user besides."""
    return (*SEALED, "user_id") if chain == PLATFORM else SEALED


def _extend(chain: UUID, entries: list[Waiting]) -> None:
    head = _locked_head(chain)
    before = End(head.sequence, head.mac)
    key, columns = chain_key(chain), sealed_columns(chain)
    rows: list[Any] = []
    for waiting in entries:
        head.sequence += 1
        row = _row(chain, sequence=head.sequence, **waiting.columns)
        row.mac = head.mac = seal(key, head.mac or FIRST, [getattr(row, column) for column in columns])
        rows.append(row)
        waiting.written = True
    type(rows[0])._base_manager.bulk_create(rows)
    head.save(update_fields=["sequence", "mac"])
    transaction.on_commit(partial(_anchor, chain, before, End(head.sequence, head.mac)), robust=True)


def _locked_head(chain: UUID) -> AuditHead | PlatformHead:
    """The end of the chain, locked. Whoever loses the race to make it waits for the winner, and locks theirs."""
    if chain == PLATFORM:
        return PlatformHead.objects.select_for_update().get_or_create(id=1)[0]
    return AuditHead.objects.select_for_update().get_or_create(organization_id=chain)[0]


def _row(chain: UUID, **columns: Any) -> AuditEntry | PlatformEntry:
    return PlatformEntry(**columns) if chain == PLATFORM else AuditEntry(organization_id=chain, **columns)


def _anchor(chain: UUID, before: End, end: End) -> None:
    anchor(chain_name(chain), before, end, partial(_holds, chain))


def _holds(chain: UUID, end: End) -> bool:
    rows = PlatformEntry.objects if chain == PLATFORM else AuditEntry.objects
    with chain_opened(chain):
        return rows.filter(sequence=end.sequence, mac=end.mac).exists()
