"""The database refuses to change or delete what stands in the audit trail."""

import pytest
from django.db import DatabaseError, connection, transaction

from apps.organizations.audit import record, record_account
from tests.personas import World

TABLES = ("organizations_auditentry", "organizations_platformentry")
HEADS = ("organizations_audithead", "organizations_platformhead")


@pytest.fixture
def written(northwind: World) -> None:
    for _ in range(2):
        record(organization=northwind.northwind, action="site.look")
        record_account(action="account.sign_in", user_id=northwind.alice.pk)


def refused(sql: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("table", TABLES)
def test_an_entry_cannot_be_changed(table: str) -> None:
    refused(f"update {table} set action = 'nothing'")


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("table", [*TABLES, *HEADS])
def test_nothing_can_be_deleted(table: str) -> None:
    refused(f"delete from {table}")


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("table", HEADS)
def test_the_end_of_a_chain_cannot_go_back(table: str) -> None:
    refused(f"update {table} set sequence = sequence - 1")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_the_flush_of_a_test_leaves_the_triggers_standing(time: str, world: World) -> None:
    record_account(action=f"account.{time}", user_id=None)
    refused("delete from organizations_platformentry")
