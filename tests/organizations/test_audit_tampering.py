"""Whatever the owner of the tables does to the audit trail by SQL, verify_audit names the first row that is wrong."""

import uuid
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection

from apps.organizations.audit import SEALED, record_account
from apps.organizations.models import AuditEntry, PlatformEntry
from tests.organizations.trail import TABLE, Trail, named, trail, verified

__all__ = ["trail"]

EDITS = {
    "id": uuid.UUID(int=9),
    "at": datetime(2020, 1, 1, tzinfo=UTC),
    "actor_kind": "job",
    "actor_id": uuid.UUID(int=9),
    "action": "membership.create",
    "subject_kind": "people.person",
    "subject_id": uuid.UUID(int=9),
    "old": '{"role":"owner"}',
    "new": '{"role":"owner"}',
    "reason": "another",
    "mac": "0" * 64,
}


def test_a_chain_that_nobody_touched_is_unbroken(trail: Trail) -> None:
    told = verified()
    assert (told["exit"], told["faults"]) == (0, {})
    assert told["rows"] >= trail.length


def test_every_column_is_tried() -> None:
    columns = {one.attname for one in AuditEntry._meta.concrete_fields} - {"organization_id", "sequence"}
    assert set(EDITS) == columns == {*SEALED, "mac"} - {"sequence"}


@pytest.mark.parametrize("column", EDITS)
@pytest.mark.parametrize("last", [False, True], ids=["in the middle", "at the end"])
def test_an_edited_column_is_named(trail: Trail, column: str, last: bool) -> None:
    at = trail.length if last else 5
    trail.edit(column, EDITS[column], at)
    assert named(trail) == ("edited", at)


def test_a_row_given_to_another_organization_is_missing_here_and_unsealed_there(trail: Trail) -> None:
    south = AuditEntry._meta.pk.get_db_prep_value(trail.world.southwind.pk, connection)
    trail.sql(f"update {TABLE} set organization_id = %s, sequence = 3 where sequence = 5", south)
    faults = verified()["faults"]
    assert (faults["northwind"]["code"], faults["northwind"]["sequence"]) == ("missing", 5)
    assert (faults["southwind"]["code"], faults["southwind"]["sequence"]) == ("unsealed", 3)


@pytest.mark.parametrize("first", [1, 5, 7])
def test_a_deleted_row_is_named(trail: Trail, first: int) -> None:
    trail.delete(first, first)
    assert named(trail) == ("missing", first)


def test_deleted_rows_are_named_by_the_first(trail: Trail) -> None:
    trail.delete(5, 7)
    assert named(trail) == ("missing", 5)


def test_a_deletion_that_renumbers_what_follows_is_named(trail: Trail) -> None:
    trail.delete(5, 5)
    trail.shift(6, -1)
    assert named(trail)[1] == 5


@pytest.mark.parametrize("other", [6, 9])
def test_two_rows_that_changed_places_are_named(trail: Trail, other: int) -> None:
    trail.swap(5, other)
    assert named(trail) == ("reordered", 5)


def forged(trail: Trail, sequence: int) -> None:
    row = trail.row(3)
    row.pk, row.sequence, row.action, row.mac = uuid.uuid4(), sequence, "membership.create", "f" * 64
    row.save(force_insert=True)


def test_a_row_put_in_between_is_named(trail: Trail) -> None:
    trail.shift(5, 1)
    forged(trail, 5)
    assert named(trail) == ("inserted", 5)


def test_a_row_put_behind_the_last_is_named(trail: Trail) -> None:
    last = trail.length
    forged(trail, last + 1)
    assert named(trail) == ("unsealed", last + 1)


def test_a_copy_of_a_genuine_row_is_named(trail: Trail) -> None:
    last, row = trail.length, trail.row(4)
    row.pk, row.sequence = uuid.uuid4(), last + 1
    row.save(force_insert=True)
    assert named(trail)[1] == last + 1


def test_a_cut_tail_is_named(trail: Trail) -> None:
    last = trail.length
    trail.delete(last - 2, last)
    assert named(trail) == ("cut", last - 2)


def test_a_cut_tail_is_named_though_the_stored_end_was_set_back(trail: Trail) -> None:
    last = trail.length
    trail.delete(last - 2, last)
    trail.set_head(last - 3, trail.row(last - 3).mac)
    assert named(trail) == ("cut", last - 2)


def test_a_whole_chain_that_vanished_is_named(trail: Trail) -> None:
    trail.delete(1, trail.length)
    trail.sql("delete from organizations_audithead where 1 = 1")
    assert named(trail) == ("cut", 1)


def test_a_tail_written_anew_is_named_after_more_was_appended(
    trail: Trail, django_capture_on_commit_callbacks: Any
) -> None:
    last = trail.length
    trail.delete(last - 2, last)
    trail.set_head(last - 3, trail.row(last - 3).mac)
    trail.grow(6, django_capture_on_commit_callbacks)
    assert named(trail) == ("rewritten", last)


def test_a_stored_end_that_was_set_back_is_named(trail: Trail) -> None:
    last = trail.length
    trail.set_head(last - 3, trail.row(last - 3).mac)
    assert named(trail) == ("end", last)


def test_a_tail_rewritten_with_a_plain_hash_is_named(trail: Trail) -> None:
    before = trail.row(4).mac
    for number in range(5, trail.length + 1):
        row = trail.row(number)
        row.reason = "nothing happened"
        row.mac = sha256(f"{before}{number}{row.action}{row.reason}".encode()).hexdigest()
        trail.edit("reason", row.reason, number)
        trail.edit("mac", row.mac, number)
        before = row.mac
    trail.set_head(trail.length, before)
    assert named(trail)[1] == 5


def test_the_key_of_another_organization_seals_nothing_here(trail: Trail, settings: Any) -> None:
    # pragma: allowlist nextline secret  (letters in order)
    settings.PLATFORM_KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="[::1].replace("Q", "R", 1)
    assert named(trail)[1] == 1


def test_the_chain_of_the_platform_is_read_too(trail: Trail) -> None:
    for _ in range(3):
        record_account(action="account.sign_in", user_id=trail.world.alice.pk)
    second = PlatformEntry.objects.order_by("sequence")[1]
    PlatformEntry.objects.filter(pk=second.pk).update(user_id=None)
    fault = verified()["faults"]["platform"]
    assert (fault["code"], fault["sequence"]) == ("edited", second.sequence)


def test_an_organization_that_vanished_is_known_by_its_anchor(trail: Trail) -> None:
    name = str(uuid.uuid4())
    (trail.anchors / f"{name}.json").write_text('{"sequence": 7, "mac": "00"}')
    assert verified()["faults"][name]["code"] == "cut"


def test_an_anchor_that_was_spoiled_is_named(trail: Trail) -> None:
    (trail.anchors / f"{trail.world.northwind.pk}.json").write_text("nothing")
    assert named(trail) == ("anchor", 0)


def test_one_organization_may_be_asked_for(trail: Trail) -> None:
    trail.edit("reason", "another", 5)
    assert verified(organization="southwind")["exit"] == 0
    assert verified(organization="northwind")["exit"] == 1
