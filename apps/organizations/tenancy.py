"""The seat belt: whose rows may be read and written now, enforced where a query is compiled.

Every selector and service still names its organization; this guard refuses what forgot to. `acting_for` sets a
ContextVar only: it follows the request into threads, coroutines and channel-layer messages, opens no transaction
and may stay open for a whole request or task. The organization is read when a query is *compiled*, so a queryset
made at import time (a form's choices) lists the rows of whoever runs it, while one filtered under one
organization and run under another raises. Limits by nature are named in docs/tenancy.md.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

from django.db import models
from django.db.models import sql
from django.db.models.sql.constants import ROW_COUNT
from django.db.models.sql.where import AND

_current: ContextVar[UUID | None] = ContextVar("organization", default=None)
_door: ContextVar["Door | None"] = ContextVar("door", default=None)


@dataclass(frozen=True, slots=True)
class Door:
    """What is known before an organization is: who signed in, or one exact value to look up."""

    user_id: UUID | None = None
    lookup: str = ""


# What the loops over all organizations look up; no secret of anybody has this value.
EVERY = "every organization"


class OrganizationRequired(RuntimeError):
    """A query or write on an organization's rows while no organization is acted for."""


class WrongOrganization(RuntimeError):
    """A query or write that belongs to another organization than the one acted for."""


@contextmanager
def acting_for(organization: "models.Model | UUID") -> Iterator[None]:
    """Read and write the rows of this organization, and no other, until the block ends."""
    organization_id = organization if isinstance(organization, UUID) else cast(UUID, organization.pk)
    token = _current.set(organization_id)
    try:
        yield
    finally:
        _current.reset(token)


def current_organization_id() -> UUID | None:
    """The organization acted for, or None."""
    return _current.get()


@contextmanager
def at_door(*, user_id: UUID | None = None, lookup: str = "") -> Iterator[None]:
    """Let row-level security show the rows that this user, or this exact value, may find. Only doors.py opens one."""
    token = _door.set(Door(user_id, lookup))
    try:
        yield
    finally:
        _door.reset(token)


def current_door() -> Door | None:
    """The door that is open, or None."""
    return _door.get()


def required_organization_id(of: str) -> UUID:
    """The organization acted for; raises OrganizationRequired naming the model that was asked for."""
    organization_id = _current.get()
    if organization_id is None:
        raise OrganizationRequired(f"{of}: open acting_for(organization) before reading or writing its rows")
    return organization_id


class Guard:
    """Over sql.Query: adds `organization = <the one acted for>` to whatever is compiled, or refuses."""

    built_for: UUID | None = None
    model: Any

    def add_q(self, q_object: models.Q, *args: Any, **kwargs: Any) -> None:
        """Remember under whose name the first condition was written."""
        if q_object:  # django-filter writes an empty one when a filter's class is made, under whoever is acted for then
            self.built_for = self.built_for or _current.get()
        super().add_q(q_object, *args, **kwargs)  # type: ignore[misc]

    def chain(self, klass: type[sql.Query] | None = None) -> Any:
        """Stay guarded when Django changes the kind of the query (update, delete)."""
        return super().chain(klass and guarded(klass))  # type: ignore[misc, arg-type]

    def get_compiler(self, using: Any = None, connection: Any = None, elide_empty: bool = True) -> Any:
        query = self if self.is_empty() or self.combinator else self._bound()  # type: ignore[attr-defined]
        return super(Guard, query).get_compiler(using, connection, elide_empty)  # type: ignore[misc]

    def _base_is_read(self) -> bool:
        # exclude() over a relation trims the first table off its inner query; the outer one is guarded.
        alias_map, refcount = self.alias_map, self.alias_refcount  # type: ignore[attr-defined]
        return not alias_map or refcount[next(iter(alias_map))] > 0

    def _bound(self) -> "Guard":
        organization_id = required_organization_id(self.model._meta.label)
        if self.built_for not in (None, organization_id):
            raise WrongOrganization(f"{self.model._meta.label}: this query was written for another organization")
        bound = self.clone()  # type: ignore[attr-defined]
        base = bound.get_initial_alias() if self._base_is_read() else None
        if base is None:
            return cast("Guard", bound)
        field = self.model._meta.get_field(self.model.organization_field)
        column = field.get_col(base)
        bound.where.add(field.get_lookup("exact")(column, organization_id), AND)
        return cast("Guard", bound)


class GuardedUpdate(Guard, sql.UpdateQuery):
    """An update that touches own rows only and cannot give them away."""

    def add_update_fields(self, values_seq: Any) -> None:
        for field, _, value in values_seq:
            if field.name == self.model.organization_field:
                self._refuse_foreign(getattr(value, "pk", value))
        super().add_update_fields(values_seq)

    def _refuse_foreign(self, organization_id: UUID) -> None:
        if organization_id != required_organization_id(self.model._meta.label):
            raise WrongOrganization(f"{self.model._meta.label}: a row cannot be given to another organization")


@lru_cache
def guarded(kind: type[sql.Query]) -> type[sql.Query]:
    """The guarded twin of a kind of query."""
    if issubclass(kind, Guard):
        return kind
    if kind is sql.UpdateQuery:
        return GuardedUpdate
    return type(f"Guarded{kind.__name__}", (Guard, kind), {})


Row = TypeVar("Row", bound=models.Model)


class GuardedQuerySet(models.QuerySet[Row]):
    """A queryset whose every path to the database passes the guard."""

    def __init__(self, model: Any = None, query: Any = None, using: Any = None, hints: Any = None) -> None:
        if query is None and model is not None:
            query = guarded(sql.Query)(model)
        super().__init__(model=model, query=query, using=using, hints=hints)

    def _insert(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
        rows = list(objs)
        for row in rows:
            refuse_foreign(row)
        return super()._insert(rows, *args, **kwargs)  # type: ignore[misc]

    def _raw_delete(self, using: Any) -> Any:
        # Django swaps the class of the clone here, which would drop the guard.
        query = self.query.chain(sql.DeleteQuery)
        return query.get_compiler(using).execute_sql(ROW_COUNT)

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: hand-written SQL on an organization's table cannot be guarded."""
        raise OrganizationRequired(f"{self.model._meta.label}: raw() passes no guard; write a selector")


class GuardedManager(models.Manager[Row]):
    """The only manager of an organization's rows, default and base manager at once."""

    def get_queryset(self) -> GuardedQuerySet[Row]:
        return GuardedQuerySet(self.model, using=self._db)


def refuse_foreign(row: "models.Model") -> None:
    """Raise unless this row belongs to the organization acted for."""
    owner = getattr(row, row._meta.get_field(cast(Any, row).organization_field).attname)  # type: ignore[union-attr]
    if owner != required_organization_id(row._meta.label):
        raise WrongOrganization(f"{row._meta.label}: this row belongs to another organization")


class GuardedModel(models.Model):
    """A model whose rows belong to one organization, named by `organization_field`."""

    organization_field: ClassVar[str] = "organization"
    # SQL conditions under which a door may read a row before an organization is known (fence.py, doors.py).
    door_arms: ClassVar[tuple[str, ...]] = ()
    objects = GuardedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row; an instance of another organization is refused before any statement."""
        refuse_foreign(self)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the row; an instance of another organization is refused before any cascade is read."""
        refuse_foreign(self)
        return super().delete(*args, **kwargs)


def unguarded(model: type[Row]) -> models.QuerySet[Row]:
    """Every organization's rows. Only doors.py may call this; a house test holds it to that."""
    return models.QuerySet(model=model, query=sql.Query(model))
