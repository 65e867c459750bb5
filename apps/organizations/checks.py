"""System checks: what a deployment must hold before it may serve, each with a word on what to do.

`manage.py check --deploy` judges settings and code and reaches nothing; with `--database default` it also asks the
database and Redis, as the role that serves.
"""

import inspect
import ipaddress
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import redis
from celery import current_app
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import FieldDoesNotExist
from django.db import DatabaseError, connection, models
from django.utils.module_loading import autodiscover_modules

from apps.organizations import doors
from apps.organizations.fence import guarded_models
from apps.organizations.master_key import KEY_BYTES, key_bytes
from apps.organizations.tasks import OrganizationTask

SECOND = 1.0


@register(Tags.database)
def demo_stays_home(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The demo organization ships with sample people and a consent nobody gave: never on a public address."""
    if not databases or is_loopback(urlsplit(settings.PUBLIC_URL).hostname or ""):
        return []
    try:
        slugs = doors.demo_slugs()
    except DatabaseError:  # before the first migration there are no tables, so no demo either
        return []
    return [
        Error(
            f"The demo organization “{slug}” must not be served at {settings.PUBLIC_URL}.",
            hint="Found your own with `manage.py found_organization` on a fresh database.",
            id="organizations.E001",
        )
        for slug in slugs
    ]


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


# --- Keys -------------------------------------------------------------------------------------------


@register(Tags.security, deploy=True)
def keys_are_long(**kwargs: Any) -> list[CheckMessage]:
    """Two keys of 32 bytes, and not the same one: who learns what signs sessions must not open the references."""
    hint = "Make one with `python -c 'import base64,os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'`."
    found: list[CheckMessage] = []
    if len(settings.SECRET_KEY.encode()) < KEY_BYTES:
        found.append(Error(f"SECRET_KEY is shorter than {KEY_BYTES} bytes.", hint=hint, id="organizations.E002"))
    try:
        _ = settings.KEY_WRAPPER or key_bytes(settings.MASTER_KEY)  # a key service's wrapper needs no key here
    except ValueError:
        say = f"MASTER_KEY is not {KEY_BYTES} bytes in URL-safe base64."
        found.append(Error(say, hint=hint, id="organizations.E003"))
    if settings.MASTER_KEY == settings.SECRET_KEY:
        say = "MASTER_KEY and SECRET_KEY are the same."
        found.append(
            Error(say, hint=f"Change SECRET_KEY, which only signs people out. {hint}", id="organizations.E004")
        )
    return found


# --- Origins ----------------------------------------------------------------------------------------


@register(Tags.security, deploy=True)
def origins_are_exact(**kwargs: Any) -> list[CheckMessage]:
    """Forms and sockets are open to the same origins: no wildcard, our scheme, a host that we answer to."""
    wild = [host for host in settings.ALLOWED_HOSTS if host.startswith((".", "*"))]
    wrong = [origin for origin in settings.CSRF_TRUSTED_ORIGINS if not is_exact(origin)]
    found: list[CheckMessage] = [
        Error(
            f"“{name}” is no exact origin of this site.",
            hint="Name each host in ALLOWED_HOSTS, and each origin with its scheme in CSRF_TRUSTED_ORIGINS.",
            id="organizations.E005",
        )
        for name in [*wild, *wrong]
    ]
    if settings.PUBLIC_URL not in settings.CSRF_TRUSTED_ORIGINS:
        say = f"CSRF_TRUSTED_ORIGINS lacks PUBLIC_URL, {settings.PUBLIC_URL}: its forms and sockets would be refused."
        found.append(Error(say, hint="Add it, or leave CSRF_TRUSTED_ORIGINS unset.", id="organizations.E006"))
    return found


def is_exact(origin: str) -> bool:
    """Whether sockets and forms take this origin alike."""
    parts = urlsplit(origin)
    scheme = "https" if settings.HTTPS else "http"
    host = parts.hostname or ""
    return origin == f"{scheme}://{parts.netloc}" and (f"[{host}]" if ":" in host else host) in settings.ALLOWED_HOSTS


# --- Code -------------------------------------------------------------------------------------------


@register(Tags.models)
def models_have_an_organization(**kwargs: Any) -> list[CheckMessage]:
    """Every guarded model can say whose its rows are."""
    return [
        Error(
            f"{model._meta.label} is guarded, but has no field “{model.organization_field}”.",
            hint="Derive it from OrganizationModel, or set organization_field.",
            obj=model,
            id="organizations.E007",
        )
        for model in guarded_models()
        if not _has_field(model, model.organization_field)
    ]


def _has_field(model: type[models.Model], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


@register(Tags.security)
def tasks_open_their_organization(**kwargs: Any) -> list[CheckMessage]:
    """No task runs for nobody, or for whoever ran before it."""
    autodiscover_modules("tasks")  # not through Celery, which would run the checks before
    ours = [task for name, task in current_app.tasks.items() if not name.startswith("celery.")]
    return [
        Error(
            f"The task {task.name} does not open an organization.",
            hint="Declare it with @frame_task, or base=OrganizationTask, and organization_id as its first parameter.",
            id="organizations.E008",
        )
        for task in ours
        if not opens_organization(task)
    ]


def opens_organization(task: Any) -> bool:
    """Whether the organization comes first and is opened before the task runs."""
    first = next(iter(inspect.signature(task.run).parameters), None)
    return isinstance(task, OrganizationTask) and first == "organization_id"


# --- The database -----------------------------------------------------------------------------------


@register(Tags.database, deploy=True)
def tables_are_fenced(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Row-level security stands on every organization's table, for its owner too."""
    if not databases or connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(  # nosemgrep: no-raw-sql  (the catalogue; no row of anybody)
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity "
            "and relforcerowsecurity and exists (select from pg_policy where polrelid = pg_class.oid)"
        )
        fenced = {name for (name,) in cursor.fetchall()}
    return [
        Error(
            f"Row-level security is not forced on {model._meta.db_table}.",
            hint="Run `manage.py migrate` as the owner of the tables: it raises the fence.",
            obj=model,
            id="organizations.E009",
        )
        for model in guarded_models()
        if model._meta.db_table not in fenced
    ]


@register(Tags.database, deploy=True)
def role_is_held_by_the_fence(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The role that serves can neither pass row-level security nor take it down."""
    if not databases or connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(  # nosemgrep: no-raw-sql  (the catalogue; no row of anybody)
            "select current_user, rolsuper, rolbypassrls, exists (select from pg_tables where schemaname = 'public' "
            "and tableowner = current_user) from pg_roles where rolname = current_user"
        )
        role, *powers = cursor.fetchone()
    faults = ("is a superuser", "has BYPASSRLS", "owns tables")
    return [
        Error(
            f"The database role {role} {fault}.",
            hint="Serve as a role of its own (attendance_app); keep the owner for `manage.py migrate`.",
            id="organizations.E010",
        )
        for fault, has in zip(faults, powers, strict=True)
        if has
    ]


# --- Redis ------------------------------------------------------------------------------------------


@register(Tags.security, deploy=True)
def redis_is_closed(**kwargs: Any) -> list[CheckMessage]:
    """Frames wait there: nobody else may read them."""
    address = urlsplit(settings.REDIS_URL)
    if not settings.REDIS_URL or address.password or is_loopback(address.hostname or ""):
        return []
    hint = "Set requirepass, and put it into REDIS_URL: redis://:password@host:6379."
    return [Error("Redis is on the network without a password.", hint=hint, id="organizations.E011")]


@register(Tags.database, deploy=True)
def redis_drops_nothing(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A full Redis must refuse: one that evicts would drop groups and queues without a word."""
    if not databases or not settings.REDIS_URL:
        return []
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=SECOND, socket_connect_timeout=SECOND) as client:
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy")
    except redis.ResponseError:
        hint = "Allow CONFIG GET, or see to it that maxmemory-policy is noeviction."
        return [Warning("Redis does not tell its maxmemory-policy.", hint=hint, id="organizations.W012")]
    except redis.RedisError:
        hint = "Start it, or correct REDIS_URL."
        return [Error("Redis does not answer.", hint=hint, id="organizations.E013")]
    if policy == "noeviction":
        return []
    hint = "Set `maxmemory-policy noeviction` in redis.conf."
    return [Error(f"Redis drops keys when it is full (maxmemory-policy {policy}).", hint=hint, id="organizations.E014")]
