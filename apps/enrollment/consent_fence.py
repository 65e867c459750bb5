"""The database itself refuses a reference without a live consent, and deletes those of one that ends.

Derived from the models after a migration. Whoever owns the tables can take these triggers away; the application's role
cannot. A consent stays whose it is, and one that ended does not come back.
"""

from typing import Any

from django.db import transaction

from apps.enrollment.models import Consent, GalleryVersion, Reference

REFERENCE, CONSENT, VERSION = (model._meta.db_table for model in (Reference, Consent, GalleryVersion))
LACKING = f"{REFERENCE}: no live consent of this person stands behind it"
FIXED = f"{CONSENT}: a consent stays whose it is, and one that ended does not come back"
# Names of our own tables and columns, never a value.
LIVE = (
    f"from {CONSENT} where id = new.consent_id and person_id = new.person_id "
    "and organization_id = new.organization_id and withdrawn_at is null"
)
MOVED = (
    "new.person_id <> old.person_id or new.organization_id <> old.organization_id "
    "or (old.withdrawn_at is not null and new.withdrawn_at is null)"
)
ENDS = "new.withdrawn_at is not null"
FORGET = f"delete from {REFERENCE} where consent_id = new.id"  # noqa: S608  # nosec B608


def raise_consent_fence(using: str = "default", **kwargs: Any) -> None:
    """After a migration: put up the triggers that are lacking or have changed."""
    connection = transaction.get_connection(using)
    if not {REFERENCE, CONSENT, VERSION} <= set(connection.introspection.table_names()):
        return
    build = {"postgresql": _postgresql, "sqlite": _sqlite}[connection.vendor]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in build(cursor):
            cursor.execute(statement)


def lower_consent_fence(using: str = "default", **kwargs: Any) -> None:
    """Before a migration, on SQLite: it changes a table by making it anew, which triggers that name it would stop."""
    connection = transaction.get_connection(using)
    if connection.vendor == "sqlite":
        with transaction.atomic(using=using), connection.cursor() as cursor:
            for name in _standing(cursor):
                cursor.execute(f"drop trigger {name}")


# --- SQLite ------------------------------------------------------------------------------------------


def _sqlite(cursor: Any) -> list[str]:
    wanted, standing = sqlite_triggers(), _standing(cursor)
    stale = [f"drop trigger {name}" for name, sql in standing.items() if wanted.get(name) != sql]
    return [*stale, *(sql for name, sql in wanted.items() if standing.get(name) != sql)]


def _standing(cursor: Any) -> dict[str, str]:
    cursor.execute(
        "select name, sql from sqlite_master where type = 'trigger' and name like 'consent!_%' escape '!' order by name"
    )
    return dict(cursor.fetchall())


def sqlite_triggers() -> dict[str, str]:
    """Each trigger by its name."""
    # As Django stores a UUID here.
    renew = f"update {VERSION} set token = lower(hex(randomblob(16))) where organization_id = new.organization_id"  # noqa: S608  # nosec B608
    lacks = f"when not exists (select 1 {LIVE}) begin {_raised(LACKING)}"
    bodies = {
        "consent_live_insert": f"before insert on {REFERENCE} {lacks}",
        "consent_live_update": f"before update on {REFERENCE} {lacks}",
        "consent_fixed": f"before update on {CONSENT} when {MOVED} begin {_raised(FIXED)}",
        "consent_ends": f"after update of withdrawn_at on {CONSENT} when {ENDS} begin {FORGET}; {renew};",
    }
    return {name: f"CREATE TRIGGER {name} {body} end" for name, body in bodies.items()}


def _raised(words: str) -> str:
    return f"select raise(abort, '{words}');"


# --- PostgreSQL --------------------------------------------------------------------------------------


def _postgresql(cursor: Any) -> list[str]:
    cursor.execute("select tableowner = current_user from pg_tables where tablename = %s", [REFERENCE])
    (owned,) = cursor.fetchone()
    if not owned:
        return []  # a flush by the app's role; only the owner of the tables can have changed them
    return [_function(name, body) for name, body in _bodies().items()] + [
        f"create or replace trigger {name} {event} for each row execute function {name}()"
        for name, event in (
            ("consent_live", f"before insert or update on {REFERENCE}"),
            ("consent_fixed", f"before update on {CONSENT}"),
            ("consent_ends", f"after update of withdrawn_at on {CONSENT}"),
        )
    ]


def _bodies() -> dict[str, str]:
    # The gallery's token: whoever holds what was deleted in memory sees with the next frame that it is old.
    renew = f"update {VERSION} set token = gen_random_uuid() where organization_id = new.organization_id"  # noqa: S608  # nosec B608
    return {
        "consent_live": _LIVE_BODY,
        "consent_fixed": f"if {MOVED} then {_exception(FIXED)} end if; return new;",
        "consent_ends": f"if {ENDS} then {FORGET}; {renew}; end if; return null;",
    }


def _exception(words: str) -> str:
    return f"raise exception '{words}' using errcode = 'check_violation';"


def _function(name: str, body: str) -> str:
    return f"create or replace function {name}() returns trigger language plpgsql as $$ begin {body} end $$"


# A row of another organization than the one acted for is refused by row-level security, which looks at it after this
# trigger, and under which the trigger sees no consent of another organization.
# Shared with other references and with nothing that ends the consent: of a reference that is written while a consent
# ends, either the end waits and deletes it, or the reference waits and is refused.
_LIVE_BODY = f"""
    if row_security_active('{REFERENCE}') and new.organization_id is distinct from
        nullif(current_setting('app.organization', true), '')::uuid then return new; end if;
    if tg_op = 'INSERT' or new.consent_id <> old.consent_id then perform 1 {LIVE} for share;
    else perform 1 {LIVE};
    end if;
    if not found then {_exception(LACKING)} end if;
    return new;"""
