"""The database itself refuses to change or delete a row of the audit trail; derived from the models after a migration.

Whoever owns the tables can take these triggers away. What is done then, `verify_audit` names.
"""

from typing import Any

from django.db import models, transaction

from apps.organizations.fence import APP_ROLE
from apps.organizations.models import AuditEntry, AuditHead, PlatformEntry, PlatformHead

ENTRIES: tuple[type[models.Model], ...] = (AuditEntry, PlatformEntry)
HEADS: tuple[type[models.Model], ...] = (AuditHead, PlatformHead)
REFUSAL = "the audit trail is append-only"


def keep_append_only(using: str = "default", **kwargs: Any) -> None:
    """After a migration: put up the triggers that are lacking, and take the app's role the rights it must not have."""
    connection = transaction.get_connection(using)
    there = set(connection.introspection.table_names())
    if not {model._meta.db_table for model in (*ENTRIES, *HEADS)} <= there:
        return
    statements = {"postgresql": _postgresql, "sqlite": _sqlite}[connection.vendor](connection)
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def lift_append_only(using: str = "default", **kwargs: Any) -> None:
    """Before a migration, on SQLite: it changes a table by making it anew, which deletes the old one's rows."""
    connection = transaction.get_connection(using)
    if connection.vendor == "sqlite":
        with transaction.atomic(using=using), connection.cursor() as cursor:
            for name in _standing(connection):
                cursor.execute(f"drop trigger {name}")


# --- SQLite ------------------------------------------------------------------------------------------


def _sqlite(connection: Any) -> list[str]:
    standing = _standing(connection)
    return [sql for name, sql in sqlite_triggers().items() if name not in standing]


def _standing(connection: Any) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select name from sqlite_master where type = 'trigger' and name like 'append!_only!_%' escape '!'"
        )
        return {name for (name,) in cursor.fetchall()}


def sqlite_triggers() -> dict[str, str]:
    """Each trigger by its name: entries stay as they are, and the end of a chain only moves on."""
    found = {}
    for model in (*ENTRIES, *HEADS):
        table = model._meta.db_table
        backwards = "" if model in ENTRIES else "when new.sequence <= old.sequence"
        for act, condition in (("update", backwards), ("delete", "")):
            name = f"append_only_{act}_{table}"
            found[name] = (
                f"create trigger {name} before {act} on {table} {condition} begin select raise(abort, '{REFUSAL}'); end"
            )
    return found


# --- PostgreSQL --------------------------------------------------------------------------------------

_FUNCTIONS = f"""
    create or replace function append_only_refuse() returns trigger language plpgsql as $$
    begin raise exception '{REFUSAL}' using errcode = 'insufficient_privilege'; end $$;
    create or replace function append_only_move_on() returns trigger language plpgsql as $$
    begin
        if new.sequence <= old.sequence then
            raise exception '{REFUSAL}' using errcode = 'insufficient_privilege';
        end if;
        return new;
    end $$"""


def _postgresql(connection: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select tableowner = current_user, exists (select from pg_roles where rolname = %s) "
            "from pg_tables where schemaname = 'public' and tablename = %s",
            [APP_ROLE, ENTRIES[0]._meta.db_table],
        )
        owned, app_role_is_there = cursor.fetchone()
    if not owned:
        return []  # a flush by the app's role; only the owner of the tables can have changed them
    return [_FUNCTIONS, *_postgresql_triggers(), *(_revocations() if app_role_is_there else [])]


def _postgresql_triggers() -> list[str]:
    refused = [(model, "update") for model in ENTRIES] + [(model, "delete") for model in (*ENTRIES, *HEADS)]
    acts = [*((model, act, "refuse") for model, act in refused), *((model, "update", "move_on") for model in HEADS)]
    return [
        f"create or replace trigger append_only_{act}_{model._meta.db_table} before {act} on {model._meta.db_table} "
        f"for each row execute function append_only_{function}()"
        for model, act, function in acts
    ]


def _revocations() -> list[str]:
    entries, heads = ([model._meta.db_table for model in models] for models in (ENTRIES, HEADS))
    return [
        f"revoke update, delete, truncate on {', '.join(entries)} from {APP_ROLE}",
        f"revoke delete, truncate on {', '.join(heads)} from {APP_ROLE}",
    ]
