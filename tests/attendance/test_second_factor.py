"""People in a look-alike pair: neither punches by face alone, both punch with their PIN."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import numpy as np
import pytest

from apps.attendance import identification, kiosk, pins
from apps.attendance.models import ApproachTally, Punch, Source
from apps.enrollment import duplicates, likeness, services, vault
from apps.enrollment.models import LookAlike
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.recognition.engine import Engine
from apps.recognition.shapes import Image, Probe, Purpose, Vector
from tests.attendance.conftest import Enroll
from tests.enrollment.conftest import add_person, frame_of, opened
from tests.enrollment.numbers import SPACE, Ruler, beside, probe_of, unit
from tests.personas import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick")]
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ELDER, YOUNGER = unit(1, 0), beside(unit(1, 0), 0.46)
"""Noted from the margin below the line on; an approach of either alone leads by far more than the margin."""


@dataclass
class Seer(Ruler):
    """Sees one face in whatever it is shown."""

    vector: Vector = field(default_factory=lambda: ELDER)

    def see(self, image: Image, purpose: Purpose) -> Probe:
        return probe_of(self.vector)


def person_seen(world: World, number: str, vector: Vector) -> Person:
    """Somebody enrolled with this face, as an enrollment ends."""
    person = add_person(world.northwind, number)
    session = opened(world.northwind, person)
    services.add_draft(organization=world.northwind, session=session, probe=probe_of(vector))
    turned = [vault.turned(world.northwind, vector)]
    duplicates.hold_or_complete(world.northwind, session, cast(Engine, Ruler()), turned)
    return person


def approach(world: World, engine: Any, frames: list[Image], track: str) -> dict[str, Any]:
    """What the page is told at the end of three frames."""
    answer: dict[str, Any] = {}
    for seconds, image in enumerate(frames):
        at = NOW + timedelta(seconds=seconds)
        answer = identification.answer_frame(world.camera, track, engine, image, at)
    return answer


def shown(world: World, vector: Vector, track: str = "one") -> dict[str, Any]:
    blank = np.zeros((8, 8, 3), np.uint8)
    return approach(world, Seer(vector=vector), [blank] * 3, track)


@pytest.fixture
def sisters(world: World) -> Any:
    with acting_for(world.northwind):
        yield person_seen(world, "E2", ELDER), person_seen(world, "E3", YOUNGER)


def test_before_her_sister_is_enrolled_the_elder_is_named(world: World) -> None:
    with acting_for(world.northwind):
        person_seen(world, "E2", ELDER)
        assert shown(world, ELDER)["state"] == "recognised"


@pytest.mark.parametrize("vector", [ELDER, YOUNGER], ids=["elder", "younger"])
def test_neither_is_named_by_face_alone(world: World, sisters: Any, vector: Vector) -> None:
    answer = shown(world, vector)
    assert (answer["state"], "name" in answer, Punch.objects.count()) == ("ambiguous", False, 0)


def test_both_punch_with_their_pin(world: World, sisters: Any) -> None:
    for sister in sisters:
        pin = pins.new_pin(organization=world.northwind, person=sister)
        kiosk.punch_by_pin(camera=world.camera, number=sister.external_id, pin=pin, nonce=str(sister.pk), at=NOW)
    assert set(Punch.objects.values_list("person__external_id", "source")) == {("E2", Source.PIN), ("E3", Source.PIN)}


def test_it_is_counted_as_ambiguous(world: World, sisters: Any) -> None:
    shown(world, ELDER)
    assert ApproachTally.objects.get().code == "ambiguous"


def test_who_resembles_nobody_is_named_beside_them(world: World, sisters: Any) -> None:
    person_seen(world, "E4", unit(0, 1))
    assert shown(world, unit(0, 1))["state"] == "recognised"


def test_once_her_sister_left_the_elder_is_named(world: World, sisters: Any) -> None:
    assert shown(world, ELDER)["state"] == "ambiguous"
    services.withdraw_consent(organization=world.northwind, person=sisters[1])
    assert shown(world, ELDER, "two")["state"] == "recognised"


def test_a_pair_of_another_space_asks_nobody(world: World) -> None:
    with acting_for(world.northwind):
        one, other = person_seen(world, "E2", ELDER), person_seen(world, "E3", unit(0, 1))
        LookAlike.objects.create(
            organization=world.northwind, person=one, other=other, space=f"not {SPACE}", similarity=0.9
        )
        assert likeness.needs_second_factor(world.northwind, SPACE) == frozenset()
        assert shown(world, ELDER)["state"] == "recognised"


def test_a_real_face_in_a_pair_is_sent_to_the_pin(world: World, engine: Engine, enroll: Enroll) -> None:
    with acting_for(world.northwind):
        ben = add_person(world.northwind, "E2")
        enroll(world.person, "ann")
        enroll(ben, "ben")
        frames = [frame_of("ann", shift) for shift in (5, -5, 9)]
        alone = approach(world, engine, frames, "one")["state"]
        LookAlike.objects.create(
            organization=world.northwind, person=world.person, other=ben, space=engine.space, similarity=0.9
        )
        services.renew_gallery(organization=world.northwind)
        assert (alone, approach(world, engine, frames, "two")["state"]) == ("recognised", "ambiguous")
