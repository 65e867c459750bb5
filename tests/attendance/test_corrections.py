"""Corrections: asked for, decided by somebody else, previewed exactly, and nothing is ever edited."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from apps.attendance import corrections, ledger
from apps.attendance.corrections import Wish
from apps.attendance.errors import CorrectionRefused, OutOfReach, TimeRefused
from apps.attendance.models import Correction, DailyRecord, DayException, Punch, PunchRuling
from apps.attendance.services import record_manual_punch
from apps.organizations.models import AuditEntry
from apps.people.reach import EVERYBODY, Reach, Scope
from tests.personas import World

from .daybook import HOUR, at, everything, give_shift, monday, reckon, record, seen

pytestmark = pytest.mark.django_db
Sized = Callable[[int, int], int]
DAY = monday()


@pytest.fixture
def forgotten(northwind: World) -> World:
    """Priya came at nine on a Monday and left without the camera."""
    give_shift(northwind)
    seen(northwind, at(DAY, "09:00"))
    reckon(northwind, DAY)
    return northwind


def asked(world: World, *wishes: Wish, by: object = None) -> Correction:
    return corrections.ask(
        organization=world.northwind,
        person=world.person,
        day=DAY,
        reason="The gate stood open",
        wishes=wishes or [Wish.add("out", at(DAY, "18:00"), world.site)],
        by=by or world.bob,  # type: ignore[arg-type]
        reach=EVERYBODY,
    )


def approved(world: World, correction: Correction) -> Correction:
    return corrections.approve(
        organization=world.northwind, correction=correction, by=world.alice, reach=EVERYBODY, note="I saw her"
    )


def test_before_it_the_day_has_no_hours_and_an_exception(forgotten: World) -> None:
    day = record(forgotten, DAY)
    assert (day.worked, day.exceptions) == (0, ["missing_out"])


def test_approved_it_gives_the_day_its_hours_and_takes_the_exception_back(forgotten: World) -> None:
    approved(forgotten, asked(forgotten))
    day = record(forgotten, DAY)
    assert (day.worked, day.last_out, day.exceptions) == (9 * HOUR, at(DAY, "18:00"), [])
    assert not DayException.objects.filter(code="missing_out").exists()


def test_it_adds_a_punch_by_hand_with_its_reason_and_edits_none(forgotten: World) -> None:
    before = Punch.objects.values().get()
    approved(forgotten, asked(forgotten))
    added = Punch.objects.get(source="manual")
    assert (added.reason, added.recorded_by, added.hint) == ("The gate stood open", forgotten.alice, "out")
    assert Punch.objects.values().get(pk=before["id"]) == before
    assert ledger.verify(forgotten.northwind).fault is None


def test_one_made_void_counts_no_more_and_stays_a_fact(forgotten: World) -> None:
    [extra] = seen(forgotten, at(DAY, "18:00"))
    reckon(forgotten, DAY)
    approved(forgotten, asked(forgotten, Wish.void(extra), Wish.add("out", at(DAY, "17:00"), forgotten.site)))
    assert record(forgotten, DAY).worked == 8 * HOUR
    assert Punch.objects.filter(pk=extra.pk).exists() and PunchRuling.objects.get().punch == extra


def test_refused_it_changes_nothing_but_its_state(forgotten: World) -> None:
    before, correction = everything(forgotten), asked(forgotten)
    corrections.refuse(
        organization=forgotten.northwind,
        correction=correction,
        by=forgotten.alice,
        reach=EVERYBODY,
        note="You left at 17",
    )
    correction.refresh_from_db()
    assert (correction.state, correction.note, everything(forgotten)) == ("refused", "You left at 17", before)


def test_withdrawn_it_cannot_be_approved(forgotten: World) -> None:
    correction = asked(forgotten)
    corrections.withdraw(organization=forgotten.northwind, correction=correction, by=forgotten.bob)
    with pytest.raises(CorrectionRefused) as refused:
        approved(forgotten, correction)
    assert refused.value.code == "already_decided" and Punch.objects.count() == 1


def test_nobody_decides_about_what_they_asked_for(forgotten: World) -> None:
    with pytest.raises(CorrectionRefused) as refused:
        approved(forgotten, asked(forgotten, by=forgotten.alice))
    assert refused.value.code == "own_correction"


def test_nor_about_their_own_day(forgotten: World) -> None:
    forgotten.person.user = forgotten.alice
    forgotten.person.save()
    with pytest.raises(CorrectionRefused) as refused:
        approved(forgotten, asked(forgotten))
    assert refused.value.code == "own_correction"


def test_whoever_looks_after_somebody_else_can_neither_ask_nor_decide(forgotten: World) -> None:
    nobodys = Reach(Scope.ONESELF, user_id=forgotten.bob.pk)
    correction = asked(forgotten)
    with pytest.raises(OutOfReach):
        corrections.approve(
            organization=forgotten.northwind, correction=correction, by=forgotten.alice, reach=nobodys, note=""
        )


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (lambda world: Wish.add("out", timezone.now() + timedelta(hours=1), world.site), "time_refused"),
        (lambda world: Wish.add("out", timezone.now() - timedelta(days=500), world.site), "too_long_ago"),
    ],
)
def test_a_time_ahead_or_long_ago_is_refused(forgotten: World, wish: Callable[[World], Wish], code: str) -> None:
    with pytest.raises(TimeRefused) as refused:
        asked(forgotten, wish(forgotten))
    assert refused.value.code == code and not Correction.objects.exists()


def test_every_step_of_it_stands_in_the_trail(forgotten: World) -> None:
    approved(forgotten, asked(forgotten))
    said = AuditEntry.objects.filter(action__startswith="correction.").order_by("sequence")
    assert list(said.values_list("action", flat=True)) == ["correction.request", "correction.approve"]


class TestPreview:
    def test_it_tells_every_figure_that_would_change_and_writes_nothing(self, forgotten: World) -> None:
        correction, before = asked(forgotten), everything(forgotten)
        [change] = corrections.preview(forgotten.northwind, correction, timezone.now())
        assert (change.date, change.before and change.before.worked, change.after and change.after.worked) == (
            DAY,
            0,
            9 * HOUR,
        )
        assert {"worked", "last_out", "exceptions"} <= set(change.changed)
        assert everything(forgotten) == before and Punch.objects.count() == 1

    def test_what_is_previewed_is_what_is_written(self, northwind: World, sized: Sized) -> None:
        """Random weeks and random corrections: the figures of every day, before and after, are those of the preview."""
        give_shift(northwind)
        chance = random.Random(6)
        for week in range(sized(5, 100)):
            _one_week(northwind, chance, week)


def _one_week(world: World, chance: random.Random, week: int) -> None:
    first = DAY - timedelta(days=3 * week % 300)
    made = [_stated(world, chance, one, f"{week} {n}") for n, one in enumerate(_instants(chance, first, 6))]
    reckon(world, first)
    wishes = [Wish.void(one) for one in made if chance.random() < 0.3]
    for one in _instants(chance, first, chance.randrange(1, 4)):
        wishes.append(Wish.add(chance.choice(["in", "out", "break_start"]), one, world.site))
    given = {"organization": world.northwind, "person": world.person, "by": world.bob, "reach": EVERYBODY}
    correction = corrections.ask(day=first, reason="as told", wishes=wishes, **given)  # type: ignore[arg-type]
    now, before = timezone.now(), everything(world)
    told = {one.date: one.after for one in corrections.preview(world.northwind, correction, now)}
    assert everything(world) == before
    approved(world, correction)
    for day, figures in told.items():
        assert _has(world, day) == (figures is not None), day
        if figures is not None:
            after = record(world, day)
            assert (after.worked, after.breaks, after.status, after.late, after.early, after.overtime) == (
                figures.worked, figures.breaks, str(figures.status), figures.late, figures.early, figures.overtime,
            ), day  # fmt: skip
            assert (after.first_in, after.last_out) == (figures.first_in, figures.last_out)
            assert after.exceptions == [str(code) for code in figures.exceptions]


def _instants(chance: random.Random, first: date, count: int) -> list[datetime]:
    days = [first + timedelta(days=n) for n in range(3)]
    return sorted(at(chance.choice(days), f"{chance.randrange(24):02}:{chance.randrange(60):02}") for _ in range(count))


def _stated(world: World, chance: random.Random, one: datetime, nonce: str) -> Punch:
    return record_manual_punch(
        organization=world.northwind,
        reach=EVERYBODY,
        person=world.person,
        site=world.site,
        direction=chance.choice(["in", "out", "auto"]),
        occurred_at=one,
        author=world.alice,
        reason="as told",
        nonce=nonce,
    )


def _has(world: World, day: date) -> bool:
    return DailyRecord.objects.filter(person=world.person, attendance_date=day).exists()
