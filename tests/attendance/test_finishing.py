"""The night: a day is finished when it is over, whoever is waited for has spoken, and after days down the same."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from apps.attendance import nightly
from apps.attendance.models import CameraSync, DailyRecord, Punch, PunchRuling, RulesVersion, SiteDay
from apps.organizations.models import CameraKey
from tests.personas import World

from .daybook import HOUR, at, give_shift, monday, reckon, record, seen

pytestmark = pytest.mark.django_db
DAY = monday(2)
ONE = timedelta(days=1)


def night(world: World, now: datetime) -> None:
    """What the job does at this instant."""
    for day in nightly.days_to_finish(world.northwind, world.site, now):
        nightly.finish_day(organization=world.northwind, site=world.site, day=day, now=now)


def states() -> list[tuple[date, str]]:
    return list(SiteDay.objects.order_by("date").values_list("date", "state"))


def hashes() -> list[tuple[date, str]]:
    return list(DailyRecord.objects.order_by("attendance_date").values_list("attendance_date", "input_hash"))


def offline_camera(world: World, **told: Any) -> CameraSync:
    CameraKey.objects.create(organization=world.northwind, camera=world.camera, fingerprint="f", public_key=b"k")
    return CameraSync.objects.create(organization=world.northwind, camera=world.camera, may_be_offline=True, **told)


@pytest.fixture
def week(northwind: World) -> World:
    """A shift on working days; Priya came on Monday only."""
    give_shift(northwind)
    seen(northwind, at(DAY, "09:00"), at(DAY, "18:00"))
    return northwind


def test_nothing_is_finished_before_midnight_of_the_site(week: World) -> None:
    night(week, at(DAY, "23:59"))
    assert states() == []


def test_a_day_is_finished_after_it(week: World) -> None:
    night(week, at(DAY + ONE, "00:01"))
    assert states() == [(DAY, "final")] and record(week, DAY).is_final


def test_whoever_did_not_come_is_absent_then_and_not_before(week: World) -> None:
    night(week, at(DAY + ONE, "19:00"))
    assert record(week, DAY + ONE).status == "pending"
    night(week, at(DAY + 2 * ONE, "00:01"))
    assert record(week, DAY + ONE).status == "absent"


def test_a_night_shift_is_waited_for(northwind: World) -> None:
    give_shift(northwind, "22:00", "23:59")
    seen(northwind, at(DAY - ONE, "21:55"), at(DAY - ONE, "23:50"))
    night(northwind, at(DAY + ONE, "00:30"))
    assert dict(states())[DAY] == "open" and record(northwind, DAY).status == "pending"
    night(northwind, at(DAY + ONE, "02:30"))
    assert dict(states())[DAY] == "final" and record(northwind, DAY).status == "absent"


def test_days_down_come_to_the_same_as_every_night(week: World) -> None:
    later = DAY + 4 * ONE
    for n in range(1, 5):
        night(week, at(DAY + n * ONE, "01:00"))
    every_night = hashes()
    SiteDay.objects.all().delete()
    DailyRecord.objects.all().delete()
    night(week, at(later, "01:00"))
    assert hashes() == every_night
    assert [state for _, state in states()] == ["final"] * 4


def test_running_it_again_changes_nothing(week: World) -> None:
    now = at(DAY + 3 * ONE, "01:00")
    night(week, now)
    before = list(DailyRecord.objects.values())
    night(week, now)
    assert list(DailyRecord.objects.values()) == before


class TestCameras:
    def test_a_camera_that_may_still_speak_holds_absences_back(self, week: World) -> None:
        offline_camera(week, heard_at=at(DAY + ONE, "17:00"), synced_until=at(DAY + ONE, "17:00"))
        night(week, at(DAY + 2 * ONE, "01:00"))
        assert dict(states())[DAY + ONE] == "waiting" and record(week, DAY + ONE).status == "pending"

    def test_once_it_has_told_the_day_it_is_finished(self, week: World) -> None:
        sync = offline_camera(week, heard_at=at(DAY + ONE, "17:00"), synced_until=at(DAY + ONE, "17:00"))
        night(week, at(DAY + 2 * ONE, "01:00"))
        sync.synced_until = sync.heard_at = at(DAY + 2 * ONE, "01:30")
        sync.save()
        night(week, at(DAY + 2 * ONE, "02:00"))
        assert dict(states())[DAY + ONE] == "final" and record(week, DAY + ONE).status == "absent"

    def test_silent_for_a_day_it_is_finished_without_it_and_flagged(self, week: World) -> None:
        offline_camera(week, heard_at=at(DAY + ONE, "17:00"), synced_until=at(DAY + ONE, "17:00"))
        night(week, at(DAY + 3 * ONE, "00:30"))
        told = record(week, DAY + ONE)
        assert dict(states())[DAY + ONE] == "provisional"
        assert (told.status, told.exceptions) == ("absent", ["provisional"])

    def test_what_it_tells_later_is_reckoned(self, week: World) -> None:
        offline_camera(week, heard_at=at(DAY + ONE, "17:00"), synced_until=at(DAY + ONE, "17:00"))
        night(week, at(DAY + 3 * ONE, "00:30"))
        seen(week, at(DAY + ONE, "09:00"), at(DAY + ONE, "18:00"))
        reckon(week, DAY + ONE)
        told = record(week, DAY + ONE)
        assert (told.status, told.worked, told.is_final) == ("present", 9 * HOUR, True)

    @pytest.mark.parametrize("change", ["revoked", "online"])
    def test_one_that_will_not_speak_is_not_waited_for(self, week: World, change: str) -> None:
        sync = offline_camera(week)
        if change == "revoked":
            CameraKey.objects.update(revoked_at=at(DAY, "12:00"))
        else:
            CameraSync.objects.filter(pk=sync.pk).update(may_be_offline=False)
        night(week, at(DAY + 2 * ONE, "01:00"))
        assert record(week, DAY + ONE).status == "absent"


class TestClosing:
    @pytest.fixture
    def forgotten(self, northwind: World) -> World:
        give_shift(northwind)
        seen(northwind, at(DAY, "09:00"))
        reckon(northwind, DAY)
        return northwind

    def rules(self, world: World, **terms: Any) -> None:
        RulesVersion.objects.create(
            organization=world.northwind, number=1, valid_from=date(2020, 1, 1), terms={"auto_close_at": 0, **terms}
        )

    def test_without_a_rule_nothing_is_closed(self, forgotten: World) -> None:
        night(forgotten, at(DAY + 2 * ONE, "03:00"))
        assert Punch.objects.count() == 1 and record(forgotten, DAY).exceptions == ["missing_out"]

    @pytest.mark.parametrize(
        ("how", "when"),
        [("shift_end", "18:00"), ("fixed_time", "19:30"), ("max_session", None)],
    )
    def test_it_is_closed_when_the_rule_says_and_waits_for_approval(
        self, forgotten: World, how: str, when: str | None
    ) -> None:
        self.rules(forgotten, auto_close=how, auto_close_at=int(19.5 * HOUR))
        night(forgotten, at(DAY + 2 * ONE, "03:00"))
        made = Punch.objects.get(source="auto")
        assert made.occurred_at == (at(DAY, when) if when else at(DAY, "09:00") + timedelta(hours=16))
        told = record(forgotten, DAY)
        assert told.worked == 0 and "auto_closed" in told.exceptions

    def test_where_no_approval_is_asked_for_it_counts_at_once(self, forgotten: World) -> None:
        self.rules(forgotten, auto_close="shift_end", auto_close_needs_approval=False)
        night(forgotten, at(DAY + 2 * ONE, "03:00"))
        assert record(forgotten, DAY).worked == 9 * HOUR and PunchRuling.objects.get().kind == "approve"

    def test_it_is_closed_once(self, forgotten: World) -> None:
        self.rules(forgotten, auto_close="shift_end")
        for hour in ("03:00", "04:00"):
            night(forgotten, at(DAY + 2 * ONE, hour))
        assert Punch.objects.filter(source="auto").count() == 1


def test_progress_is_told(week: World) -> None:
    night(week, at(DAY + ONE, "00:01"))
    [told] = nightly.progress(week.northwind, DAY)
    assert (told.people, told.done, told.problem) == (1, 1, "")
