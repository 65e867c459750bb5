"""Who leaves takes their face along."""

import pytest

from apps.enrollment.gallery import gallery_for
from apps.enrollment.models import Consent
from apps.people.services import save_person
from apps.recognition.engine import Engine
from tests.personas import World

from .conftest import Enroll, references

pytestmark = pytest.mark.django_db


def leave(world: World) -> None:
    world.person.is_active = False
    save_person(organization=world.northwind, person=world.person)


def test_references_of_who_left_are_deleted(northwind: World, enroll: Enroll) -> None:
    enroll(northwind.person, "ann")
    leave(northwind)
    assert references() == []


def test_their_consent_ends(northwind: World, enroll: Enroll) -> None:
    enroll(northwind.person, "ann")
    leave(northwind)
    assert Consent.objects.get().withdrawn_at is not None


def test_a_gallery_in_memory_forgets_them_at_once(northwind: World, engine: Engine, enroll: Enroll) -> None:
    enroll(northwind.person, "ann")
    gallery_for(northwind.northwind, engine.space)
    leave(northwind)
    assert len(gallery_for(northwind.northwind, engine.space)) == 0


def test_who_stays_keeps_theirs(northwind: World, enroll: Enroll) -> None:
    enroll(northwind.person, "ann")
    save_person(organization=northwind.northwind, person=northwind.person)
    assert references() == [("E1", True)] * 2
