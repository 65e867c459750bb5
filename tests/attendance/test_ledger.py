"""The ledger: whatever is done to a fact or a day by SQL is named; erasure and a deleted account are no fault."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.attendance import ledger, seals
from apps.attendance.models import LedgerDay, Punch, PunchRuling
from apps.attendance.services import record_manual_punch, record_sighting
from apps.organizations.models import AuditEntry
from apps.organizations.tenancy import acting_for
from apps.people.erasure import Reason, erase
from apps.people.reach import EVERYBODY
from tests.personas import World

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 7, 6, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def received(punch: Punch, at: datetime) -> Punch:
    """As if it had arrived then."""
    punch.received_at = at
    seals.sealed(punch).save()
    return punch


def punch(world: World, at: datetime) -> Punch:
    """One that the camera made."""
    made = record_sighting(
        organization=world.northwind,
        camera=world.camera,
        person=world.person,
        occurred_at=at,
        nonce=f"n{at.timestamp()}",
    ).punch
    assert made is not None
    return received(made, at)


def stated(world: World, at: datetime) -> Punch:
    """One that Alice stated, with her reason."""
    made = record_manual_punch(
        organization=world.northwind,
        reach=EVERYBODY,
        person=world.person,
        site=world.site,
        direction="in",
        occurred_at=at,
        author=world.alice,
        reason="Forgot her badge",
        nonce=f"m{at.timestamp()}",
    )
    return received(made, at)


def void(world: World, one: Punch, at: datetime) -> PunchRuling:
    made = PunchRuling(
        organization=world.northwind, punch=one, kind="void", ruled_by=world.alice, ruled_at=at, reason="Twice"
    )
    seals.sealed_ruling(made).save(force_insert=True)
    return made


def seal(world: World, now: datetime) -> None:
    for day in ledger.days_to_seal(world.northwind, now):
        ledger.seal_day(organization=world.northwind, day=day)


def fault(world: World, head: dict[str, Any] | None = None) -> ledger.Fault | None:
    return ledger.verify(world.northwind, head).fault


@pytest.fixture
def week(northwind: World) -> list[Punch]:
    """Monday in and out, nothing on Tuesday, a stated in on Wednesday, void on Thursday; sealed until Wednesday."""
    made = [
        punch(northwind, MONDAY),
        punch(northwind, MONDAY + timedelta(hours=9)),
        stated(northwind, MONDAY + 2 * DAY),
    ]
    void(northwind, made[2], MONDAY + 3 * DAY)
    seal(northwind, MONDAY + 3 * DAY + timedelta(hours=1))
    return made


def test_every_day_that_is_over_is_sealed_the_empty_ones_too(northwind: World, week: list[Punch]) -> None:
    days = LedgerDay.objects.order_by("day").values_list("day", "facts")
    assert list(days) == [(date(2026, 7, 6), 2), (date(2026, 7, 7), 0), (date(2026, 7, 8), 1)]
    found = ledger.verify(northwind.northwind)
    assert (found.fault, found.days, found.facts) == (None, 3, 4)


def test_a_day_is_sealed_ten_minutes_after_it_is_over_and_once(northwind: World) -> None:
    punch(northwind, MONDAY)
    midnight = datetime(2026, 7, 7, tzinfo=UTC)
    counts = []
    for minutes in (9, 10, 20):
        seal(northwind, midnight + timedelta(minutes=minutes))
        counts.append(LedgerDay.objects.count())
    assert counts == [0, 1, 1]


def test_each_days_root_stands_in_the_trail(northwind: World, week: list[Punch]) -> None:
    told = [json.loads(entry.new) for entry in AuditEntry.objects.filter(action=ledger.ACTION).order_by("sequence")]
    assert [one["root"] for one in told] == list(LedgerDay.objects.order_by("day").values_list("root", flat=True))


CHANGES: dict[str, Callable[[Punch], dict[str, Any]]] = {
    "the time": lambda one: {"occurred_at": one.occurred_at - timedelta(minutes=5)},
    "the direction": lambda one: {"direction": "out"},
    "what was asked": lambda one: {"hint": "out"},
    "the source": lambda one: {"source": "pin"},
    "the date": lambda one: {"attendance_date": one.attendance_date - DAY},
    "the rules": lambda one: {"policy": "once_per_day"},
    "its number": lambda one: {"number": 70},
    "its zone": lambda one: {"time_zone": "UTC"},
    "the review": lambda one: {"review": "grey"},
    "liveness": lambda one: {"liveness": "strict"},
    "its nonce": lambda one: {"nonce": "another"},
    "its seal": lambda one: {"seal": "0" * 64},
    "no seal": lambda one: {"seal": ""},
}


@pytest.mark.parametrize("at", [0, 2], ids=["by a camera", "by hand"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_altered_punch_is_named(
    northwind: World, week: list[Punch], change: Callable[[Punch], dict[str, Any]], at: int
) -> None:
    Punch.objects.filter(pk=week[at].pk).update(**change(week[at]))
    found = fault(northwind)
    assert found is not None and (found.code, found.fact) == ("fact_altered", week[at].pk)


@pytest.mark.parametrize("change", [{"reason": "Was ill"}, {"reason": ""}], ids=["another", "none"])
def test_so_is_one_with_other_words(northwind: World, week: list[Punch], change: dict[str, str]) -> None:
    Punch.objects.filter(pk=week[2].pk).update(**change)
    found = fault(northwind)
    assert found is not None and (found.code, found.fact) == ("fact_altered", week[2].pk)


def test_so_is_one_said_to_be_somebody_elses(northwind: World, week: list[Punch]) -> None:
    Punch.objects.filter(pk=week[2].pk).update(recorded_by=northwind.bob)
    found = fault(northwind)
    assert found is not None and (found.code, found.fact) == ("fact_altered", week[2].pk)


def test_the_first_one_is_named_where_two_are_altered(northwind: World, week: list[Punch]) -> None:
    Punch.objects.filter(pk__in=[week[1].pk, week[2].pk]).update(review="grey")
    found = fault(northwind)
    assert found is not None and found.fact == week[1].pk


def test_one_moved_to_another_day_is_named(northwind: World, week: list[Punch]) -> None:
    Punch.objects.filter(pk=week[0].pk).update(received_at=MONDAY + DAY)
    found = fault(northwind)
    assert found is not None and (found.code, found.fact) == ("fact_gone", week[0].pk)


def test_one_that_is_not_sealed_yet_is_named_too(northwind: World, week: list[Punch]) -> None:
    late = punch(northwind, MONDAY + 3 * DAY + timedelta(minutes=5))
    assert fault(northwind) is None
    Punch.objects.filter(pk=late.pk).update(direction="in", review="grey")
    found = fault(northwind)
    assert found is not None and found.fact == late.pk


def test_a_ruling_is_a_fact_too(northwind: World, week: list[Punch]) -> None:
    ruling = PunchRuling.objects.get()
    PunchRuling.objects.update(kind="approve")
    found = fault(northwind)
    assert found is not None and (found.code, found.fact) == ("fact_altered", ruling.pk)


def test_a_punch_slipped_into_a_sealed_day_is_named(northwind: World, week: list[Punch]) -> None:
    slipped = Punch.objects.get(pk=week[0].pk)
    slipped.pk, slipped.number, slipped.nonce = Punch().pk, 40, "slipped"
    seals.sealed(slipped).save(force_insert=True)  # whoever has the key, even
    found = fault(northwind)
    assert found is not None and (found.code, found.fact) == ("fact_added", slipped.pk)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"facts": 3}, "day_altered"),
        ({"root": "0" * 64}, "day_altered"),
        ({"leaves": b""}, "day_altered"),
        ({"before": "0" * 64}, "day_altered"),
        ({"mac": "0" * 64}, "day_altered"),
        ({"signature": "AAAA"}, "day_altered"),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)
def test_an_altered_day_is_named(northwind: World, week: list[Punch], change: dict[str, Any], code: str) -> None:
    LedgerDay.objects.filter(day=MONDAY.date()).update(**change)
    found = fault(northwind)
    assert found is not None and (found.code, found.day) == (code, MONDAY.date())


@pytest.mark.parametrize("n", range(3), ids=["the first", "one between", "the last"])
def test_a_day_that_was_taken_out_is_named(northwind: World, week: list[Punch], n: int) -> None:
    day = MONDAY.date() + n * DAY
    LedgerDay.objects.filter(day=day).delete()
    found = fault(northwind)
    assert found is not None and found.code in {"day_gone", "day_altered"}
    assert found.day in {day, day + DAY}


def test_a_ledger_written_anew_differs_from_what_the_trail_and_a_kept_head_say(
    northwind: World, week: list[Punch], monkeypatch: pytest.MonkeyPatch
) -> None:
    head = ledger.head_of(LedgerDay.objects.get(day=MONDAY.date()))
    LedgerDay.objects.all().delete()
    Punch.objects.filter(pk=week[0].pk).update(review="grey")
    seals.sealed(forged := Punch.objects.get(pk=week[0].pk)).save()  # by whoever has the key
    seal(northwind, MONDAY + 3 * DAY + timedelta(hours=1))
    found = fault(northwind)
    assert found is not None and (found.code, found.day) == ("day_rewritten", MONDAY.date()), forged
    monkeypatch.setattr(ledger, "_told_by_the_trail", lambda organization: {})  # as if the trail were lost too
    found = fault(northwind, head)
    assert found is not None and (found.code, found.day) == ("day_rewritten", MONDAY.date())


def test_an_erasure_leaves_it_whole(northwind: World, week: list[Punch]) -> None:
    erase(organization=northwind.northwind, person=northwind.person, reason=Reason.ASKED, by=northwind.alice)
    assert Punch.objects.get(pk=week[2].pk).reason == ""
    found = ledger.verify(northwind.northwind)
    assert (found.fault, found.facts) == (None, 4)


def test_so_does_an_account_that_is_deleted(northwind: World, week: list[Punch]) -> None:
    Punch.objects.filter(pk=week[2].pk).update(recorded_by=None)
    assert fault(northwind) is None


def test_what_retention_removed_is_counted_and_no_fault(northwind: World, week: list[Punch]) -> None:
    LedgerDay.objects.filter(day=MONDAY.date()).update(removed_by="punches after 10 years")
    assert fault(northwind) is None
    PunchRuling.objects.all().delete()


def test_each_organization_has_its_own(world: World) -> None:
    with acting_for(world.northwind):
        punch(world, MONDAY)
        seal(world, MONDAY + DAY)
        [mine] = LedgerDay.objects.all()
        head = json.loads(ledger.head_file(mine))
    with acting_for(world.southwind):
        assert not LedgerDay.objects.exists() and ledger.verify(world.southwind).days == 0
    assert ledger.is_genuine(head["head"], head["signature"], head["public_key"])
    assert not ledger.is_genuine(head["head"] | {"facts": 2}, head["signature"], head["public_key"])


class TestCommand:
    def test_it_names_the_row_and_ends_with_1(
        self, northwind: World, week: list[Punch], capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("verify_ledger", "--json")
        assert "northwind: 4 facts, 3 sealed days, as they were written" in capsys.readouterr().out
        Punch.objects.filter(pk=week[1].pk).update(review="grey")
        with pytest.raises(CommandError, match="northwind"):
            call_command("verify_ledger", "--json")
        told = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert told["faults"]["northwind"]["fact"] == str(week[1].pk)

    def test_a_head_that_was_kept_is_held_against_it(self, northwind: World, week: list[Punch], tmp_path: Path) -> None:
        kept = tmp_path / "head.json"
        call_command("verify_ledger", "--organization", "northwind", "--export", str(kept))
        call_command("verify_ledger", "--organization", "northwind", "--head", str(kept))
        kept.write_text(kept.read_text().replace('"facts": 1', '"facts": 2'))
        with pytest.raises(CommandError, match="was changed"):
            call_command("verify_ledger", "--organization", "northwind", "--head", str(kept))
