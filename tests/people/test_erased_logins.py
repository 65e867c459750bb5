"""The login of whoever is erased goes with all that names it, whatever it was and did before."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from apps.attendance.models import Punch
from apps.attendance.services import record_manual_punch
from apps.organizations.jobs import enqueue
from apps.organizations.models import Invitation, Job, Membership, Role, User
from apps.organizations.start import look
from apps.organizations.tenancy import acting_for
from apps.people.erasure import Reason, erase
from apps.people.models import Person
from apps.people.reach import EVERYBODY
from tests.personas import World

from .erasing import CANARY, Canary, furnish


@pytest.fixture
def canary(world: World) -> Canary:
    return furnish(world)


def erased(world: World, canary: Canary) -> None:
    with acting_for(world.northwind):
        erase(organization=world.northwind, person=canary.person, by=None, reason=Reason.ASKED)


def invited(world: World, role: str, **fields: object) -> None:
    Invitation.objects.create(
        organization=world.northwind,
        email=f"{CANARY}@example.org".lower(),
        role=role,
        token_hash="9" * 64,
        expires_at=timezone.now() + timedelta(days=1),
        **fields,
    )


def addresses(world: World) -> int:
    with acting_for(world.northwind):
        return Invitation.objects.filter(email__icontains=CANARY).count()


@pytest.mark.django_db
def test_the_invitation_of_an_earlier_role_goes_too(world: World, canary: Canary) -> None:
    with acting_for(world.northwind):
        invited(world, Role.HR_MANAGER, accepted_by=canary.person.user, accepted_at=timezone.now())
    erased(world, canary)
    assert addresses(world) == 0


@pytest.mark.django_db
def test_the_invitation_of_a_role_they_still_have_stays(world: World, canary: Canary) -> None:
    with acting_for(world.northwind):
        Membership.objects.filter(user=canary.person.user).update(role=Role.HR_MANAGER)
        invited(world, Role.HR_MANAGER, accepted_by=canary.person.user, accepted_at=timezone.now())
    erased(world, canary)
    assert addresses(world) == 1


def was_somebody_in_southwind(world: World, user: User) -> None:
    """They booked for others there, were erased there as an employee, and are no member any more."""
    with acting_for(world.southwind):
        member = Membership.objects.create(organization=world.southwind, user=user, role=Role.HR_MANAGER)
        booked = {"person": world.south_person, "site": world.south_site, "direction": "in", "nonce": "manual.1"}
        record_manual_punch(
            organization=world.southwind,
            reach=EVERYBODY,
            author=user,
            reason="-",
            occurred_at=timezone.now(),
            **booked,  # type: ignore[arg-type]
        )
        member.role = Role.EMPLOYEE
        member.save()
        person = Person.objects.create(organization=world.southwind, external_id="S9", given_name="-", user=user)
        erase(organization=world.southwind, person=person, by=None, reason=Reason.LEFT)


@pytest.mark.django_db(transaction=True)
def test_a_login_that_another_organizations_rows_name_is_emptied(world: World) -> None:
    canary = furnish(world)
    user = canary.person.user
    assert user
    EmailAddress.objects.create(user=user, email=user.email)
    was_somebody_in_southwind(world, user)
    erased(world, canary)
    look()  # no tombstone of an erasure that was undone
    user.refresh_from_db()
    assert CANARY.lower() not in user.email and not user.is_active and not user.has_usable_password()
    assert not EmailAddress.objects.exists()
    with acting_for(world.southwind):
        assert Punch.objects.get().recorded_by_id == user.pk


@pytest.mark.django_db
def test_the_work_queued_for_others_stays(northwind: World) -> None:
    Person.objects.filter(pk=northwind.person.pk).update(external_id="7")
    northwind.person.refresh_from_db()
    queued: dict[str, dict[str, Any]] = {
        "17": {},
        "a": {"rows": 7},
        "b": {"about": "7"},
        "c": {"of": ["Priya Raman"]},
        "7": {},
    }
    for key, told in queued.items():
        enqueue(organization=northwind.northwind, kind="notice", key=key, **told)
    erase(organization=northwind.northwind, person=northwind.person, by=None, reason=Reason.ASKED)
    assert set(Job.objects.filter(kind="notice").values_list("key", flat=True)) == {"17", "a"}
