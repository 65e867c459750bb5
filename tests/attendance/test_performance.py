"""How recognition fares: what counts as a second try, by site, and when faces have drifted."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.attendance.models import Sighting, Source
from apps.attendance.performance import DRIFT_SHARE, Tries, Week, has_drifted, tries_of, weeks_of, whole
from apps.attendance.services import count_approach
from apps.attendance.tries_words import tries_words
from apps.enrollment.engine_choice import choose_engine
from apps.enrollment.models import EngineChoice
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from tests.personas import World, signed_in

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PAGE = "/o/northwind/recognition/use/"


def sighted(world: World, code: str = "punched", **changes: Any) -> Sighting:
    fields = {
        "source": Source.FACE,
        "similarity": 0.98,
        "occurred_at": NOW - timedelta(days=1),
        "nonce": uuid.uuid4().hex,
    }
    return Sighting.objects.create(
        organization=world.northwind, camera=world.camera, person=world.person, code=code, **{**fields, **changes}
    )


def tries(world: World) -> Tries:
    return whole(tries_of(world.northwind, NOW))


@pytest.mark.django_db
class TestTries:
    def test_who_is_booked_needed_one_try(self, northwind: World) -> None:
        sighted(northwind)
        sighted(northwind, "already_in")
        assert (tries(northwind).approaches, tries(northwind).failures) == (2, 0)

    def test_who_confirmed_was_asked_and_did_not_fail(self, northwind: World) -> None:
        sighted(northwind, source=Source.FACE_CONFIRMED)
        assert (tries(northwind).found, tries(northwind).asked) == (1, 1)

    def test_a_pin_is_no_approach(self, northwind: World) -> None:
        sighted(northwind, source=Source.PIN)
        assert tries(northwind).approaches == 0

    @pytest.mark.parametrize("code", ["not_me", "liveness_unsure", "face_not_enough"])
    def test_who_is_sent_to_the_pin_failed(self, northwind: World, code: str) -> None:
        sighted(northwind, code, nonce=f"{uuid.uuid4().hex}.{code}")
        assert tries(northwind).failed == {code: 1}

    def test_one_approach_that_was_doubted_and_then_booked_counts_once(self, northwind: World) -> None:
        approach = uuid.uuid4().hex
        sighted(northwind, "not_live", nonce=f"{approach}.not_live")
        sighted(northwind, nonce=approach)
        assert (tries(northwind).approaches, tries(northwind).failures) == (1, 0)

    def test_what_named_nobody_failed_and_what_is_counted_twice_counts_once(self, northwind: World) -> None:
        for code in ("unknown", "ambiguous", "not_live"):  # not_live leaves a sighting as well
            count_approach(organization=northwind.northwind, camera=northwind.camera, code=code, at=NOW)
        sighted(northwind, "not_live", nonce=f"{uuid.uuid4().hex}.not_live")
        assert tries(northwind).failures == 3

    def test_older_than_thirty_days_is_not_counted(self, northwind: World) -> None:
        sighted(northwind, occurred_at=NOW - timedelta(days=31))
        assert tries(northwind).approaches == 0

    def test_the_other_organization_is_not_counted(self, world: World) -> None:
        with acting_for(world.southwind):
            count_approach(organization=world.southwind, camera=world.south_camera, code="unknown", at=NOW)
        with acting_for(world.northwind):
            assert tries(world).approaches == 0


def test_few_approaches_are_not_enough() -> None:
    assert (Tries(found=299).is_enough, Tries(found=300).is_enough) == (False, True)


def test_the_sentence_says_one_in_how_many_and_of_how_many() -> None:
    some = Tries(found=9_800)
    some.failed["unknown"] = 200
    assert tries_words(some) == "About 1 in 50 approaches did not end in a punch (200 of 10,000, 2.0 %)."


def test_a_share_too_large_for_one_in_so_many_is_said_as_counted() -> None:
    some = Tries(found=1)
    some.failed["unknown"] = 3
    assert tries_words(some) == "3 of 4 approaches did not end in a punch (75.0 %)."


def weeks(*middles: float | None) -> list[Week]:
    return [Week(NOW, 100, middle) for middle in middles]


class TestDrift:
    LINE, USUAL = 0.40, 0.70

    def test_a_sixth_of_the_way_to_the_line_is_an_alarm(self) -> None:
        fallen = self.USUAL - DRIFT_SHARE * (self.USUAL - self.LINE)
        assert has_drifted(weeks(0.71, 0.70, 0.69, fallen - 0.001), self.LINE)
        assert not has_drifted(weeks(0.71, 0.70, 0.69, fallen + 0.001), self.LINE)

    def test_an_engine_whose_scores_lie_close_is_measured_by_its_own_distance(self) -> None:
        assert has_drifted(weeks(0.971, 0.971, 0.967), 0.953)
        assert not has_drifted(weeks(0.971, 0.971, 0.969), 0.953)

    @pytest.mark.parametrize("few", [(), (0.7,), (0.7, None), (None, 0.3)])
    def test_without_two_weeks_nothing_is_said(self, few: tuple[float | None, ...]) -> None:
        assert not has_drifted(weeks(*few), self.LINE)

    @pytest.mark.django_db
    def test_a_week_of_too_few_has_no_median_and_none_is_read_from_before_the_engine(self, northwind: World) -> None:
        sighted(northwind)
        newest = weeks_of(northwind.northwind, NOW, NOW - timedelta(days=3))[-1]
        assert (newest.count, newest.middle) == (1, None)
        assert weeks_of(northwind.northwind, NOW, NOW)[-1].count == 0


@pytest.mark.django_db
class TestThePage:
    def test_it_says_when_nobody_stepped_up(self, world: World) -> None:
        page = signed_in(world.alice).get(PAGE).text
        assert "Nobody stepped up to a camera" in page and "Not enough data" in page

    def test_it_tells_the_share_of_each_site(self, world: World) -> None:
        with acting_for(world.northwind):
            for _ in range(3):
                sighted(world, occurred_at=datetime.now(UTC) - timedelta(hours=1))
            count_approach(organization=world.northwind, camera=world.camera, code="unknown", at=datetime.now(UTC))
        page = signed_in(world.bob_as(Role.AUDITOR)).get(PAGE).text
        assert "About 1 in 4 approaches" in page and "nobody was recognised (1)" in page

    def test_it_draws_the_weeks_and_warns_when_they_fall(self, world: World) -> None:
        choose_engine("dlib")
        EngineChoice.objects.update(chosen_at=datetime.now(UTC) - timedelta(days=100))
        with acting_for(world.northwind):
            for days, similarity in ((9, 0.985), (2, 0.96)):
                at = datetime.now(UTC) - timedelta(days=days)
                for _ in range(100):
                    sighted(world, occurred_at=at, similarity=similarity)
        page = signed_in(world.alice).get(PAGE).text
        assert "Faces drift away" in page and page.count("<rect") >= 12
