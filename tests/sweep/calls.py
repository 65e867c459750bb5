"""Below the pages: every function that takes its organization first, called for A with own rows, then with B's.

Functions are found by their signatures, arguments by the types of their parameters, so that a new service is covered by
being there. What no type says is in `values_of`; a parameter of an unknown kind fails with "add a value".
"""

import copy
import importlib
import inspect
import pkgutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from enum import EnumType
from functools import cache
from typing import Any

from django.core.cache import cache as django_cache
from django.db import connection, models, transaction
from django.utils import timezone

import apps
from apps.attendance.paths import Spent
from apps.attendance.tasks import Sent
from apps.enrollment import likeness, vault
from apps.enrollment.gallery import Candidate, forget_galleries
from apps.enrollment.impostors import Seen
from apps.enrollment.models import EnrollmentInvitation, Reference
from apps.enrollment.photo_files import Found, Photo
from apps.enrollment.photo_rules import Terms
from apps.organizations.audit import Change
from apps.organizations.models import CameraKey, Membership, Organization, Role, Site, User
from apps.organizations.sheets import SheetRow
from apps.organizations.tenancy import acting_for
from apps.people.erasure import Gone, Reason
from apps.people.models import Department, Person
from apps.people.reach import EVERYBODY, Reach, Scope
from apps.people.tombstones import pseudonym
from apps.recognition.shapes import Target
from tests.sweep.asking import undone
from tests.sweep.faces import ENTRY, SPACE, Lens, probe_of
from tests.sweep.oracle import Oracle, settled, spy_on_writes
from tests.sweep.recipes import PIN
from tests.sweep.rows import NONCE, Place, member

FIRST = {"organization", "organization_id"}
# Reviewed: functions that take an organization first and read or write no row of it.
NOT_CALLED = {
    "apps.organizations.tenancy.acting_for": "the fence itself",
    "apps.organizations.api_pages.page_of": "its rows are the caller's; cursors are tried by HTTP",
    "apps.enrollment.photo_import.enroll_from_photos": "photos on the disk; its command is tried",
    "apps.people.staff_list._save": "its places are those of import_people, which is called",
}
HEAVY = Organization | User | Membership
AT = timezone.now()


@dataclass(frozen=True, eq=False)
class Call:
    """One function with its arguments, made anew each time; `absent` is the same with rows that are nobody's."""

    name: str
    make: Callable[[], Any]
    said: str = ""
    absent: Callable[[], Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """What a call told, and what of B it wrote."""

    told: str
    wrote: str


class Unknown(Exception):
    """No value is known for a parameter."""


@cache
def functions() -> dict[str, Callable[..., Any]]:
    """Every function of ours that takes its organization first, by its dotted name."""
    found = {}
    for room in pkgutil.walk_packages(apps.__path__, "apps."):
        if not room.name.startswith("apps.recognition") and ".migrations" not in room.name:  # it knows no rows
            for name, one in vars(importlib.import_module(room.name)).items():
                plain = inspect.unwrap(one) if callable(one) else None
                if inspect.isfunction(plain) and plain.__module__ == room.name and first(plain) in FIRST:
                    found[f"{room.name}.{name}"] = one
    return found


def first(function: Callable[..., Any]) -> str:
    return next(iter(inspect.signature(function).parameters), "")


def values_of(place: Place) -> dict[str, Any]:
    """Values by the name of a parameter, where its type does not say them."""
    person = place.rows[Person]
    return {
        "number": number_of(place),
        "external_id": number_of(place),
        "pin": PIN,
        "nonce": str(NONCE) if place.is_canary else "another",
        "token_hash": place.rows[EnrollmentInvitation].token_hash,
        "key_id": place.rows[CameraKey].pk,
        "purpose": vault.PURPOSE,
        "newest": 2,
        "present": ENTRY.name,
        "next_engine": ENTRY.name,
        "since": AT - timedelta(weeks=4),
        "start": AT - timedelta(weeks=1),
        "space": SPACE,
        "role": Role.AUDITOR,
        "roles": [Role.OWNER],
        "minutes": 15,
        "direction": "in",
        "source": "face",
        "kind": "enrollment.end_stale_sessions",
        "engine": Lens(place.vector),
        "entry": ENTRY,
        "target": Target.ONE,
        "best": (0.5,) * 400,
        "seen": Seen((), ()),
        "one": person.pk,
        "other": person.pk,
        "pair": {person.pk},
        "others": [Candidate(person.pk, 0.9)],
        "near": [],
        "decision": "different_people",
        "outcome": "same",
        "beside": ENTRY,
        "segment": None,
        "before": None,
        "sent": Sent("socket", 1, ""),
        "spent": Spent(1000, 3),
        "image": None,
        "frame": b"no picture",
        "probe": probe_of(place.vector),
        "versions": [1],
        "refused": (),
        "references": {place.rows[Reference].pk},
        "probes": [probe_of(place.vector)],
        "numbers": [number_of(place)],
        # Only thought of, a person is looked up another way.
        "terms": Terms(dry_run=place.is_canary, replaces=True, paper_reference="file 12"),
        "found": Found([Photo(f"{number_of(place)}.jpg", bytes)]),
        "adds": False,
        "vector": place.vector,
        "vectors": [place.vector],
        "reach": reach_of(place),
        "rows": [sheet_row(place, number) for number in ("E-1", "E-2")],
        "people": [person],
        "departments": [place.rows[Department]],
        "sites": [place.rows[Site]],
        "row": person,
        "subject": person,
        "change": Change({}, {}),
        "values": {"department": place.rows[Department]},
        "args": (),
        "arguments": {},
        "in_use": "in use",
        "permissions": [],
        "due_at": None,
        "old": None,
        "new": None,
        "ticket": "none",
        "jpeg": b"none",
        "reason": Reason.ASKED,
        "gone": Gone("0" * 64, AT),
        "erased": {pseudonym(person)},
        "parts": [],
        "kept": [place.rows[Reference]],
    }


def number_of(place: Place) -> str:
    """A's person number, or one that only B has."""
    return "E-2" if place.is_canary else "E-1"


def reach_of(place: Place) -> Reach:
    """Everybody of A, or as far as a supervisor of B reaches."""
    with acting_for(place.organization):
        supervisor = member(place, Role.SUPERVISOR)
    return Reach(Scope.RESPONSIBLE, supervisor.pk) if place.is_canary else EVERYBODY


def sheet_row(place: Place, number: str) -> SheetRow:
    words = {"given_name": "New", "family_name": "Person", "department": str(place.rows[Department])}
    words["home_site"] = str(place.rows[Site])
    return SheetRow(2 if number == "E-1" else 3, {"external_id": number, **words})


def value_of(one: inspect.Parameter, place: Place) -> Any:
    """The argument that this place gives for a parameter."""
    kind, known = one.annotation, values_of(place)
    if one.name in known:
        return known[one.name]
    if isinstance(kind, type) and kind in place.rows:
        return place.rows[kind]
    if kind is User or User in getattr(kind, "__args__", ()):
        return place.users[Role.OWNER if place.is_canary else "guest"]
    if row := next((row for model, row in place.rows.items() if model in getattr(kind, "__args__", ())), None):
        return row
    if one.name.endswith("_id"):
        row = row_named(one.name.removesuffix("_id"), place)
        return str(row.pk) if kind is str else row.pk
    return plain(one)


def row_named(word: str, place: Place) -> Any:
    return next(row for model, row in place.rows.items() if str(model._meta.model_name).endswith(word))


def plain(one: inspect.Parameter) -> Any:
    by_type = {"str": "word", "int": 2, "float": 0.9, "bool": True, "datetime": AT, "date": AT.date(), "Mapping": {}}
    name = getattr(one.annotation, "__name__", str(one.annotation))
    if name in by_type:
        return by_type[name]
    if one.default is not one.empty:
        return one.default
    if isinstance(one.annotation, EnumType):
        return next(iter(one.annotation))
    raise Unknown(f"{one}: add a value")


def calls(a: Place, b: Place) -> Iterator[Call]:
    """Every function with own arguments, with each that names a row taken from B, and with all of them."""
    for name, function in functions().items():
        if name not in NOT_CALLED:
            yield from calls_of(name, function, a, b)


def calls_of(name: str, function: Callable[..., Any], a: Place, b: Place) -> Iterator[Call]:
    asked = list(inspect.signature(function).parameters.values())
    own = {one.name: value_of(one, a) for one in asked[1:]}
    theirs = {one.name: value_of(one, b) for one in asked[1:]}
    apart = [key for key in own if told(own[key]) != told(theirs[key])]
    organization: Any = a.organization.pk if asked[0].name == "organization_id" else a.organization
    organization = str(organization) if asked[0].annotation is str else organization

    def made(given: dict[str, Any]) -> Callable[[], Any]:
        return lambda: invoke(function, asked, [organization, *copy.deepcopy(list(given.values()))])

    yield Call(name, made(own))
    for chosen in [[key] for key in apart] + ([apart] if len(apart) > 1 else []):
        given = own | {key: theirs[key] for key in chosen}
        nothing = own | {key: nobodys(theirs[key]) for key in chosen}
        yield Call(f"{name}({', '.join(chosen)} of B)", made(given), told(given), made(nothing))


def invoke(function: Callable[..., Any], asked: list[inspect.Parameter], values: list[Any]) -> Any:
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for one, value in zip(asked, values, strict=True):
        if one.kind is one.VAR_POSITIONAL:
            positional += list(value)
        elif one.kind is one.VAR_KEYWORD:
            named |= value
        elif one.kind is one.KEYWORD_ONLY:
            named[one.name] = value
        else:
            positional.append(value)
    return function(*positional, **named)


def nobodys(value: Any) -> Any:
    """The same kind of value that names no row at all."""
    if isinstance(value, models.Model):
        other = copy.deepcopy(value)
        other.pk = uuid.uuid4()
        return other
    if isinstance(value, uuid.UUID):
        return uuid.uuid4()
    if isinstance(value, list):
        return [nobodys(one) for one in value]
    if isinstance(value, Reach):
        return Reach(value.scope, uuid.uuid4())
    return {"E-2": "E-9"}.get(value, value) if isinstance(value, str) else value


def columns(row: models.Model) -> dict[str, Any]:
    return {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields}


def told(value: Any) -> str:
    """All that a value says: rows with their columns, lists and queries with their rows."""
    if isinstance(value, models.Model):
        tied = [one for one in value._state.fields_cache.values() if isinstance(one, models.Model)]
        return repr([columns(one) for one in (value, *tied) if one is value or not isinstance(one, HEAVY)])
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{told(key)}: {told(one)}" for key, one in value.items()) + "}"
    if is_dataclass(value) and not isinstance(value, type):
        return f"{type(value).__name__} [{', '.join(told(getattr(value, one.name)) for one in fields(value))}]"
    if isinstance(value, models.QuerySet | list | tuple | set | frozenset | Iterator):
        return "[" + ", ".join(told(one) for one in value) + "]"
    return repr(value)


@dataclass
class Caller:
    """Makes calls for A, and undoes them."""

    oracle: Oracle

    def outcome(self, call: Call, make: Callable[[], Any] | None = None) -> Outcome:
        """What came of it; an error tells its kind and words."""
        django_cache.clear()
        forget_galleries()
        likeness.forget()
        with undone(), acting_for(self.oracle.a.organization), spy_on_writes() as writes:
            try:
                with transaction.atomic():
                    words = told((make or call.make)())
                    if connection.vendor == "postgresql":
                        connection.check_constraints()  # as a commit would; triggers of SQLite do at once
            except Exception as error:  # noqa: BLE001  (whatever is raised is what was told)
                words = f"{type(error).__name__}: {error}"
            return Outcome(words, self.oracle.written(writes, call.said))

    def shown(self, call: Call) -> frozenset[str]:
        """Words and keys of B that were told and not said, what was written, and whether B's row is told from none."""
        came = self.outcome(call)
        found = self.oracle.everything(came.told, call.said)
        found |= {came.wrote.split(" holds ")[0]} - {""}
        if call.absent and settled(came.told) != settled(self.outcome(call, call.absent).told):
            found.add("told apart")
        return frozenset(found)
