"""A face goes at the second that the rules say: after the days, when the person leaves, when consent ends."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.attendance.errors import PinRefused
from apps.attendance.models import PinLock, Punch
from apps.attendance.pins import LOCK, MOST_FAILURES, WINDOW, count_failure, person_by_pin
from apps.attendance.retention import delete_at, due, end_retention, forget_pin_locks, overdue, reference_days
from apps.attendance.services import record_sighting
from apps.enrollment.models import Consent, EnrollmentSession, PersonKey, PrivacyRules, Reference
from apps.enrollment.services import consent_text
from apps.organizations import jobs
from apps.organizations.models import AuditEntry, Job
from apps.people.models import Person
from tests.house.leak_scan import unlike_any
from tests.people.erasing import add_reference
from tests.personas import World, signed_in

pytestmark = pytest.mark.django_db

DAYS = 90
SECOND = timedelta(seconds=1)
NOW = datetime(2026, 3, 29, 0, 30, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time everybody reads; a test moves it."""
    shown = [NOW]
    monkeypatch.setattr("django.utils.timezone.now", lambda: shown[0])
    return shown


@pytest.fixture
def enrolled(northwind: World, clock: list[datetime]) -> Person:
    person = northwind.person
    consent = Consent.objects.create(
        organization=northwind.northwind,
        person=person,
        text=consent_text(organization=northwind.northwind),
        method=Consent.Method.ON_SCREEN,
    )
    session = EnrollmentSession.objects.create(
        organization=northwind.northwind, person=person, consent=consent, state=EnrollmentSession.State.COMPLETE
    )
    add_reference(northwind, session, unlike_any())
    Reference.objects.update(created_at=NOW)  # a model's default is bound to the real clock
    PersonKey.objects.update(made_at=NOW)
    return person


def kept() -> tuple[int, int]:
    return Reference.objects.count(), PersonKey.objects.count()


def test_it_stays_until_the_second_and_goes_at_it(northwind: World, enrolled: Person, clock: list[datetime]) -> None:
    at = delete_at(northwind.northwind, enrolled)
    assert at == NOW + timedelta(days=DAYS)
    clock[0] = at - SECOND
    end_retention(organization=northwind.northwind)
    assert kept() == (1, 1)
    clock[0] = at
    end_retention(organization=northwind.northwind)
    assert kept() == (0, 0)


def test_a_second_later_it_is_gone_and_the_trail_says_so(
    northwind: World, enrolled: Person, clock: list[datetime]
) -> None:
    clock[0] = NOW + timedelta(days=DAYS) + SECOND
    end_retention(organization=northwind.northwind)
    assert kept() == (0, 0)
    assert AuditEntry.objects.get(action="references.expire").subject_id == enrolled.pk
    assert Person.objects.get(pk=enrolled.pk).is_active


def test_a_punch_by_face_begins_the_days_anew(northwind: World, enrolled: Person, clock: list[datetime]) -> None:
    clock[0] = NOW + timedelta(days=80)
    punch(northwind, enrolled, "face", clock[0])
    assert delete_at(northwind.northwind, enrolled) == clock[0] + timedelta(days=DAYS)


def test_a_punch_by_pin_does_not(northwind: World, enrolled: Person, clock: list[datetime]) -> None:
    punch(northwind, enrolled, "pin", NOW + timedelta(days=80))
    assert delete_at(northwind.northwind, enrolled) == NOW + timedelta(days=DAYS)


def punch(world: World, person: Person, source: str, at: datetime) -> None:
    record_sighting(
        organization=world.northwind, camera=world.camera, person=person, occurred_at=at, nonce=source, source=source
    )
    assert Punch.objects.filter(source=source).exists()


@pytest.mark.parametrize("days", [1, 90, 1095])
def test_it_is_as_many_days_as_the_rules_say(
    northwind: World, enrolled: Person, clock: list[datetime], days: int
) -> None:
    PrivacyRules.objects.update_or_create(organization=northwind.northwind, defaults={"reference_days": days})
    assert delete_at(northwind.northwind, enrolled) == NOW + timedelta(days=days)


def test_who_left_is_due_at_once_whatever_way_it_was_written(northwind: World, enrolled: Person) -> None:
    Person.objects.filter(pk=enrolled.pk).update(is_active=False)
    assert overdue(northwind.northwind) == 1
    end_retention(organization=northwind.northwind)
    assert kept() == (0, 0)


def test_without_a_live_consent_it_is_due_at_once(northwind: World, enrolled: Person) -> None:
    Consent.objects.filter(person=enrolled).update(withdrawn_at=NOW)
    assert list(due(northwind.northwind, NOW)) == [enrolled]
    end_retention(organization=northwind.northwind)
    assert kept() == (0, 0)


def test_a_paused_job_shows(northwind: World, enrolled: Person, clock: list[datetime]) -> None:
    clock[0] = NOW + timedelta(days=DAYS) - SECOND
    assert overdue(northwind.northwind) == 0
    clock[0] += 2 * SECOND
    assert overdue(northwind.northwind) == 1
    page = signed_in(northwind.alice).get("/o/northwind/erasures/").content.decode()
    assert "people whose face should be deleted by now" in page


def test_the_loop_runs_it_each_minute(northwind: World, enrolled: Person, clock: list[datetime]) -> None:
    jobs.schedule()
    Job.objects.update(due_at=NOW)
    clock[0] = NOW + timedelta(days=DAYS) + SECOND
    jobs.run_due()
    assert kept() == (0, 0)
    assert Job.objects.get(kind="attendance.end_retention").due_at == clock[0] + timedelta(minutes=1)


def test_a_job_that_ran_late_is_logged(
    northwind: World, enrolled: Person, clock: list[datetime], caplog: pytest.LogCaptureFixture
) -> None:
    clock[0] = NOW + timedelta(days=DAYS, hours=1)
    end_retention(organization=northwind.northwind)
    assert "ran late for 1 people" in caplog.text


def test_a_row_of_rules_that_says_longer_is_cut_to_the_law(northwind: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = PrivacyRules(organization=northwind.northwind, reference_days=4000)
    monkeypatch.setattr("apps.attendance.retention.rules_of", lambda organization: rules)
    assert reference_days(northwind.northwind) == timedelta(days=1095)


def test_what_was_typed_as_a_number_is_forgotten_once_it_locks_nothing(northwind: World, clock: list[datetime]) -> None:
    typed = "123456"  # a PIN, in the field of the number
    with pytest.raises(PinRefused):
        person_by_pin(organization=northwind.northwind, camera=northwind.camera, number=typed, pin=typed, at=NOW)
    for passed, left in ((WINDOW, 1), (WINDOW + SECOND, 0)):
        clock[0] = NOW + passed
        forget_pin_locks(organization=northwind.northwind)
        assert PinLock.objects.filter(number=typed).count() == left


def test_a_lock_that_holds_is_kept_until_it_ends(northwind: World, clock: list[datetime]) -> None:
    for _ in range(MOST_FAILURES):
        count_failure(organization=northwind.northwind, camera=northwind.camera, number="E1", at=NOW)
    PinLock.objects.update(locked_until=NOW + 2 * LOCK)
    for passed, left in ((2 * LOCK - SECOND, 2), (2 * LOCK, 0)):
        clock[0] = NOW + passed
        forget_pin_locks(organization=northwind.northwind)
        assert PinLock.objects.count() == left
