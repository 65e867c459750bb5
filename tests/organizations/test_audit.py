"""An entry is written with its act, in a chain, and only if the act was."""

import json
import uuid

import pytest
from django.db import transaction

from apps.organizations.audit import Actor, acting_as, held, record
from apps.organizations.audit_words import HIDDEN
from apps.organizations.models import AuditEntry, AuditHead
from apps.people.models import Person
from tests.personas import World


def entries(action: str = "") -> list[AuditEntry]:
    found = AuditEntry.objects.order_by("sequence")
    return list(found.filter(action=action) if action else found)


def test_entries_are_numbered_without_a_gap(northwind: World) -> None:
    for _ in range(3):
        record(organization=northwind.northwind, action="site.look", subject=northwind.site)
    numbers = [one.sequence for one in entries()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert AuditHead.objects.get().sequence == numbers[-1]


def test_each_entry_has_a_seal_of_its_own(northwind: World) -> None:
    for _ in range(2):
        record(organization=northwind.northwind, action="site.look")
    first, second = entries("site.look")
    assert first.mac != second.mac
    assert AuditHead.objects.get().mac == second.mac


def test_an_entry_names_its_actor(northwind: World) -> None:
    key = uuid.uuid4()
    with acting_as(Actor("camera", key)):
        record(organization=northwind.northwind, action="site.look")
    [entry] = entries("site.look")
    assert (entry.actor_kind, entry.actor_id) == ("camera", key)


def test_what_is_said_about_a_person_is_hidden(northwind: World) -> None:
    new = {"given_name": "Priya", "external_id": "E1", "is_active": True, "department": uuid.UUID(int=7)}
    record(organization=northwind.northwind, action="person.change", subject=northwind.person, new=new)
    [entry] = entries("person.change")
    assert json.loads(entry.new) == {
        "department": "00000000-0000-0000-0000-000000000007",
        "external_id": HIDDEN,
        "given_name": HIDDEN,
        "is_active": True,
    }


def test_a_savepoint_rolled_back_takes_its_entries_along(northwind: World) -> None:
    with held():
        record(organization=northwind.northwind, action="site.kept")
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            record(organization=northwind.northwind, action="site.dropped")
            raise ZeroDivisionError
    assert [one.action for one in entries()][-1] == "site.kept"


def test_entries_wait_for_the_end_of_the_block(northwind: World) -> None:
    with held():
        record(organization=northwind.northwind, action="site.look")
        assert entries("site.look") == []
    assert len(entries("site.look")) == 1


def test_a_block_in_a_block_leaves_the_writing_to_the_outer_one(northwind: World) -> None:
    with held():
        with held():
            record(organization=northwind.northwind, action="site.look")
        assert entries("site.look") == []
    assert len(entries("site.look")) == 1


def test_a_block_that_raises_writes_nothing(northwind: World) -> None:
    with pytest.raises(ZeroDivisionError), held():
        record(organization=northwind.northwind, action="site.look", subject=Person())
        raise ZeroDivisionError
    assert entries("site.look") == []
