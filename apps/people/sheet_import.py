"""What a list of people from an HR system would change here: worked out without writing anything.

Rows are matched by the person number within the organization, departments and sites by their name. A column that is
absent changes nothing; an empty cell empties what may be empty.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from django.core.exceptions import ValidationError

from apps.organizations.errors import WrongChoice
from apps.organizations.exports import FORMULA_STARTS
from apps.organizations.sheets import SheetRow
from apps.people.models import Department, Person

KEY = "external_id"
REQUIRED = (KEY, "given_name", "family_name")
NAMES = ("department", "home_site")
COLUMNS = (*REQUIRED, *NAMES, "is_active")
YES = {"true", "yes", "y", "1", "active"}
NO = {"false", "no", "n", "0", "left"}
MOST_ROWS = 2000  # four seconds in one transaction; longer would keep kiosks waiting

Values = dict[str, Any]


class Kind(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Known:
    """What the organization has: people by number, and the names of its departments and sites."""

    people: Mapping[str, Values]
    departments: frozenset[str]
    sites: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that differs."""

    column: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One row of the file and what it would do; `errors` say what to correct in it."""

    line: int
    number: str
    kind: Kind
    values: Values
    changes: Sequence[Change] = ()
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Every row of the file, and the departments it needs that are not there."""

    rows: Sequence[PlannedRow]
    departments: Sequence[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(row.kind for row in self.rows)
        return {kind.value: found[kind] for kind in Kind}

    @property
    def is_sound(self) -> bool:
        """Whether it can be done: nothing refused, and something to do."""
        counts = self.counts
        return not counts[Kind.REFUSED] and bool(counts[Kind.NEW] or counts[Kind.CHANGED])


def plan(rows: Sequence[SheetRow], known: Known, *, create_departments: bool = False) -> Plan:
    """What these rows would do. Raises WrongChoice for columns that no person has."""
    _refuse_unknown(rows)
    lines = _lines_of_numbers(rows)
    planned = [_planned(row, known, lines, create_departments) for row in rows]
    wanted = {row.values.get("department", "") for row in planned if row.kind != Kind.REFUSED}
    return Plan(planned, sorted(wanted - known.departments - {""}))


def _refuse_unknown(rows: Sequence[SheetRow]) -> None:
    if not rows:
        raise WrongChoice("The file has no row below the names of its columns.", code="sheet_empty")
    columns = [_column(name) for name in rows[0].cells]
    if unknown := [name for name in rows[0].cells if _column(name) not in COLUMNS]:
        said = ", ".join(f"“{name[:40]}”" for name in unknown)
        raise WrongChoice(f"No person has {said}. Use only: {', '.join(COLUMNS)}.", code="columns_unknown")
    if KEY not in columns:
        raise WrongChoice(f"The column {KEY} is missing: rows are matched by it.", code="column_missing")


def _column(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def _lines_of_numbers(rows: Iterable[SheetRow]) -> dict[str, list[int]]:
    lines: dict[str, list[int]] = {}
    for row in rows:
        lines.setdefault(_cells(row).get(KEY, ""), []).append(row.line)
    return lines


def _cells(row: SheetRow) -> dict[str, str]:
    return {_column(name): _plain(text) for name, text in row.cells.items()}


def _plain(text: str) -> str:
    """Without the apostrophe that our own export puts before what a spreadsheet would run."""
    return text[1:] if text.startswith(tuple(f"'{start}" for start in FORMULA_STARTS)) else text


def _planned(row: SheetRow, known: Known, lines: Mapping[str, list[int]], create_departments: bool) -> PlannedRow:
    cells = _cells(row)
    number = cells[KEY]
    stored = known.people.get(number)
    values = _values(cells)
    errors = [*_twice(number, row.line, lines), *_wrong(cells, stored), *_unknown(values, known, create_departments)]
    if errors:
        return PlannedRow(row.line, number, Kind.REFUSED, values, errors=errors)
    if stored is None:
        return PlannedRow(row.line, number, Kind.NEW, values)
    changes = [Change(name, stored[name], value) for name, value in values.items() if stored[name] != value]
    return PlannedRow(row.line, number, Kind.CHANGED if changes else Kind.SAME, values, changes)


def _values(cells: Mapping[str, str]) -> Values:
    """The cells as they are stored; who is active stays as it is where the cell is empty."""
    values: Values = {name: text for name, text in cells.items() if name != "is_active"}
    active = cells.get("is_active", "").lower()
    if active in YES | NO:
        values["is_active"] = active in YES
    return values


def _twice(number: str, line: int, lines: Mapping[str, list[int]]) -> list[str]:
    others = [str(one) for one in lines.get(number, []) if one != line]
    return [f"The number {number} stands on line {', '.join(others)} too."] if number and others else []


def _wrong(cells: Mapping[str, str], stored: Values | None) -> list[str]:
    errors = []
    for name in REQUIRED:
        if name not in cells and stored is None:
            errors.append(f"{name} is missing: this person is new.")
        elif name in cells:
            errors += _refused(Person, name, cells[name])
    if cells.get("is_active", "").lower() not in YES | NO | {""}:
        errors.append(f"is_active is “{cells['is_active'][:40]}”. Write yes or no.")
    return errors


def _unknown(values: Values, known: Known, create_departments: bool) -> list[str]:
    errors = []
    department, home_site = values.get("department", ""), values.get("home_site", "")
    if department and department not in known.departments:
        if create_departments:
            errors += _refused(Department, "name", department)
        else:
            errors.append(f"There is no department “{department[:40]}”. Add it first, or let the import add it.")
    if home_site and home_site not in known.sites:
        errors.append(f"There is no site “{home_site[:40]}”. Add it first.")
    return errors


def _refused(model: type[Person] | type[Department], name: str, text: str) -> list[str]:
    try:
        cast(Any, model._meta.get_field(name)).clean(text, None)
    except ValidationError as error:
        return [f"{name}: {one}" for one in error.messages]
    return []
