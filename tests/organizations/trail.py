"""A trail to tamper with, and the hand of whoever owns the tables: plain SQL past the triggers."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.organizations.append_only import lift_append_only
from apps.organizations.audit import record
from apps.organizations.fence import lower_fence
from apps.organizations.models import AuditEntry, AuditHead, PlatformEntry
from tests.personas import World

TABLE = AuditEntry._meta.db_table
HEAD = AuditHead._meta.db_table
PLATFORM = PlatformEntry._meta.db_table


class Trail:
    """Northwind's chain, and ways to spoil it."""

    def __init__(self, world: World, anchors: Path) -> None:
        self.world, self.anchors = world, anchors
        self.key = AuditEntry._meta.pk.get_db_prep_value(world.northwind.pk, connection)

    def grow(self, rows: int, capture: Any) -> None:
        """Write entries, each committed and anchored as in a request of its own."""
        for number in range(rows):
            with capture(execute=True):
                record(
                    organization=self.world.northwind,
                    action="membership.change",
                    subject=self.world.site,
                    old={"role": "operator"},
                    new={"role": "auditor"},
                    reason=f"because {number}",
                )

    @property
    def length(self) -> int:
        return AuditEntry.objects.count()

    def row(self, sequence: int) -> AuditEntry:
        return AuditEntry.objects.get(sequence=sequence)

    def open(self) -> None:
        """What only the owner of the tables can do: take triggers and policies away."""
        if connection.vendor == "sqlite":
            lift_append_only()
            lower_fence()
            return
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate; reset role")
            for table in (TABLE, HEAD, PLATFORM):
                cursor.execute(
                    f"alter table {table} disable trigger user; alter table {table} no force row level security"
                )

    def sql(self, statement: str, *values: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"{statement} and organization_id = %s", [*values, self.key])

    def edit(self, column: str, value: Any, sequence: int) -> None:
        field = next(one for one in AuditEntry._meta.concrete_fields if one.attname == column)
        adapted = field.get_db_prep_save(value, connection)
        self.sql(f"update {TABLE} set {column} = %s where sequence = %s", adapted, sequence)

    def delete(self, first: int, last: int) -> None:
        self.sql(f"delete from {TABLE} where sequence between %s and %s", first, last)

    def swap(self, one: int, other: int) -> None:
        away = 1_000_000
        for old, new in ((one, away), (other, one), (away, other)):
            self.sql(f"update {TABLE} set sequence = %s where sequence = %s", new, old)

    def shift(self, first: int, by: int) -> None:
        """Renumber the rows from `first` on, in an order that no unique key minds."""
        numbers = list(range(first, max(AuditEntry.objects.values_list("sequence", flat=True)) + 1))
        for number in sorted(numbers, reverse=by > 0):
            self.sql(f"update {TABLE} set sequence = %s where sequence = %s", number + by, number)

    def set_head(self, sequence: int, mac: str) -> None:
        self.sql(f"update {HEAD} set sequence = %s, mac = %s where 1 = 1", sequence, mac)


def verified(**options: Any) -> dict[str, Any]:
    """What verify_audit says: its JSON, and the fault of Northwind under `fault` where there is one."""
    out = io.StringIO()
    try:
        call_command("verify_audit", json=True, stdout=out, **options)
        code = 0
    except CommandError as error:
        code = error.returncode
    told: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return {**told, "exit": code, "fault": told["faults"].get("northwind")}


def named(trail: Trail) -> tuple[str, int]:
    """The code and the row that verify_audit names."""
    fault = verified()["fault"]
    assert fault, "nothing was found"
    return fault["code"], fault["sequence"]


@pytest.fixture
def trail(northwind: World, settings: Any, tmp_path: Path, django_capture_on_commit_callbacks: Any) -> Trail:
    """Northwind's chain with a few rows, anchored, and open to the hand of the owner."""
    settings.AUDIT_ANCHORS = tmp_path / "anchors"
    made = Trail(northwind, settings.AUDIT_ANCHORS)
    made.grow(12, django_capture_on_commit_callbacks)
    made.open()
    return made
