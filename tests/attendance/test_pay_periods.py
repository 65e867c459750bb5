"""Pay periods: a locked day stands as it was paid; what it would be by now is paid once, in the period that is open."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from apps.attendance import corrections, periods
from apps.attendance.corrections import Wish
from apps.attendance.errors import OutOfReach, PeriodRefused
from apps.attendance.models import Adjustment, DailyRecord, PayPeriod, StaleDay, WorkSession
from apps.people.reach import EVERYBODY, Reach, Scope
from tests.personas import World

from .daybook import HOUR, at, give_shift, monday, reckon, record, seen

pytestmark = pytest.mark.django_db
DAY = monday(3)
WEEK = (DAY, DAY + timedelta(days=6))


@pytest.fixture
def paid(northwind: World) -> PayPeriod:
    """A week that is locked: Priya came on Monday at nine, and no out was seen."""
    give_shift(northwind)
    seen(northwind, at(DAY, "09:00"))
    reckon(northwind, DAY)
    period = periods.make_period(organization=northwind.northwind, first=WEEK[0], last=WEEK[1])
    return periods.lock_period(organization=northwind.northwind, period=period, by=northwind.alice)


def put_right(world: World, clock: str) -> None:
    wish = Wish.add("out", at(DAY, clock), world.site)
    given = {"organization": world.northwind, "reach": EVERYBODY}
    correction = corrections.ask(person=world.person, day=DAY, reason="Left", wishes=[wish], by=world.bob, **given)  # type: ignore[arg-type]
    corrections.approve(correction=correction, by=world.alice, **given)  # type: ignore[arg-type]


def test_a_correction_inside_it_leaves_the_row_and_makes_one_adjustment(northwind: World, paid: PayPeriod) -> None:
    before = DailyRecord.objects.values().get(attendance_date=DAY)
    put_right(northwind, "18:00")
    assert DailyRecord.objects.values().get(attendance_date=DAY) == before
    one = Adjustment.objects.get()
    assert (one.attendance_date, one.worked, one.status) == (DAY, 9 * HOUR, "present")
    assert one.period != paid and one.period.first == WEEK[1] + timedelta(days=1)


def test_reckoning_again_makes_no_second_one(northwind: World, paid: PayPeriod) -> None:
    put_right(northwind, "18:00")
    for _ in range(2):
        reckon(northwind, DAY)
    assert Adjustment.objects.count() == 1


def test_a_second_change_is_paid_less_the_first(northwind: World, paid: PayPeriod) -> None:
    put_right(northwind, "18:00")
    put_right(northwind, "17:00")
    changes = list(Adjustment.objects.order_by("made_at").values_list("worked", flat=True))
    assert (len(changes), sum(changes)) == (2, 8 * HOUR)


def test_its_sessions_stand_too(northwind: World, paid: PayPeriod) -> None:
    before = list(WorkSession.objects.filter(attendance_date=DAY).values())
    put_right(northwind, "18:00")
    assert list(WorkSession.objects.filter(attendance_date=DAY).values()) == before


def test_days_after_it_change_as_ever(northwind: World, paid: PayPeriod) -> None:
    later = WEEK[1] + timedelta(days=1)
    seen(northwind, at(later, "09:00"), at(later, "18:00"))
    reckon(northwind, later)
    assert record(northwind, later).worked == 9 * HOUR and not Adjustment.objects.exists()


class TestLocking:
    def test_one_that_is_not_over_is_not_locked(self, northwind: World) -> None:
        today = timezone.localdate()
        period = periods.make_period(organization=northwind.northwind, first=today, last=today + timedelta(days=6))
        with pytest.raises(PeriodRefused) as refused:
            periods.lock_period(organization=northwind.northwind, period=period, by=northwind.alice)
        assert refused.value.code == "period_not_over"

    def test_nor_one_after_an_open_one(self, northwind: World) -> None:
        first, second = (
            periods.make_period(organization=northwind.northwind, first=begin, last=begin + timedelta(days=6))
            for begin in (WEEK[0] - timedelta(days=7), WEEK[0])
        )
        with pytest.raises(PeriodRefused) as refused:
            periods.lock_period(organization=northwind.northwind, period=second, by=northwind.alice)
        assert refused.value.code == "period_earlier_open" and first.state == "open"

    def test_nor_one_of_which_a_day_is_stale(self, northwind: World) -> None:
        period = periods.make_period(organization=northwind.northwind, first=WEEK[0], last=WEEK[1])
        StaleDay.objects.create(organization=northwind.northwind, person=northwind.person, date=DAY)
        with pytest.raises(PeriodRefused) as refused:
            periods.lock_period(organization=northwind.northwind, period=period, by=northwind.alice)
        assert refused.value.code == "period_stale"

    def test_two_do_not_overlap(self, northwind: World, paid: PayPeriod) -> None:
        with pytest.raises(PeriodRefused) as refused:
            periods.make_period(organization=northwind.northwind, first=WEEK[1], last=WEEK[1] + timedelta(days=3))
        assert refused.value.code == "period_overlaps"

    def test_the_job_locks_it_when_its_grace_is_over(self, northwind: World) -> None:
        periods.make_period(organization=northwind.northwind, first=WEEK[0], last=WEEK[1], grace_days=3)
        yesterday = timezone.localdate() - timedelta(days=1)
        periods.make_period(
            organization=northwind.northwind, first=WEEK[1] + timedelta(days=1), last=yesterday, grace_days=3
        )
        periods.lock_due(northwind.northwind)
        assert list(PayPeriod.objects.order_by("first").values_list("state", flat=True)) == ["locked", "open"]


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        (date(2026, 1, 1), date(2026, 1, 31), (date(2026, 2, 1), date(2026, 2, 28))),
        (date(2028, 2, 1), date(2028, 2, 29), (date(2028, 3, 1), date(2028, 3, 31))),
        (date(2026, 7, 6), date(2026, 7, 19), (date(2026, 7, 20), date(2026, 8, 2))),
    ],
)
def test_the_next_one_follows(first: date, last: date, wanted: tuple[date, date]) -> None:
    assert periods.period_after(PayPeriod(first=first, last=last)) == wanted


class TestSigning:
    def test_a_signature_stands_until_something_changes(self, northwind: World, paid: PayPeriod) -> None:
        own, organization = Reach(Scope.ONESELF, user_id=northwind.bob.pk), northwind.northwind
        northwind.person.user = northwind.bob
        northwind.person.save()
        given = {"organization": organization, "period": paid, "person": northwind.person, "by": northwind.bob}
        periods.sign_off(part="employee", reach=own, **given)  # type: ignore[arg-type]
        [signed] = periods.signatures(organization, paid, [northwind.person])[northwind.person.pk]
        assert signed.stands
        DailyRecord.objects.filter(attendance_date=DAY).update(input_hash="another")
        [signed] = periods.signatures(organization, paid, [northwind.person])[northwind.person.pk]
        assert not signed.stands

    def test_nobody_signs_as_somebody_else(self, northwind: World, paid: PayPeriod) -> None:
        given = {"organization": northwind.northwind, "period": paid, "person": northwind.person, "by": northwind.bob}
        with pytest.raises(PeriodRefused):
            periods.sign_off(part="employee", reach=EVERYBODY, **given)  # type: ignore[arg-type]
        with pytest.raises(OutOfReach):
            periods.sign_off(part="supervisor", reach=Reach(Scope.ONESELF, user_id=northwind.bob.pk), **given)  # type: ignore[arg-type]
