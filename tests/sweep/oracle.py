"""What counts as a leak, whatever the status: words or keys of B seen, rows of B changed, or B told apart."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection, models

from apps.organizations.models import Organization, User
from apps.organizations.tenancy import acting_for, unguarded
from tests.sweep.rows import CANARY, Place, guarded_models

WRITING = re.compile(r'^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"(\w+)"', re.IGNORECASE)
UUIDS = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
# Changes from one answer to the next by nature.
CHANGING = re.compile(
    r'csrfmiddlewaretoken" value="[^"]*"|"csrfmiddlewaretoken": "[^"]*"|csrf[Tt]oken=[^";]*|'
    r"(?<=[/\"'])[\w-]{32,}(?=[/\"'])|"  # secrets in links
    r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]\.?m\.?)?|\d+\.\d{3,}"
)
AUDIT_TABLES = {"organizations_auditentry", "organizations_platformentry"}
# Who has a session, when they were last seen, and rate limits: no fact of an organization.
OF_SESSIONS = {
    Session._meta.db_table,
    "usersessions_usersession",
    "organizations_audithead",
    "organizations_platformhead",
}


@dataclass(frozen=True)
class Leak:
    """One finding: what kind, by whom, where, and the words that show it."""

    kind: str
    actor: str
    where: str
    shown: str = ""

    def __str__(self) -> str:
        return f"{self.kind:<9} {self.actor:<28} {self.where} {self.shown}"


@dataclass
class Oracle:
    """Knows B's words, keys and rows, and A's."""

    a: Place
    b: Place
    excused: tuple[str, ...] = ()
    before: dict[str, list[Any]] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        owned: list[type[models.Model]] = [*guarded_models(), Organization]
        self.tables = {one._meta.db_table: one for one in owned}
        self.before = {table: rows_in(model, self.b) for table, model in self.tables.items()}
        self.keys = frozenset(row["id"].hex for rows in self.before.values() for row in rows)
        self.users = User._meta.db_table
        self.before[self.users] = self._users()

    def _users(self) -> list[Any]:
        return list(User.objects.filter(email__startswith=self.b.tag.lower()).order_by("pk").values())

    def read(self, seen: str, sent: str) -> str:
        """The first word or key of B in what was seen that was not sent, or nothing."""
        for known in self.excused:
            seen = seen.replace(known, "")
        at = seen.upper().find(CANARY)
        while at >= 0:
            words = seen[at : at + 40]
            if not said(words, sent):
                return seen[max(0, at - 30) : at + 40]
            at = seen.upper().find(CANARY, at + 1)
        echoed = {one.replace("-", "").lower() for one in UUIDS.findall(sent)}
        shown = {one.replace("-", "").lower() for one in UUIDS.findall(seen)}
        return next(iter(self.keys & (shown - echoed)), "")

    def everything(self, seen: str, sent: str) -> set[str]:
        """Every word and key of B in what was seen that was not sent."""
        words = {one for one in re.findall(rf"(?i)\b{CANARY}[\w.@-]*", seen) if one.lower() not in sent.lower()}
        keys = {one.replace("-", "").lower() for one in UUIDS.findall(seen)}
        echoed = {one.replace("-", "").lower() for one in UUIDS.findall(sent)}
        return words | (self.keys & (keys - echoed))

    def written(self, tables: Iterable[str], sent: str = "") -> str:
        """The first of these tables where a row of B changed or a row of A now holds something of B.

        A's own words stay A's words, also where they read like B's; a key of B is never A's to keep.
        """
        for table in set(tables):
            if table == self.users and self._users() != self.before[table]:
                return f"users of {self.b.tag}"
            if table in self.tables:
                model = self.tables[table]
                if rows_in(model, self.b) != self.before[table]:
                    return f"rows of {self.b.tag} in {table}"
                if crossing := self.read(repr(rows_in(model, self.a)), UUIDS.sub("", sent)):
                    return f"a row of {self.a.tag} in {table} holds {crossing}"
        return ""


def said(words: str, sent: str) -> bool:
    """Whether the sender had said these words."""
    word = re.match(r"[\w.@-]+", words)
    return bool(word) and word.group().lower() in sent.lower()  # type: ignore[union-attr]


def rows_in(model: type[models.Model], place: Place) -> list[Any]:
    """The rows of this organization as they stand, past the guard."""
    field_name = "pk" if model is Organization else "organization_id"
    with acting_for(place.organization):
        return list(unguarded(model).filter(**{field_name: place.organization.pk}).order_by("pk").values())


def settled(words: str) -> str:
    """An answer without what differs from one request to the next."""
    return UUIDS.sub("ID", CHANGING.sub("", words))


class Writes(Counter[str]):
    """How often each table was written to while the spy listened."""

    @property
    def facts(self) -> set[str]:
        return set(self) - OF_SESSIONS - AUDIT_TABLES

    @property
    def audited(self) -> bool:
        return bool(AUDIT_TABLES & set(self))


@contextmanager
def spy_on_writes() -> Iterator[Writes]:
    """Counts INSERT, UPDATE and DELETE by table, so that only tables written to are compared."""
    writes = Writes()

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := WRITING.match(sql):
            writes[found[1]] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield writes
