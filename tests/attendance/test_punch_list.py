"""The punch list and its exports: the same rows, filtered the same way, and no cell a spreadsheet would run."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from tablib import Dataset

from apps.attendance.models import Punch
from apps.organizations.exports import FORMULA_STARTS, harmless
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from apps.people.models import Department
from tests.attendance.punches import booked_at, person_named, seen_at, site_in, south_seen_at
from tests.downloads import body
from tests.personas import World, signed_in

pytestmark = pytest.mark.usefixtures("standing_world")

NOON = datetime(2025, 7, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIST, CSV, XLSX = "/o/northwind/punches/", "/o/northwind/punches/export/csv/", "/o/northwind/punches/export/xlsx/"
Row = dict[str, object]


def words(cell: str) -> str:
    """What a reader sees of a cell: its text, without the initials drawn beside a name."""
    return re.sub(r"<span[^>]*aria-hidden[^>]*>.*?</span>|<[^>]+>", "", cell).strip()


@pytest.fixture
def week(world: World) -> World:
    """Three punches of Priya by face, one of Tom by hand in Brisbane, and one in the other organization."""
    with acting_for(world.northwind):
        department = Department.objects.create(organization=world.northwind, name="Ward 3")
    tom = person_named(world.northwind, "E2", "Tom", "Berg", department=department)
    for hours in (48, 24, 0):
        seen_at(world, NOON - hours * HOUR)
    booked_at(world, NOON, person=tom, site=site_in(world.northwind, "Brisbane", "Australia/Brisbane"))
    south_seen_at(world, NOON)
    return world


def get(world: World, address: str, **query: str) -> Any:
    return signed_in(world.alice).get(address, query)


def page_rows(world: World, **query: str) -> list[tuple[str, ...]]:
    table = get(world, LIST, **query).context["table"]
    with acting_for(world.northwind):
        names = ("person", "external_id", "direction")
        return [tuple(words(str(row.get_cell(name))) for name in names) for row in table.rows]


def csv_rows(answer: Any) -> list[Row]:
    return list(csv.DictReader(io.StringIO(body(answer).decode())))


def xlsx_rows(answer: Any) -> list[Row]:
    head, *rows = load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def exported(rows: list[Row]) -> list[tuple[str, ...]]:
    return [tuple(str(row[name]) for name in ("Person", "Person number", "Direction")) for row in rows]


def test_the_list_shows_the_newest_first(week: World) -> None:
    assert [row[0] for row in page_rows(week)][-1] == "Priya Raman"
    assert len(page_rows(week)) == 4


FILTERS = [
    ({}, 4),
    ({"first": "2025-07-01"}, 2),
    ({"last": "2025-06-30"}, 2),
    ({"first": "2025-06-30", "last": "2025-06-30"}, 1),
    ({"q": "tom"}, 1),
    ({"q": "raman priya"}, 3),
    ({"q": "E2"}, 1),
    ({"q": "nobody"}, 0),
    ({"direction": "out"}, 0),
    ({"source": "manual"}, 1),
    ({"source": "face", "first": "2025-07-01"}, 1),
]


@pytest.mark.parametrize(("query", "count"), FILTERS)
def test_the_list_is_filtered(week: World, query: dict[str, str], count: int) -> None:
    assert len(page_rows(week, **query)) == count


@pytest.mark.parametrize(("query", "count"), FILTERS)
def test_an_export_holds_the_rows_of_the_page(week: World, query: dict[str, str], count: int) -> None:
    page = page_rows(week, **query)
    assert exported(csv_rows(get(week, CSV, **query))) == page
    assert exported(xlsx_rows(get(week, XLSX, **query))) == page


def test_the_list_is_filtered_by_site(week: World) -> None:
    assert len(page_rows(week, site=str(week.site.pk))) == 3


def test_a_foreign_site_is_no_choice(week: World) -> None:
    answer = get(week, LIST, site=str(week.south_site.pk))
    assert "Select a valid choice" in answer.content.decode()


def test_the_filter_offers_own_sites_only(week: World) -> None:
    page = get(week, LIST).content.decode()
    assert "Brisbane" in page
    assert "Main gate south" not in page


@pytest.mark.parametrize("address", [LIST, CSV])
def test_the_other_organization_is_never_listed(week: World, address: str) -> None:
    assert "Raman south" not in body(get(week, address)).decode()


def test_the_other_organization_is_never_in_a_workbook(week: World) -> None:
    assert "Priya Raman south" not in str(xlsx_rows(get(week, XLSX)))


def test_a_sorted_page_is_exported_whole(week: World) -> None:
    for number in range(30):
        booked_at(week, NOON - timedelta(days=9, minutes=number))
    assert len(csv_rows(get(week, CSV, per_page="25"))) == 34


def test_each_row_names_its_time_zone(week: World) -> None:
    zones = [row["Time zone"] for row in csv_rows(get(week, CSV))]
    assert sorted(map(str, zones)) == ["Australia/Brisbane", *["Europe/Zurich"] * 3]


def test_each_row_has_the_sites_time_and_the_instant(week: World) -> None:
    (tom,) = csv_rows(get(week, CSV, q="tom"))
    assert (tom["Date"], tom["Time"], tom["Instant (UTC)"]) == ("2025-07-01", "22:00:00", "2025-07-01T12:00:00+00:00")


def test_a_workbook_has_the_columns_of_the_csv(week: World) -> None:
    assert list(xlsx_rows(get(week, XLSX))[0]) == list(csv_rows(get(week, CSV))[0])


def test_a_download_is_named_after_the_organization(week: World) -> None:
    assert 'filename="punches-northwind-' in get(week, CSV).headers["Content-Disposition"]


def test_another_form_is_refused(week: World) -> None:
    assert get(week, "/o/northwind/punches/export/html/").status_code == 422


@pytest.mark.parametrize(("role", "status"), [(Role.AUDITOR, 200), (Role.SUPERVISOR, 403), (Role.OPERATOR, 403)])
def test_who_may_export(week: World, role: Role, status: int) -> None:
    assert signed_in(week.bob_as(role)).get(CSV).status_code == status


def test_the_list_offers_no_export_to_who_may_not(week: World) -> None:
    assert "/export/" not in signed_in(week.bob_as(Role.SUPERVISOR)).get(LIST).content.decode()


def test_a_list_costs_the_same_queries_however_long(
    week: World, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    client = signed_in(week.alice)
    for number in range(20):
        booked_at(week, NOON - timedelta(days=9, minutes=number))
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        client.get(LIST)


EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", '=HYPERLINK("http://x")', " =1", "'=1"]


@pytest.mark.parametrize("name", EVIL)
def test_no_name_becomes_a_formula_in_a_workbook(world: World, name: str) -> None:
    seen_at(world, NOON, person_named(world.northwind, "E2", name, name))
    sheet = load_workbook(io.BytesIO(get(world, XLSX).content)).active
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize("name", EVIL)
def test_no_name_becomes_a_formula_in_a_csv(world: World, name: str) -> None:
    seen_at(world, NOON, person_named(world.northwind, name, name, name))
    for row in csv_rows(get(world, CSV)):
        assert not any(str(cell).startswith(FORMULA_STARTS) for cell in row.values())


@given(st.lists(st.lists(st.text(max_size=12), min_size=3, max_size=3), max_size=4))
def test_no_text_becomes_a_formula(rows: list[list[str]]) -> None:
    plain = harmless(Dataset(*rows, headers=["a", "b", "c"]))
    sheet = load_workbook(io.BytesIO(plain.export("xlsx"))).active
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert not any(cell.data_type == "f" or str(cell.value).startswith(FORMULA_STARTS) for cell in cells)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12))
def test_a_harmless_text_is_left_as_it_is(text: str) -> None:
    (row,) = harmless(Dataset([text], headers=["a"]))
    assert row[0] == (f"'{text}" if text.startswith(FORMULA_STARTS) else text)


def test_a_control_character_in_a_name_does_not_stop_the_export(world: World) -> None:
    seen_at(world, NOON, person_named(world.northwind, "E2", "Bo\x0bb"))
    assert get(world, XLSX).status_code == 200


def test_a_punch_by_hand_shows_who_made_it_and_why(week: World) -> None:
    page = get(week, LIST, source="manual").content.decode()
    assert "alice@example.org: Seen" in page


def test_an_export_says_who_made_a_punch_and_why(week: World) -> None:
    row = csv_rows(get(week, CSV, source="manual"))[0]
    assert (row["Source"], row["Recorded by"], row["Reason"]) == ("By hand", "alice@example.org", "Seen")


@pytest.fixture
def doubtful(week: World) -> World:
    """One of the week's punches is to be looked at again; another was made under a strict policy."""
    with acting_for(week.northwind):
        first, second = Punch.objects.filter(source="face").order_by("occurred_at")[:2]
        Punch.objects.filter(pk=first.pk).update(review="liveness_unsure", liveness="passive")
        Punch.objects.filter(pk=second.pk).update(liveness="strict")
    return week


def test_what_to_review_is_found_by_its_filter(doubtful: World) -> None:
    assert len(page_rows(doubtful, review="yes")) == 1
    assert "To review" in get(doubtful, LIST, review="yes").content.decode()


def test_an_export_says_what_stood_against_a_picture(doubtful: World) -> None:
    told = [str(row["Liveness"]) for row in csv_rows(get(doubtful, CSV))]
    assert sorted(told) == ["", "liveness passive", "liveness strict", "no liveness"]


def test_an_export_says_why_a_punch_is_to_review(doubtful: World) -> None:
    (row,) = csv_rows(get(doubtful, CSV, review="yes"))
    assert str(row["Review"]).startswith("To review: The camera could not tell")


def test_a_face_without_liveness_says_so_in_the_list(week: World) -> None:
    assert get(week, LIST, source="face").content.decode().count("no liveness") == 3
