"""What a list of people would change: worked out row by row, and nothing assumed."""

import pytest

from apps.organizations.errors import WrongChoice
from apps.organizations.sheets import SheetRow
from apps.people.sheet_import import COLUMNS, Kind, Known, Plan, plan

PRIYA = {
    "external_id": "E1",
    "given_name": "Priya",
    "family_name": "Raman",
    "department": "Sales",
    "home_site": "Zurich",
    "is_active": True,
}
KNOWN = Known({"E1": PRIYA}, frozenset({"Sales", "Logistics"}), frozenset({"Zurich"}))
NEW = {"external_id": "E2", "given_name": "Tom", "family_name": "Keller"}


def planned(*rows: dict[str, str], create_departments: bool = False) -> Plan:
    found = [SheetRow(line, cells) for line, cells in enumerate(rows, 2)]
    return plan(found, KNOWN, create_departments=create_departments)


def errors(*rows: dict[str, str]) -> list[str]:
    return [error for row in planned(*rows).rows for error in row.errors]


def test_an_unknown_number_is_a_new_person() -> None:
    assert [row.kind for row in planned(NEW).rows] == [Kind.NEW]


def test_a_known_number_with_other_values_is_a_change() -> None:
    [row] = planned({"external_id": "E1", "family_name": "Iyer"}).rows
    [change] = row.changes
    assert (row.kind, change.column, change.old, change.new) == (Kind.CHANGED, "family_name", "Raman", "Iyer")


def test_the_same_values_change_nothing() -> None:
    same = {name: str(value) for name, value in PRIYA.items()}
    assert [row.kind for row in planned(same).rows] == [Kind.SAME]


def test_a_column_that_is_absent_changes_nothing() -> None:
    assert planned({"external_id": "E1"}).rows[0].kind == Kind.SAME


def test_an_empty_department_means_none() -> None:
    [change] = planned({"external_id": "E1", "department": ""}).rows[0].changes
    assert (change.column, change.new) == ("department", "")


def test_an_empty_activity_stays_as_it_is() -> None:
    assert planned({"external_id": "E1", "is_active": ""}).rows[0].kind == Kind.SAME


@pytest.mark.parametrize(
    ("word", "active"), [("yes", True), ("TRUE", True), ("1", True), ("no", False), ("Left", False)]
)
def test_activity_is_said_in_several_words(word: str, active: bool) -> None:
    assert planned({**NEW, "is_active": word}).rows[0].values["is_active"] is active


@pytest.mark.parametrize("name", ["Given Name", " given_name ", "GIVEN_NAME"])
def test_columns_are_named_in_small_letters_or_not(name: str) -> None:
    assert planned({"external_id": "E2", name: "Tom", "family_name": "Keller"}).rows[0].kind == Kind.NEW


@pytest.mark.parametrize("name", ["id", "organization", "organization_id", "user", "salary"])
def test_a_column_that_no_person_has_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(WrongChoice, match=f"“{name}”") as refused:
        planned({**NEW, name: "x"})
    assert refused.value.code == "columns_unknown"


def test_without_the_number_nothing_can_be_matched() -> None:
    with pytest.raises(WrongChoice, match="external_id is missing"):
        planned({"given_name": "Tom"})


def test_a_file_without_rows_is_refused() -> None:
    with pytest.raises(WrongChoice, match="no row"):
        planned()


def test_a_number_that_stands_twice_is_said_on_both_lines() -> None:
    assert errors(NEW, {**NEW, "given_name": "Tim"}) == [
        "The number E2 stands on line 3 too.",
        "The number E2 stands on line 2 too.",
    ]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"external_id": ""}, "external_id: This field cannot be blank."),
        ({"family_name": ""}, "family_name: This field cannot be blank."),
        ({"given_name": "x" * 81}, "given_name: Ensure this value has at most 80 characters (it has 81)."),
        ({"is_active": "perhaps"}, "is_active is “perhaps”. Write yes or no."),
        ({"department": "Legal"}, "There is no department “Legal”. Add it first, or let the import add it."),
        ({"home_site": "Porto"}, "There is no site “Porto”. Add it first."),
    ],
)
def test_what_is_wrong_with_a_row_is_said(cells: dict[str, str], said: str) -> None:
    assert errors({**NEW, **cells}) == [said]


def test_a_new_person_needs_a_name() -> None:
    assert errors({"external_id": "E2"}) == [
        "given_name is missing: this person is new.",
        "family_name is missing: this person is new.",
    ]


def test_departments_that_are_to_be_added_are_listed_once() -> None:
    rows = [{**NEW, "external_id": f"N{number}", "department": "Legal"} for number in range(3)]
    assert planned(*rows, create_departments=True).departments == ["Legal"]


def test_a_department_with_too_long_a_name_is_not_added() -> None:
    found = planned({**NEW, "department": "x" * 121}, create_departments=True)
    assert found.rows[0].kind == Kind.REFUSED and found.departments == []


def test_one_refused_row_stops_all_of_them() -> None:
    assert not planned(NEW, {**NEW, "external_id": "E3", "home_site": "Porto"}).is_sound
    assert planned(NEW).is_sound


def test_there_must_be_something_to_do() -> None:
    assert not planned({"external_id": "E1"}).is_sound


@pytest.mark.parametrize("text", ["=1+1", "+49", "@home", "-x"])
def test_what_our_export_made_harmless_comes_back_as_it_was(text: str) -> None:
    assert planned({**NEW, "given_name": f"'{text}"}).rows[0].values["given_name"] == text


def test_another_apostrophe_is_part_of_the_name() -> None:
    assert planned({**NEW, "family_name": "'t Hooft"}).rows[0].values["family_name"] == "'t Hooft"


def test_the_columns_are_those_of_the_export() -> None:
    assert set(COLUMNS) == set(PRIYA)
