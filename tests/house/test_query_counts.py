"""A list page asks the database as often for many rows as for few."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.attendance.models import Direction, Punch, Source
from apps.organizations.models import Camera, DirectionPolicy, Membership, Role, Site, User
from apps.organizations.tenancy import acting_for
from apps.people.models import Department, Person
from tests.house.addresses import addresses
from tests.personas import World, signed_in

FEW, MANY = 2, 20


def add_sites(world: World, count: int) -> None:
    for _ in range(count):
        Site.objects.create(organization=world.northwind, name=f"Site {uuid.uuid4()}", time_zone="UTC")


def add_cameras(world: World, count: int) -> None:
    add_sites(world, count)
    for site in Site.objects.order_by("pk")[:count]:
        Camera.objects.create(organization=world.northwind, site=site, name=f"Camera {uuid.uuid4()}")


def add_members(world: World, count: int) -> None:
    for _ in range(count):
        user = User.objects.create_user(f"{uuid.uuid4()}@example.org")
        Membership.objects.create(organization=world.northwind, user=user, role=Role.AUDITOR)


def add_departments(world: World, count: int) -> None:
    for _ in range(count):
        Department.objects.create(organization=world.northwind, name=f"Department {uuid.uuid4()}")


def add_people(world: World, count: int) -> None:
    add_departments(world, count)
    for department in Department.objects.order_by("pk")[:count]:
        Person.objects.create(
            organization=world.northwind,
            external_id=str(uuid.uuid4()),
            given_name="Ann",
            family_name="Example",
            department=department,
            home_site=world.site,
        )


def add_punches(world: World, count: int) -> None:
    add_people(world, count)
    for person in Person.objects.filter(punches=None).order_by("pk")[:count]:
        Punch.objects.create(
            organization=world.northwind,
            person=person,
            site=world.site,
            camera=world.camera,
            direction=Direction.IN,
            source=Source.FACE,
            policy=DirectionPolicy.TOGGLE,
            number=1,
            occurred_at=datetime.now(UTC) - timedelta(minutes=1),
            time_zone="UTC",
            utc_offset_minutes=0,
            attendance_date=datetime.now(UTC).date(),
            nonce=str(uuid.uuid4()),
        )


LISTS: dict[str, Callable[[World, int], None]] = {
    "/o/northwind/sites/": add_sites,
    "/o/northwind/cameras/": add_cameras,
    "/o/northwind/members/": add_members,
    "/o/northwind/departments/": add_departments,
    "/o/northwind/people/": add_people,
    "/o/northwind/today/": add_punches,
    "/o/northwind/today/rows/": add_punches,
    "/o/northwind/punches/": add_punches,
    "/o/northwind/punches/export/csv/": add_punches,
}


@pytest.mark.django_db
@pytest.mark.parametrize("url", LISTS)
def test_more_rows_ask_no_more_often(world: World, url: str) -> None:
    client = signed_in(world.alice)
    counts = []
    for rows in (FEW, MANY):
        with acting_for(world.northwind):
            LISTS[url](world, rows)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        counts.append(len(asked))
    assert counts[1] == counts[0]


# Reviewed: pages without rows, below the organization itself.
NO_LISTS = {"organizations:home", "enrollment:recognition", "attendance:manual_punch"}


def test_every_list_is_measured() -> None:
    lists = [one for one in addresses() if "pk" not in one.parameters and not one.name.endswith("_add")]
    assert len(lists) - len(NO_LISTS) == len(LISTS)
