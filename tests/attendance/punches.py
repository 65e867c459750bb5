"""Makes punches for the tests of pages, lists and exports."""

from datetime import datetime
from itertools import count
from typing import Any

from apps.attendance.models import Direction, Punch, Source
from apps.attendance.services import record_manual_punch, record_sighting
from apps.organizations.models import Organization, Site
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.people.reach import EVERYBODY
from tests.personas import World

_numbers = count()


def seen_at(world: World, at: datetime, person: Person | None = None, **fields: Any) -> Punch:
    """A punch by face at Northwind's kiosk."""
    with acting_for(world.northwind):
        outcome = record_sighting(
            organization=world.northwind,
            camera=fields.pop("camera", world.camera),
            person=person or world.person,
            occurred_at=at,
            nonce=f"seen.{next(_numbers)}",
            **fields,
        )
    assert outcome.punched, outcome
    assert outcome.punch is not None
    return outcome.punch


def south_seen_at(world: World, at: datetime) -> None:
    """A punch in the other organization."""
    with acting_for(world.southwind):
        record_sighting(
            organization=world.southwind,
            camera=world.south_camera,
            person=world.south_person,
            occurred_at=at,
            nonce=f"south.{next(_numbers)}",
        )


def booked_at(world: World, at: datetime, direction: str = Direction.IN, **fields: Any) -> Punch:
    """A punch by hand, at any site and time."""
    known: dict[str, Any] = {"organization": world.northwind, "reach": EVERYBODY, "author": world.alice}
    known |= {"person": world.person, "site": world.site}
    more = {"occurred_at": at, "direction": direction, "reason": "Seen", "nonce": f"booked.{next(_numbers)}"}
    with acting_for(world.northwind):
        punch = record_manual_punch(**{**known, **more, **fields})
    assert punch.source == Source.MANUAL
    return punch


def person_named(organization: Organization, number: str, given: str, family: str = "", **fields: Any) -> Person:
    with acting_for(organization):
        return Person.objects.create(
            organization=organization, external_id=number, given_name=given, family_name=family, **fields
        )


def site_in(organization: Organization, name: str, time_zone: str) -> Site:
    with acting_for(organization):
        return Site.objects.create(organization=organization, name=name, time_zone=time_zone)
