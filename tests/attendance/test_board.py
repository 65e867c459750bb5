"""Today's board: who is in, who came, in each site's own day, and of this organization alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.attendance import selectors
from apps.attendance.models import Direction
from apps.attendance.selectors import Today
from apps.attendance.templatetags.attendance_times import site_moment
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.people.reach import EVERYBODY
from tests.attendance.punches import booked_at, person_named, seen_at, site_in, south_seen_at
from tests.personas import World, signed_in, supervisor_of

pytestmark = pytest.mark.usefixtures("standing_world")

NOON = datetime(2025, 7, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def today(world: World, at: datetime = NOON) -> Today:
    with acting_for(world.northwind):
        return selectors.today(world.northwind, EVERYBODY, at)


def names(board: Today) -> list[str]:
    return [state.person.name for state in board.inside]


def test_nobody_is_in_before_the_first_punch(world: World) -> None:
    board = today(world)
    assert (board.people, board.present, board.punches, board.newest, board.inside) == (1, 0, 0, [], [])


def test_who_came_is_in(world: World) -> None:
    seen_at(world, NOON - HOUR)
    assert names(today(world)) == ["Priya Raman"]


def test_who_left_is_not_in_but_came_today(world: World) -> None:
    seen_at(world, NOON - 3 * HOUR)
    seen_at(world, NOON - HOUR)
    board = today(world)
    assert (names(board), board.present, board.punches) == ([], 1, 2)


def test_the_newest_punch_comes_first(world: World) -> None:
    punches = [seen_at(world, NOON - hours * HOUR) for hours in (3, 2, 1)]
    assert today(world).newest == punches[::-1]


def test_the_last_to_come_stands_first(world: World) -> None:
    seen_at(world, NOON - 2 * HOUR)
    seen_at(world, NOON - HOUR, person_named(world.northwind, "E2", "Tom"))
    assert names(today(world)) == ["Tom", "Priya Raman"]


def test_a_forgotten_out_does_not_keep_somebody_in_for_ever(world: World) -> None:
    seen_at(world, NOON - 17 * HOUR)
    assert names(today(world)) == []


def test_a_night_shift_is_still_in_after_midnight(world: World) -> None:
    came = datetime(2025, 6, 30, 20, 0, tzinfo=UTC)
    seen_at(world, came)
    board = today(world, came + 6 * HOUR)
    assert (names(board), board.present, board.punches) == (["Priya Raman"], 1, 0)


@pytest.mark.parametrize(
    ("now", "shown"), [(NOON + timedelta(hours=1), "14:00"), (NOON + timedelta(hours=13), "Tue 14:00")]
)
def test_a_time_of_another_day_carries_its_weekday(world: World, now: datetime, shown: str) -> None:
    seen_at(world, NOON)
    with acting_for(world.northwind):
        assert site_moment(selectors.punches_of(world.northwind).get(), now) == shown


def test_who_left_the_company_is_not_in(world: World) -> None:
    seen_at(world, NOON - HOUR)
    with acting_for(world.northwind):
        Person.objects.filter(pk=world.person.pk).update(is_active=False)
    board = today(world)
    assert (names(board), board.people) == ([], 0)


def test_yesterdays_punches_are_not_todays(world: World) -> None:
    seen_at(world, NOON - 24 * HOUR)
    assert today(world).punches == 0


def test_each_site_has_its_own_today(world: World) -> None:
    brisbane = site_in(world.northwind, "Brisbane", "Australia/Brisbane")
    at = datetime(2025, 7, 1, 15, 0, tzinfo=UTC)  # 17:00 on 1 July in Zurich, 01:00 on 2 July in Brisbane
    seen_at(world, at)
    booked_at(world, at - 2 * HOUR, person=person_named(world.northwind, "E2", "Bo"), site=brisbane)  # 23:00 on 1 July
    booked_at(world, at, person=person_named(world.northwind, "E3", "Cy"), site=brisbane)
    assert {punch.person.given_name for punch in today(world, at + HOUR).newest} == {"Priya", "Cy"}


def test_the_other_organization_is_never_on_the_board(world: World) -> None:
    south_seen_at(world, NOON - HOUR)
    board = today(world)
    assert (board.people, board.punches, board.inside) == (1, 0, [])


def test_the_page_counts_and_names(world: World) -> None:
    seen_at(world, timezone.now())
    page = signed_in(world.alice).get("/o/northwind/today/").content.decode()
    assert "Priya Raman" in page
    assert "of 1 people" in page


def test_the_page_shows_the_sites_time(world: World) -> None:
    now = timezone.now()
    seen_at(world, now)
    page = signed_in(world.alice).get("/o/northwind/today/rows/").content.decode()
    assert f"since {now.astimezone(world.site.zone):%H:%M}" in page


def test_the_page_names_its_socket(world: World) -> None:
    assert '"/ws/o/northwind/board/"' in signed_in(world.alice).get("/o/northwind/today/").content.decode()


def test_a_name_is_text_not_markup(world: World) -> None:
    seen_at(world, timezone.now(), person_named(world.northwind, "E2", "<b>Bo</b>"))
    assert "<b>Bo</b>" not in signed_in(world.alice).get("/o/northwind/today/").content.decode()


@pytest.mark.parametrize("page", ["today/", "today/rows/"])
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.EMPLOYEE])
def test_too_small_a_role_sees_no_board(world: World, page: str, role: Role) -> None:
    assert signed_in(world.bob_as(role)).get(f"/o/northwind/{page}").status_code == 403


def test_a_stranger_finds_no_board(world: World) -> None:
    assert signed_in(world.charlie).get("/o/northwind/today/").status_code == 404


def test_a_punch_by_hand_is_booked_from_the_page(world: World) -> None:
    form = {"person": world.person.pk, "site": world.site.pk, "direction": Direction.IN, "reason": "Camera was down"}
    client = signed_in(supervisor_of(world, world.person))
    client.post("/o/northwind/punches/add/", {**form, "local_time": "2025-07-01T08:15"})
    with acting_for(world.northwind):
        punch = selectors.punches_of(world.northwind).get()
    assert (punch.occurred_at, punch.recorded_by) == (datetime(2025, 7, 1, 6, 15, tzinfo=UTC), world.bob)


def by_hand(world: World, **fields: str) -> int:
    form = {"person": str(world.person.pk), "site": str(world.site.pk), "direction": "in", "reason": "Seen"}
    answer = signed_in(world.alice).post(
        "/o/northwind/punches/add/", {**form, "local_time": "2025-07-01T08:15", **fields}
    )
    return answer.status_code


def test_a_second_press_of_the_button_books_no_second_punch(world: World) -> None:
    form = signed_in(world.alice).get("/o/northwind/punches/add/").context["form"]
    nonce = str(form["nonce"].value())
    assert [by_hand(world, nonce=nonce), by_hand(world, nonce=nonce)] == [302, 302]
    with acting_for(world.northwind):
        assert selectors.punches_of(world.northwind).count() == 1


def test_a_form_gone_back_to_and_changed_is_another_punch(world: World) -> None:
    nonce = "6a1bb1f4-6a35-4bd1-8b53-4f1f7e2d7c11"
    by_hand(world, nonce=nonce)
    by_hand(world, nonce=nonce, local_time="2025-07-01T17:00", direction="out")
    with acting_for(world.northwind):
        assert selectors.punches_of(world.northwind).count() == 2


def test_a_future_time_is_an_error_of_the_form(world: World) -> None:
    later = timezone.now() + timedelta(days=2)
    assert by_hand(world, local_time=f"{later:%Y-%m-%dT%H:%M}") == 422
    with acting_for(world.northwind):
        assert not selectors.punches_of(world.northwind).exists()


def test_an_auditor_books_nothing(world: World) -> None:
    assert signed_in(world.bob_as(Role.AUDITOR)).post("/o/northwind/punches/add/").status_code == 403
