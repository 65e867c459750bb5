"""The chain stays one whatever is written at once, and nobody waits for each other for ever."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, transaction

from apps.organizations.audit import held, record
from apps.organizations.audit_anchor import End, anchor, read_anchor
from apps.organizations.audit_verification import verify
from apps.organizations.models import AuditEntry, Organization, Site
from apps.organizations.tenancy import acting_for
from tests.attendance.threads import at_once, wide_pool
from tests.personas import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def pool(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.AUDIT_ANCHORS = tmp_path / "anchors"
    with wide_pool():
        yield


@pytest.fixture
def fresh() -> Organization:
    """An organization nobody has written an entry for."""
    key = uuid.uuid4()
    with acting_for(key):
        return Organization.objects.create(id=key, name="Fresh", slug="fresh")


def test_the_first_entries_of_a_chain_may_come_all_at_once(fresh: Organization) -> None:
    at_once(fresh.pk, [lambda: record(organization=fresh, action="site.look")] * 8)
    with acting_for(fresh):
        assert sorted(AuditEntry.objects.values_list("sequence", flat=True)) == list(range(1, 9))
    assert verify(fresh.pk).fault is None


def test_the_anchor_ends_at_the_newest_entry(fresh: Organization) -> None:
    at_once(fresh.pk, [lambda: record(organization=fresh, action="site.look")] * 8)
    kept = read_anchor(str(fresh.pk))
    assert kept is not None
    assert kept.sequence == 8


def test_a_late_anchor_does_not_move_it_back(fresh: Organization) -> None:
    name, old, new = str(fresh.pk), End(1, "a"), End(2, "b")
    anchor(name, End(0, ""), new, lambda end: True)
    anchor(name, End(0, ""), old, lambda end: True)
    assert read_anchor(name) == new


def test_an_anchor_that_cannot_be_written_costs_nobody_their_act(
    fresh: Organization, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    settings.AUDIT_ANCHORS = tmp_path / "file"
    with acting_for(fresh):
        record(organization=fresh, action="site.look")
        assert AuditEntry.objects.count() == 1
    assert "could not be kept outside" in caplog.text


def test_an_anchor_is_readable_by_its_owner_alone(fresh: Organization, tmp_path: Path) -> None:
    with acting_for(fresh):
        record(organization=fresh, action="site.look")
    assert (tmp_path / "anchors" / f"{fresh.pk}.json").stat().st_mode & 0o777 == 0o600


def requests_that_cross(world: World, block: Callable[[], AbstractContextManager[Any]]) -> list[str]:
    """Two requests of two acts each; the second of the one writes the row that the first of the other holds."""
    with acting_for(world.northwind):
        rows = [Site.objects.create(organization=world.northwind, name=f"Site {n}", time_zone="UTC") for n in range(3)]
    both_wrote = threading.Barrier(2, timeout=20)

    def act(row: Site) -> None:
        Site.objects.filter(pk=row.pk).update(name=f"{row.name}, changed")
        record(organization=world.northwind, action="site.change", subject=row)

    def one() -> str:
        with block():
            act(rows[0])
            both_wrote.wait()
            act(rows[1])
        return "written"

    def other() -> str:
        with block():
            Site.objects.filter(pk=rows[1].pk).update(name="Held")
            both_wrote.wait()
            act(rows[2])
        return "written"

    def tried(request: Callable[[], str]) -> str:
        try:
            return request()
        except OperationalError as error:
            return "deadlock" if "deadlock" in str(error) else str(error)

    return sorted(at_once(world.northwind.pk, [lambda: tried(one), lambda: tried(other)]))


@pytest.mark.services
def test_requests_that_cross_do_not_wait_for_each_other(world: World) -> None:
    assert requests_that_cross(world, held) == ["written", "written"]
    assert verify(world.northwind.pk).fault is None


@pytest.mark.services
def test_they_would_if_each_act_took_the_end_of_the_chain_at_once(world: World) -> None:
    assert requests_that_cross(world, transaction.atomic) == ["deadlock", "written"]
