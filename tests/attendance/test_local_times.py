"""Wall-clock times of a form become instants: what clocks skipped is refused, what happened twice is asked about."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.attendance.errors import TimeRefused
from apps.attendance.forms import ManualPunchForm, instant
from apps.attendance.models import Direction
from apps.people.reach import EVERYBODY
from tests.personas import World

ZURICH = ZoneInfo("Europe/Zurich")
GAP = datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001  (a wall clock's time has no zone)
FOLD = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001
ZONES = ["Europe/Zurich", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca", "UTC"]


def test_a_time_that_clocks_skipped_is_refused_with_a_code() -> None:
    with pytest.raises(TimeRefused) as refusal:
        instant(GAP, ZURICH)
    assert (refusal.value.code, refusal.value.status) == ("time_refused", 422)


@pytest.mark.parametrize("minute", [0, 59])
def test_the_whole_skipped_hour_is_refused(minute: int) -> None:
    with pytest.raises(TimeRefused):
        instant(GAP.replace(minute=minute), ZURICH)


@pytest.mark.parametrize("local", [GAP.replace(hour=1, minute=59), GAP.replace(hour=3, minute=0)])
def test_the_minutes_beside_the_gap_are_taken(local: datetime) -> None:
    assert instant(local, ZURICH).astimezone(ZURICH).replace(tzinfo=None) == local


def test_the_half_hour_that_lord_howe_skips_is_refused() -> None:
    with pytest.raises(TimeRefused):
        instant(datetime(2026, 10, 4, 2, 15), ZoneInfo("Australia/Lord_Howe"))  # noqa: DTZ001


def test_a_time_that_happened_twice_is_the_first_one() -> None:
    assert instant(FOLD, ZURICH) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_or_the_second_where_it_is_said() -> None:
    assert instant(FOLD, ZURICH, second=True) - instant(FOLD, ZURICH) == timedelta(hours=1)


def test_second_changes_nothing_about_a_time_that_happened_once() -> None:
    noon = FOLD.replace(hour=12)
    assert instant(noon, ZURICH, second=True) == instant(noon, ZURICH)


@given(
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)),  # noqa: DTZ001
    st.sampled_from(ZONES).map(ZoneInfo),
    st.booleans(),
)
def test_an_instant_reads_on_the_sites_clock_as_it_was_typed(local: datetime, zone: ZoneInfo, second: bool) -> None:
    try:
        at = instant(local, zone, second=second)
    except TimeRefused:
        return
    assert at.astimezone(zone).replace(tzinfo=None, fold=0) == local.replace(fold=0)


def form_at(world: World, local: str, **fields: str) -> ManualPunchForm:
    known = {"person": str(world.person.pk), "site": str(world.site.pk), "direction": Direction.IN, "reason": "Seen"}
    return ManualPunchForm({**known, "local_time": local, **fields}, organization=world.northwind, reach=EVERYBODY)


def test_the_form_says_that_clocks_skipped_the_time(northwind: World) -> None:
    errors = form_at(northwind, "2026-03-29T02:30").errors
    assert "Clocks skipped this time" in str(errors["local_time"])


def test_the_form_reads_the_time_on_the_sites_clock(northwind: World) -> None:
    form = form_at(northwind, "2026-07-01T08:15")
    assert form.is_valid()
    assert form.cleaned_data["occurred_at"] == datetime(2026, 7, 1, 6, 15, tzinfo=UTC)


def test_the_form_takes_the_second_of_two(northwind: World) -> None:
    form = form_at(northwind, "2026-10-25T02:30", second_time="on")
    assert form.is_valid()
    assert form.cleaned_data["occurred_at"] == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_form_offers_people_of_this_organization_only(northwind: World) -> None:
    assert not form_at(northwind, "2026-07-01T08:15", person=str(northwind.south_person.pk)).is_valid()


def test_the_form_offers_sites_of_this_organization_only(northwind: World) -> None:
    assert not form_at(northwind, "2026-07-01T08:15", site=str(northwind.south_site.pk)).is_valid()
