"""One's own time: the person HR linked to the login, their punches and consent, and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.attendance.templatetags.attendance_times import hours_until
from apps.enrollment.services import consent_text, give_consent
from apps.organizations.models import AuditEntry, Membership, Role
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.attendance.punches import booked_at, person_named, seen_at
from tests.downloads import body
from tests.personas import World, signed_in

pytestmark = pytest.mark.usefixtures("standing_world")

ME, CSV, XLSX = "/o/northwind/me/", "/o/northwind/me/export/csv/", "/o/northwind/me/export/xlsx/"
NOON = datetime(2025, 7, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def client(world: World) -> Client:
    """Bob, an employee, who is Priya."""
    with acting_for(world.northwind):
        Person.objects.filter(pk=world.person.pk).update(user=world.bob)
    return signed_in(world.bob_as(Role.EMPLOYEE))


def test_who_is_nobody_is_told_whom_to_ask(world: World) -> None:
    page = signed_in(world.bob_as(Role.EMPLOYEE)).get(ME)
    assert page.status_code == 200 and "Ask HR to link this address" in page.text


def test_who_is_nobody_exports_nothing(world: World) -> None:
    seen_at(world, NOON)
    assert "Priya" not in body(signed_in(world.bob_as(Role.EMPLOYEE)).get(CSV)).decode()


@pytest.mark.parametrize("role", Role)
def test_every_role_has_the_page(world: World, role: Role) -> None:
    assert signed_in(world.bob_as(role)).get(ME).status_code == 200


def test_it_is_the_home_of_an_employee(client: Client) -> None:
    assert client.get("/", follow=True).redirect_chain[-1][0] == ME


def test_it_greets_the_person(client: Client) -> None:
    assert "Hello, Priya" in client.get(ME).text


def test_it_says_that_they_are_in_and_since_when(world: World, client: Client) -> None:
    came = timezone.now() - timedelta(minutes=5)
    seen_at(world, came)
    page = client.get(ME).text
    assert "You are in" in page and "0 h 05" in page and f"{came.astimezone(world.site.zone):%H:%M}" in page


def test_it_says_that_they_are_out(world: World, client: Client) -> None:
    seen_at(world, NOON)
    page = client.get(ME).text
    assert "You are out" in page and "Last punch" in page


def test_before_the_first_punch_nothing_is_claimed(client: Client) -> None:
    page = client.get(ME).text
    assert "No punches yet" in page and "Last punch" not in page


def test_it_lists_own_punches_and_nobody_elses(world: World, client: Client) -> None:
    booked_at(world, NOON, reason="Mine")
    booked_at(world, NOON, person=person_named(world.northwind, "E2", "Tom", "Berg"), reason="Of Tom")
    page = client.get(ME).text
    assert "Mine" in page and "Of Tom" not in page and "Tom Berg" not in page


def test_the_role_does_not_widen_it(world: World, client: Client) -> None:
    booked_at(world, NOON, person=person_named(world.northwind, "E2", "Tom", "Berg"), reason="Of Tom")
    world.bob_as(Role.OWNER)
    assert "Of Tom" not in client.get(ME).text


def test_it_is_filtered_by_day(world: World, client: Client) -> None:
    booked_at(world, NOON, reason="In July")
    booked_at(world, NOON - timedelta(days=9), reason="In June")
    page = client.get(ME, {"first": "2025-07-01"}).text
    assert "In July" in page and "In June" not in page


def test_an_export_holds_own_punches(world: World, client: Client) -> None:
    booked_at(world, NOON)
    booked_at(world, NOON, person=person_named(world.northwind, "E2", "Tom", "Berg"))
    text = body(client.get(CSV)).decode()
    assert "Priya Raman" in text and "Tom Berg" not in text and len(text.splitlines()) == 2


def test_an_export_is_in_the_trail(world: World, client: Client) -> None:
    body(client.get(CSV))
    with acting_for(world.northwind):
        assert AuditEntry.objects.filter(action="punch.export", actor_id=world.bob.pk).count() == 1


def test_a_workbook_is_one(client: Client) -> None:
    assert client.get(XLSX).content.startswith(b"PK")


def test_the_page_leads_to_the_export_of_what_it_shows(client: Client) -> None:
    assert f"{CSV}?first=2025-07-01" in client.get(ME, {"first": "2025-07-01"}).text


def test_it_says_that_they_did_not_agree(client: Client) -> None:
    assert "You have not agreed" in client.get(ME).text


def test_it_says_what_they_agreed_to(world: World, client: Client) -> None:
    with acting_for(world.northwind):
        text = consent_text(organization=world.northwind)
        give_consent(organization=world.northwind, person=world.person, text=text, signature="Priya")
    page = client.get(ME).text
    assert "Agreed, not enrolled" in page and "Version 1" in page


@pytest.mark.parametrize("path", ["today/", "punches/", "people/", "punches/add/", "departments/", "roles/"])
def test_an_employee_opens_nothing_else(client: Client, path: str) -> None:
    assert client.get(f"/o/northwind/{path}").status_code == 403


def test_an_employee_reads_no_record_of_theirs_through_the_pages_of_hr(world: World, client: Client) -> None:
    assert client.get(f"/o/northwind/people/{world.person.pk}/").status_code == 403


def test_being_somebody_elsewhere_shows_nothing_here(world: World) -> None:
    with acting_for(world.southwind):
        Person.objects.filter(pk=world.south_person.pk).update(user=world.bob)
        Membership.objects.create(organization=world.southwind, user=world.bob, role=Role.EMPLOYEE)
    browser = signed_in(world.bob_as(Role.EMPLOYEE))
    assert "Ask HR to link this address" in browser.get(ME).text
    assert "Hello, Priya" in browser.get("/o/southwind/me/").text


@pytest.mark.parametrize(
    ("minutes", "shown"), [(0, "0 h 00"), (5, "0 h 05"), (199, "3 h 19"), (-1, "0 h 00"), (1500, "25 h 00")]
)
def test_hours_and_minutes(minutes: int, shown: str) -> None:
    assert hours_until(NOON, NOON + timedelta(minutes=minutes)) == shown
