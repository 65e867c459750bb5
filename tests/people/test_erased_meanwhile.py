"""What was read before an erasure and is written after it brings nothing of the person back."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from apps.attendance.models import PersonState, Punch, Sighting
from apps.attendance.services import record_refusal, record_sighting
from apps.enrollment import services
from apps.enrollment.errors import EnrollmentError
from apps.enrollment.models import Consent, EnrollmentSession, PersonKey, Reference
from apps.enrollment.services import consent_text, give_consent
from apps.organizations.errors import CodedError
from apps.organizations.tenancy import acting_for
from apps.people import tombstones
from apps.people.erasure import ErasureRefused, Reason, erase
from apps.people.models import Person
from apps.people.services import save_person
from apps.people.staff_list import change_people
from tests.attendance.threads import at_once, wide_pool
from tests.enrollment.conftest import opened
from tests.enrollment.numbers import probe_of, unit
from tests.personas import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def earlier(northwind: World) -> Person:
    """Priya as a program read her just before she was erased."""
    read = Person.objects.get(pk=northwind.person.pk)
    erase(organization=northwind.northwind, person=northwind.person, by=None, reason=Reason.ASKED)
    return read


def sees(world: World, person: Person, nonce: str = "late") -> Any:
    known: dict[str, Any] = {"organization": world.northwind, "camera": world.camera, "nonce": nonce}
    return record_sighting(**known, person=person, occurred_at=timezone.now(), similarity=0.9)


def agrees(world: World, person: Person) -> Any:
    text = consent_text(organization=world.northwind)
    return give_consent(organization=world.northwind, person=person, text=text, signature=person.name)


def is_renamed(world: World, person: Person) -> Any:
    person.given_name = "Asha"
    return save_person(organization=world.northwind, person=person)


def is_moved_with_many(world: World, person: Person) -> Any:
    return change_people(organization=world.northwind, people=[person], home_site=world.site)


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (sees, "person_inactive"),
        (agrees, "person_left"),
        (is_renamed, "person_erased"),
        (is_moved_with_many, "person_erased"),
    ],
)
def test_whatever_was_begun_before_is_refused(
    northwind: World, earlier: Person, act: Callable[[World, Person], Any], code: str
) -> None:
    before = Person.objects.filter(pk=earlier.pk).values().get()
    with pytest.raises(CodedError) as refused:
        act(northwind, earlier)
    assert refused.value.code == code
    assert Person.objects.filter(pk=earlier.pk).values().get() == before
    assert [model.objects.count() for model in (Sighting, Punch, PersonState, Consent)] == [0, 0, 0, 0]


def test_a_refused_approach_leaves_no_sighting_of_them(northwind: World, earlier: Person) -> None:
    known: dict[str, Any] = {"organization": northwind.northwind, "camera": northwind.camera, "person": earlier}
    record_refusal(**known, code="not_me", nonce="late", at=timezone.now(), similarity=0.9)
    assert not Sighting.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_erased_while_cameras_see_them_they_leave_no_sighting(world: World) -> None:
    """Twice as often as they are seen they are erased: one erasure is done, and none waits for ever."""

    def seen(at: int) -> str:
        try:
            sees(world, Person.objects.get(pk=world.person.pk), f"n{at}")
        except CodedError as refused:
            return refused.code
        return "seen"

    def erased() -> str:
        try:
            erase(organization=world.northwind, person=world.person, by=None, reason=Reason.ASKED)
        except ErasureRefused as refused:
            return refused.code
        return "erased"

    with wide_pool():
        answers = at_once(world.northwind.pk, [erased if at % 3 else partial(seen, at) for at in range(12)])
    assert answers.count("erased") == 1 and answers.count("erased_already") == 7
    with acting_for(world.northwind):
        assert (Sighting.objects.count(), PersonState.objects.count()) == (0, 0)
    assert tombstones.revived() == {}


@pytest.mark.django_db(transaction=True)
def test_erased_while_their_face_is_enrolled_nothing_of_it_is_left(world: World) -> None:
    with acting_for(world.northwind):
        session = opened(world.northwind, world.person)

    def keeps(at: int) -> str:
        with suppress(EnrollmentError, ObjectDoesNotExist):  # the visit ended meanwhile
            services.add_draft(organization=world.northwind, session=session, probe=probe_of(unit(1, at)))
        return "kept"

    def erased() -> str:
        erase(organization=world.northwind, person=world.person, by=None, reason=Reason.ASKED)
        return "erased"

    acts: list[Callable[[], str]] = [erased, *(partial(keeps, at) for at in range(9))]
    with wide_pool():
        at_once(world.northwind.pk, acts)
    with acting_for(world.northwind):
        assert [model.objects.count() for model in (Reference, PersonKey, EnrollmentSession)] == [0, 0, 0]
