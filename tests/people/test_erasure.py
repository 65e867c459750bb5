"""An erasure destroys what says who somebody is, keeps their hours under a pseudonym, and tells of both."""

import json

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from apps.attendance.models import PathTry, Punch
from apps.enrollment.gallery import gallery_for
from apps.enrollment.models import Consent, GalleryVersion, PersonKey, Reference
from apps.organizations.models import AuditEntry, Job, Membership, Role, User
from apps.organizations.tenancy import acting_for
from apps.people import tombstones
from apps.people.erasure import ErasureRefused, Fate, Reason, erase, plan
from apps.people.models import ErasureReceipt, Person
from tests.personas import World, signed_in

from .erasing import CANARY, SPACE, Canary, furnish

pytestmark = pytest.mark.django_db


@pytest.fixture
def canary(world: World) -> Canary:
    return furnish(world)


def erased(world: World, canary: Canary) -> ErasureReceipt:
    with acting_for(world.northwind):
        return erase(organization=world.northwind, person=canary.person, by=world.alice, reason=Reason.ASKED)


def test_every_part_finds_rows_beforehand(northwind: World, canary: Canary) -> None:
    canary.person.refresh_from_db()
    found = {part.name: part.rows(northwind.northwind, canary.person).count() for part in plan()}
    assert {name for name, rows in found.items() if not rows} == set()


def test_what_is_destroyed_is_gone_and_the_rest_names_nobody(world: World, canary: Canary) -> None:
    erased(world, canary)
    with acting_for(world.northwind):
        left = {part.name: part.rows(world.northwind, canary.person).count() for part in plan() if part.fate != "kept"}
        person = Person.objects.get(pk=canary.person.pk)
    assert {name: rows for name, rows in left.items() if rows} == {
        "attendance.punch": 2,
        "enrollment.consent": 1,
        "people.person": 1,
    }
    assert person.erased_at
    assert not person.is_active
    assert person.external_id == f"erased-{tombstones.pseudonym(person)[:16]}"


def test_the_receipt_counts_what_there_was(world: World, canary: Canary) -> None:
    with acting_for(world.northwind):
        found = {part.name: part.rows(world.northwind, canary.person).count() for part in plan()}
    told = json.loads(erased(world, canary).body)
    assert {name: rows for fate in Fate for name, rows in told[fate].items()} == found
    assert len(told["keys_destroyed"]) == 1


def test_no_text_of_theirs_is_left_in_any_row(world: World, canary: Canary) -> None:
    erased(world, canary)
    with acting_for(world.northwind):
        texts = [str(row) for part in plan() for row in part.model._default_manager.values()]
    assert [text for text in texts if CANARY.lower() in text.lower()] == []


def test_their_hours_stay(world: World, canary: Canary) -> None:
    with acting_for(world.northwind):
        facts = ("number", "direction", "occurred_at", "source", "nonce", "recorded_by")
        before = list(Punch.objects.order_by("number").values_list(*facts))
        erase(organization=world.northwind, person=canary.person, by=None, reason=Reason.LEFT)
        assert list(Punch.objects.order_by("number").values_list(*facts)) == before
        assert set(Punch.objects.values_list("reason", flat=True)) == {""}


def test_a_live_consent_ends_with_them(world: World, canary: Canary) -> None:
    receipt = erased(world, canary)
    with acting_for(world.northwind):
        consent = Consent.objects.get(person=canary.person)
    assert consent.withdrawn_at == receipt.created_at


def test_a_worker_forgets_the_face(world: World, canary: Canary) -> None:
    with acting_for(world.northwind):
        assert len(gallery_for(world.northwind, SPACE)) == 1
        before = GalleryVersion.objects.get().token
        erase(organization=world.northwind, person=canary.person, by=None, reason=Reason.ASKED)
        assert GalleryVersion.objects.get().token != before
        assert len(gallery_for(world.northwind, SPACE)) == 0
        assert (Reference.objects.count(), PersonKey.objects.count()) == (0, 0)


def test_the_login_that_served_for_this_alone_goes_and_nobody_stays_signed_in(world: World, canary: Canary) -> None:
    client = signed_in(canary.person.user)  # type: ignore[arg-type]
    key = client.session.session_key
    UserSession.objects.create(user=canary.person.user, session_key=key, ip="127.0.0.1", user_agent="-")
    erased(world, canary)
    assert not User.objects.filter(email__icontains=CANARY).exists()
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get("/o/northwind/me/").status_code == 302


def test_whoever_has_another_role_keeps_it(world: World, canary: Canary) -> None:
    user = canary.person.user
    with acting_for(world.northwind):
        Membership.objects.filter(user=user).update(role=Role.HR_MANAGER)
    erased(world, canary)
    with acting_for(world.northwind):
        assert Membership.objects.filter(user=user).exists()


def test_a_login_of_another_organization_stays(world: World, canary: Canary) -> None:
    user = canary.person.user
    assert user
    with acting_for(world.southwind):
        Membership.objects.create(organization=world.southwind, user=user, role=Role.EMPLOYEE)
    erased(world, canary)
    assert User.objects.filter(pk=user.pk).exists()
    with acting_for(world.northwind):
        assert not Membership.objects.filter(user=user).exists()


def test_it_stands_in_the_trail_without_a_word_about_them(world: World, canary: Canary) -> None:
    receipt = erased(world, canary)
    with acting_for(world.northwind):
        entry = AuditEntry.objects.get(action="person.erase")
    assert (entry.actor_id, entry.subject_id, entry.reason) == (world.alice.pk, canary.person.pk, "asked")
    assert json.loads(entry.new) == {"receipt": str(receipt.pk)}


def test_nobody_is_erased_twice(world: World, canary: Canary) -> None:
    erased(world, canary)
    with pytest.raises(ErasureRefused) as refused:
        erased(world, canary)
    assert refused.value.code == "erased_already"


def test_a_reason_is_one_of_four(northwind: World, canary: Canary) -> None:
    with pytest.raises(ValueError, match="Anna"):
        erase(organization=northwind.northwind, person=canary.person, by=None, reason="Anna wished it")
    canary.person.refresh_from_db()
    assert canary.person.erased_at is None


def test_nothing_is_erased_when_no_tombstone_can_be_written(
    world: World, canary: Canary, settings: pytest.FixtureRequest
) -> None:
    blocked = settings.ERASURES.with_name("a_file")  # type: ignore[attr-defined]
    blocked.write_text("not a folder")
    settings.ERASURES = blocked  # type: ignore[attr-defined]
    with pytest.raises(ErasureRefused) as refused:
        erased(world, canary)
    assert (refused.value.code, refused.value.status) == ("tombstone_unwritable", 503)
    with acting_for(world.northwind):
        canary.person.refresh_from_db()
        assert (canary.person.erased_at, Reference.objects.count()) == (None, 1)


def test_who_waited_because_of_them_is_asked_to_come_again(northwind: World, canary: Canary) -> None:
    from_case = northwind.person
    tried = PathTry.objects.count()
    erase(organization=northwind.northwind, person=canary.person, by=None, reason=Reason.ASKED)
    from_case.refresh_from_db()
    assert from_case.erased_at is None
    assert PathTry.objects.filter(person=None).count() == tried == 1
    assert not Job.objects.filter(kind="notice").exists()
    assert {part.fate for part in plan()} == set(Fate)
    assert timezone.now() > canary.person.created_at
