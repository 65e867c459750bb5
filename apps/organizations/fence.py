"""The second fence: row-level security in PostgreSQL, and keys that cannot cross organizations on both databases.

The guard (tenancy.py) stops what is written with the ORM; this stops the rest: SQL by hand, a forgotten manager, a
foreign key set by a bare id. Nothing here is written per table: `raise_fence` derives it from the models after every
migration, so a new table is fenced when it is made. The application's role owns no table and cannot pass it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

from apps.organizations.tenancy import (
    EVERY,
    GuardedModel,
    acting_for,
    at_door,
    current_door,
    current_organization_id,
)

APP_ROLE = "attendance_app"
# An empty setting must not be cast: after a transaction PostgreSQL answers '' where nothing was ever set.
VALUES = {
    "organization": "nullif(current_setting('app.organization', true), '')::uuid",
    "user": "nullif(current_setting('app.user', true), '')::uuid",
    "lookup": "nullif(current_setting('app.lookup', true), '')",
}
SET = ", ".join(f"set_config('app.{name}', %s, true)" for name in VALUES)


# --- What a statement may see: set within its transaction, never for the session ---------------------


@dataclass(frozen=True, slots=True)
class Sight:
    """The three settings the policies read."""

    organization: str = ""
    user: str = ""
    lookup: str = ""


NOTHING = Sight()


def wanted_sight() -> Sight:
    """What the organization acted for and the open door come to."""
    organization, door = current_organization_id(), current_door()
    user = door.user_id if door else None
    return Sight(str(organization or ""), str(user or ""), door.lookup if door else "")


def fenced(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run a statement with its sight set for this transaction; one outside any gets a short one of its own.

    Set for the session, it would stay on a pooled connection for whoever comes next.
    """
    connection = context["connection"]
    sight = wanted_sight()
    if connection.get_autocommit():
        return _in_a_transaction(connection, sight, lambda: execute(sql, params, many, context))
    if not _stands(connection, sight):
        _set(connection, sight)
    if str(sql).startswith("ROLLBACK TO"):  # the setting goes back with the savepoint, to who knows what
        connection.fence_sight = None
    return execute(sql, params, many, context)


def _in_a_transaction(connection: Any, sight: Sight, run: Callable[[], Any]) -> Any:
    if sight == NOTHING:
        return run()
    with transaction.atomic(using=connection.alias):
        _set(connection, sight)
        return run()


def _stands(connection: Any, sight: Sight) -> bool:
    """Whether this transaction was told already; a failed one cannot be told anything any more."""
    status = connection.connection.info.transaction_status
    if status == TransactionStatus.IDLE:
        connection.fence_sight = NOTHING
    return bool(status == TransactionStatus.INERROR or connection.fence_sight == sight)


def _set(connection: Any, sight: Sight) -> None:
    connection.connection.execute(f"select {SET}", (sight.organization, sight.user, sight.lookup))
    connection.fence_sight = sight


def fence_connection(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Put `fenced` in front of every statement of a new PostgreSQL connection."""
    if connection.vendor == "postgresql" and fenced not in connection.execute_wrappers:
        connection.execute_wrappers.append(fenced)


# --- The fence itself, derived from the models -------------------------------------------------------


def guarded_models() -> list[type[GuardedModel]]:
    """Every table that belongs to an organization."""
    return [model for model in apps.get_models() if issubclass(model, GuardedModel)]


def crossing_keys(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    """The foreign keys of a model that could point into another organization."""
    keys = [field for field in model._meta.local_fields if isinstance(field, models.ForeignKey)]
    targets = [(key, key.related_model) for key in keys if isinstance(key.related_model, type)]
    return [key for key, to in targets if issubclass(to, GuardedModel) and to.organization_field == "organization"]


def raise_fence(using: str = "default", **kwargs: Any) -> None:
    """After a migration: put up what is lacking or has changed, on every table that is there."""
    connection = transaction.get_connection(using)
    tables = set(connection.introspection.table_names())
    there = [model for model in guarded_models() if model._meta.db_table in tables]
    build = {"postgresql": _fence_postgresql, "sqlite": _fence_sqlite}[connection.vendor]
    with transaction.atomic(using=using):
        build(connection, there)


def _fence_postgresql(connection: Any, there: list[type[GuardedModel]]) -> None:
    with connection.cursor() as cursor:
        if not _owns_tables(cursor):
            return  # a flush by the app's role; only the owner of the tables can have changed them
        cursor.execute("select conname from pg_constraint")
        standing = {name for (name,) in cursor.fetchall()}
        cursor.execute("select relname, obj_description(oid, 'pg_class') from pg_class where relkind = 'r'")
        marks = dict(cursor.fetchall())
        statements = [sql for model in there for sql in policies(model, marks)]
        # The composite keys come last: each needs the unique key of the table it points at.
        constraints = [one for find in (unique_key, composite_keys) for model in there for one in find(model)]
        statements += [sql for name, sql in constraints if name not in standing]
        for sql in [*statements, grants()] if statements else []:
            cursor.execute(sql)


def _owns_tables(cursor: Any) -> bool:
    cursor.execute("select exists (select from pg_tables where schemaname = 'public' and tableowner = current_user)")
    return bool(cursor.fetchone()[0])


def policies(model: type[GuardedModel], marks: dict[str, str]) -> list[str]:
    """Own rows only, to read and to write; and for reading, what a door may find. Nothing where they stand already."""
    table = model._meta.db_table
    own = f"{model._meta.get_field(model.organization_field).attname} = {VALUES['organization']}"  # type: ignore[union-attr]
    arms = " or ".join(f"({arm.format(**VALUES)})" for arm in model.door_arms)
    statements = [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"drop policy if exists own_rows on {table}",
        f"create policy own_rows on {table} using ({own}) with check ({own})",
        f"drop policy if exists door on {table}",
        *([f"create policy door on {table} for select using ({arms})"] if arms else []),
    ]
    mark = f"fence {sha256(repr(statements).encode()).hexdigest()[:16]}"
    return [] if marks.get(table) == mark else [*statements, f"comment on table {table} is '{mark}'"]


def unique_key(model: type[GuardedModel]) -> list[tuple[str, str]]:
    """What a composite key points at, as name and statement; nothing points so at the organization's own row."""
    if model.organization_field != "organization":
        return []
    table = model._meta.db_table
    name = short(f"{table}_own")
    return [(name, f"alter table {table} add constraint {name} unique (organization_id, id)")]


def composite_keys(model: type[GuardedModel]) -> list[tuple[str, str]]:
    """Each foreign key once more, together with the organization: PostgreSQL's plain ones pass row-level security."""
    found = []
    for key in crossing_keys(model):
        table, to = model._meta.db_table, key.related_model._meta.db_table
        name = short(f"{table}_{key.column}_own")
        pair = f"foreign key (organization_id, {key.column}) references {to} (organization_id, id)"
        found.append((name, f"alter table {table} add constraint {name} {pair} deferrable initially deferred"))
    return found


def short(name: str) -> str:
    """At most 63 characters, as PostgreSQL wants."""
    return name if len(name) < 60 else f"{name[:50]}_{sha256(name.encode()).hexdigest()[:8]}"


def grants() -> str:
    """Rows for the app's role, tables for nobody but their owner."""
    return f"""
        do $$ begin
            if exists (select from pg_roles where rolname = '{APP_ROLE}') then
                grant usage on schema public to {APP_ROLE};
                grant select, insert, update, delete on all tables in schema public to {APP_ROLE};
                grant usage, select on all sequences in schema public to {APP_ROLE};
            end if;
        end $$"""  # nosec B608  (a name of ours)


def lower_fence(using: str = "default", **kwargs: Any) -> None:
    """Before a migration, on SQLite: it changes a table by making it anew, which triggers that name it would stop."""
    connection = transaction.get_connection(using)
    if connection.vendor == "sqlite":
        with transaction.atomic(using=using):
            _fence_sqlite(connection, [])


def _fence_sqlite(connection: Any, there: list[type[GuardedModel]]) -> None:
    wanted = dict(trigger for model in there for trigger in triggers(model))
    with connection.cursor() as cursor:
        cursor.execute("select name, sql from sqlite_master where type = 'trigger' and name like 'own!_%' escape '!'")
        standing = dict(cursor.fetchall())
        for name in standing.keys() - wanted.keys():
            cursor.execute(f"drop trigger {name}")
        for name, sql in wanted.items():
            if standing.get(name) != sql:
                cursor.execute(f"drop trigger if exists {name}")
                cursor.execute(sql)


def triggers(model: type[GuardedModel]) -> Iterator[tuple[str, str]]:
    """SQLite has no policies and cannot add a key to a table: triggers refuse a row that would cross."""
    table = model._meta.db_table
    if model.organization_field == "organization":
        yield _trigger(table, "organization", "update of organization_id", "new.organization_id <> old.organization_id")
    for key in crossing_keys(model):
        to = key.related_model._meta.db_table
        # Names of our own tables and columns, never a value.
        crosses = f"exists (select 1 from {to} where id = new.{key.column} and organization_id <> new.organization_id)"  # noqa: S608  # nosec B608
        yield _trigger(table, f"{key.column}_insert", "insert", crosses)
        yield _trigger(table, f"{key.column}_update", f"update of {key.column}, organization_id", crosses)


def _trigger(table: str, what: str, event: str, crosses: str) -> tuple[str, str]:
    name = f"own_{table}_{what}"
    raised = f"select raise(abort, 'FOREIGN KEY of another organization: {table}')"
    return name, f"CREATE TRIGGER {name} before {event} on {table} when {crosses} begin {raised}; end"


# --- For data migrations -----------------------------------------------------------------------------


def each_organization(historical: Any, schema_editor: Any) -> Iterator[UUID]:
    """Every organization in turn, acted for, in a data migration's RunPython; filter by it as well.

    Under forced row-level security the owner of the tables sees no rows either: an `update()` without this changes
    nothing and says nothing.
    """
    for organization_id in _all_ids(historical, schema_editor.connection.alias):
        with acting_for(organization_id):
            yield organization_id


def _all_ids(historical: Any, alias: str) -> list[UUID]:
    from_door = historical.get_model("organizations", "Organization").objects.using(alias)
    with at_door(lookup=EVERY):
        return list(from_door.order_by("id").values_list("id", flat=True))
