"""A list page asks the database as often for many rows as for few."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.attendance.equal_path import MOST_FAILURES
from apps.attendance.models import Direction, PathTry, Punch, Sighting, Source
from apps.attendance.services import count_approach
from apps.attendance.spoof_tests import count_try, end_test, start_test
from apps.enrollment.engine_choice import choose_engine
from apps.enrollment.invitations import invite as invite_to_enroll
from apps.enrollment.models import Consent, DuplicateCase, LookAlike, Reference
from apps.enrollment.services import publish_consent_text
from apps.enrollment.vault import held_key
from apps.integrations.services import create_credential
from apps.organizations.audit import Actor, acting_as, record, record_account
from apps.organizations.invitations import invite
from apps.organizations.models import Camera, DirectionPolicy, Membership, Role, Site, User
from apps.organizations.tenancy import acting_for
from apps.people.models import Department, ErasureReceipt, Person, Responsibility
from apps.people.services import record_view
from tests.attendance.punches import booked_at
from tests.house.addresses import RECEIPT, addresses, open_session
from tests.personas import World, signed_in, supervisor_of

pytestmark = pytest.mark.usefixtures("standing_world")

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


def add_own_punches(world: World, count: int) -> None:
    add_people(world, count)
    Person.objects.filter(pk=world.person.pk).update(user=world.alice)
    for _ in range(count):
        booked_at(world, datetime.now(UTC) - timedelta(minutes=1))


def add_look_alikes(world: World, count: int) -> None:
    choose_engine("dlib")
    add_people(world, 2 * count)
    fresh = list(Person.objects.order_by("-created_at")[: 2 * count])
    for person, other in zip(fresh[:count], fresh[count:], strict=True):
        LookAlike.objects.create(
            organization=world.northwind, person=person, other=other, space=a_space(world), similarity=0.96
        )


def a_space(world: World) -> str:
    """The space of the packaged engine, in which one person is enrolled."""
    space = "dlib/mtcnn/dlib-points.1/000000000000"
    if not Reference.objects.filter(space=space).exists():
        session = open_session(world.northwind, world.person)
        Reference.objects.create(
            organization=world.northwind,
            person=world.person,
            consent=session.consent,
            session=session,
            key=held_key(world.northwind, world.person),
            space=space,
            ciphertext=b"",
            face_px=200,
            sharpness=100,
            is_active=True,
        )
    return space


def add_sightings(world: World, count: int) -> None:
    """At as many cameras, of as many sites."""
    choose_engine("dlib")
    add_cameras(world, count)
    for camera in Camera.objects.order_by("pk")[:count]:
        for at in (datetime.now(UTC) - timedelta(days=days) for days in (1, 9)):
            Sighting.objects.create(
                organization=world.northwind,
                camera=camera,
                person=world.person,
                code="punched",
                source=Source.FACE,
                similarity=0.97,
                occurred_at=at,
                nonce=str(uuid.uuid4()),
            )
        count_approach(organization=world.northwind, camera=camera, code="unknown", at=datetime.now(UTC))


def add_spoof_tests(world: World, count: int) -> None:
    add_cameras(world, count)
    for camera in Camera.objects.order_by("pk")[:count]:
        test = start_test(organization=world.northwind, camera=camera, taken_by=world.alice)
        count_try(organization=world.northwind, test=test, species="print", outcome="refused")
        end_test(organization=world.northwind, test=test)


def add_receipts(world: World, count: int) -> None:
    for _ in range(count):
        ErasureReceipt.objects.create(organization=world.northwind, pseudonym=uuid.uuid4().hex, body=RECEIPT)


def add_minors(world: World, count: int) -> None:
    """People who came of age, and for whom a guardian had agreed."""
    text = publish_consent_text(organization=world.northwind, body=f"{count} agree")
    for number in range(count):
        one = Person.objects.create(
            organization=world.northwind, external_id=f"M{count}.{number}", minor_until=date(2020, 1, 1)
        )
        Consent.objects.create(organization=world.northwind, person=one, text=text, guardian="Pat")


def add_texts(world: World, count: int) -> None:
    for number in range(count):
        publish_consent_text(organization=world.northwind, body=f"Text {count}.{number}")


def add_own_record(world: World, count: int) -> None:
    add_own_punches(world, count)
    with acting_as(Actor("user", world.alice.pk)):
        for _ in range(count):
            record_view(organization=world.northwind, person=Person.objects.get(user=world.alice))


def add_supervisors(world: World, count: int) -> None:
    add_departments(world, count)
    for department in Department.objects.order_by("pk")[:count]:
        user = User.objects.create_user(f"{uuid.uuid4()}@example.org")
        supervisor = Membership.objects.create(organization=world.northwind, user=user, role=Role.SUPERVISOR)
        for what in ({"department": department}, {"site": world.site}):
            Responsibility.objects.create(organization=world.northwind, membership=supervisor, **what)


def add_credentials(world: World, count: int) -> None:
    for _ in range(count):
        create_credential(
            organization=world.northwind, created_by=world.alice, name=str(uuid.uuid4()), permissions=[], days=1
        )


def add_invitations(world: World, count: int) -> None:
    for _ in range(count):
        invite(organization=world.northwind, email=f"{uuid.uuid4()}@example.org", role=Role.AUDITOR, invited_by=None)


def add_entries(world: World, count: int) -> None:
    add_people(world, count)
    for person in Person.objects.order_by("pk")[:count]:
        with acting_as(Actor("user", world.alice.pk)):
            old, new = {"home_site": None}, {"home_site": world.site.pk}
            record(organization=world.northwind, action="person.change", subject=person, old=old, new=new)


def add_sign_ins(world: World, count: int) -> None:
    add_members(world, count)
    for membership in Membership.objects.order_by("-created_at")[:count]:
        record_account(action="account.sign_in", user_id=membership.user_id)


def add_cases(world: World, count: int) -> None:
    add_look_alikes(world, count)
    for pair in LookAlike.objects.all():
        DuplicateCase.objects.get_or_create(
            organization=world.northwind,
            person_id=pair.person_id,
            other_id=pair.other_id,
            defaults={"space": "any", "similarity": 0.97},
        )


def add_left_behind(world: World, count: int) -> None:
    choose_engine("sface")
    add_people(world, count)
    for person in Person.objects.filter(references=None).order_by("-created_at")[:count]:
        session = open_session(world.northwind, person)
        kept = {"person": person, "consent": session.consent, "session": session, "is_active": True}
        kept["key"] = held_key(world.northwind, person)
        measured = {"space": "dlib/mtcnn/any", "ciphertext": b"", "face_px": 200, "sharpness": 100}
        Reference.objects.create(organization=world.northwind, **kept, **measured)


def add_links(world: World, count: int) -> None:
    add_people(world, count)
    for person in Person.objects.order_by("-created_at")[:count]:
        invite_to_enroll(organization=world.northwind, person=person, invited_by=world.alice)


def add_tries(world: World, count: int) -> None:
    """People whose faces failed too often."""
    add_people(world, count)
    for person in Person.objects.order_by("-created_at")[:count]:
        facts = {"camera": world.camera, "person": person, "path": "face", "succeeded": False, "milliseconds": 1}
        for _ in range(MOST_FAILURES + 1):
            PathTry.objects.create(organization=world.northwind, **facts)


LISTS: dict[str, Callable[[World, int], None]] = {
    "/o/northwind/sites/": add_sites,
    "/o/northwind/cameras/": add_cameras,
    "/o/northwind/members/": add_members,
    "/o/northwind/audit/": add_entries,
    "/o/northwind/audit/accounts/": add_sign_ins,
    "/o/northwind/credentials/": add_credentials,
    "/o/northwind/invitations/": add_invitations,
    "/o/northwind/departments/": add_departments,
    "/o/northwind/people/": add_people,
    "/o/northwind/today/": add_punches,
    "/o/northwind/today/rows/": add_punches,
    "/o/northwind/punches/": add_punches,
    "/o/northwind/punches/export/csv/": add_punches,
    "/o/northwind/me/": add_own_punches,
    "/o/northwind/me/export/csv/": add_own_punches,
    "/o/northwind/me/record/": add_own_record,
    "/o/northwind/erasures/": add_receipts,
    "/o/northwind/roles/": add_supervisors,
    "/o/northwind/privacy/": add_minors,
    "/o/northwind/privacy/texts/": add_texts,
    "/o/northwind/recognition/look-alikes/": add_look_alikes,
    "/o/northwind/enrollment/links/": add_links,
    "/o/northwind/enrollment/links/new/": add_people,
    "/o/northwind/recognition/duplicates/": add_cases,
    "/o/northwind/recognition/engine/": add_left_behind,
    "/o/northwind/recognition/ways/": add_tries,
    "/o/northwind/recognition/ways/export/csv/": add_tries,
    "/o/northwind/recognition/use/": add_sightings,
    "/o/northwind/recognition/liveness/": add_spoof_tests,
}


@pytest.mark.django_db
@pytest.mark.parametrize("url", LISTS)
def test_more_rows_ask_no_more_often(world: World, url: str) -> None:
    client = signed_in(world.alice)
    client.get(url)  # the first page of a session also writes when it was last seen
    counts = []
    for rows in (FEW, MANY):
        with acting_for(world.northwind):
            LISTS[url](world, rows)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        counts.append(len(asked))
    assert counts[1] == counts[0]


OF_A_SUPERVISOR = [
    *("/o/northwind/people/", "/o/northwind/departments/", "/o/northwind/punches/", "/o/northwind/punches/add/"),
    *("/o/northwind/today/", "/o/northwind/today/rows/"),
]


@pytest.mark.django_db
@pytest.mark.parametrize("url", OF_A_SUPERVISOR)
def test_a_supervisors_reach_costs_the_same_however_many_they_look_after(world: World, url: str) -> None:
    client, counts = signed_in(supervisor_of(world)), []
    client.get(url)
    for rows in (FEW, MANY):
        with acting_for(world.northwind):
            add_punches(world, rows)
            supervisor_of(world, *Person.objects.all())
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        counts.append(len(asked))
    assert counts[1] == counts[0]


# Reviewed: pages without rows, below the organization itself.
NO_LISTS = {
    *("organizations:home", "organizations:sign_in_rules", "attendance:own_method"),
    *("enrollment:recognition", "enrollment:target", "enrollment:own_line_reset", "attendance:manual_punch"),
    *("enrollment:rules", "enrollment:faces", "enrollment:assessment", "enrollment:assessment_edit"),
    *("enrollment:text_new", "enrollment:withdraw_own", "enrollment:photos"),
}


def test_every_list_is_measured() -> None:
    lists = [one for one in addresses() if "pk" not in one.parameters and not one.name.endswith("_add")]
    assert len(lists) - len(NO_LISTS) == len(LISTS)
