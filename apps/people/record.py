"""A person's own record: everything kept of them, as a ZIP of tables that people and programs can read.

What it holds is the erasure plan's: a table of the plan that is not in here is named in its README, with the reason.
"""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from tablib import Dataset

from apps.organizations import audit
from apps.organizations.exports import harmless
from apps.organizations.models import Organization
from apps.people.erasure import Part, plan
from apps.people.models import Person

Rows = list[dict[str, Any]]


def hand_out_record(*, organization: Organization, person: Person) -> bytes:
    """The record as a ZIP; that it was handed out stands in the audit trail."""
    made = record_of(organization, person)
    audit.record(organization=organization, action="person.hand_out", subject=person)
    return made


def record_of(organization: Organization, person: Person) -> bytes:
    """A README, and each table as CSV and as JSON, in UTF-8. No vector, no key, no hash is in it."""
    packed = io.BytesIO()
    parts = [(part, rows_of(part, organization, person)) for part in plan()]
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _readme(organization, parts))
        for part, rows in parts:
            if rows:
                archive.writestr(f"{name_of(part)}.json", json.dumps(rows, ensure_ascii=False, indent=1))
                archive.writestr(f"{name_of(part)}.csv", _sheet(rows))
    return packed.getvalue()


def name_of(part: Part) -> str:
    """What the part's files are called: the table's name without its room."""
    return part.name.partition(".")[2]


def rows_of(part: Part, organization: Organization, person: Person) -> Rows:
    """The person's rows of this part, as their record shows them; none where nothing is handed out."""
    if not part.hands_out:
        return []
    found = part.rows(organization, person)
    shown = part.hands_out(found) if callable(part.hands_out) else _shown(found, part.hands_out)
    return [{name: _plain(value) for name, value in row.items()} for row in shown]


def _shown(found: "QuerySet[Any]", paths: Sequence[str]) -> Iterable[Mapping[str, Any]]:
    related = {path.rpartition(".")[0] for path in paths if "." in path}
    rows = found.select_related(*sorted(related)) if related else found
    for row in rows.iterator(chunk_size=500):
        yield {path.replace(".", " "): _at(row, path) for path in paths}


def _at(row: Any, path: str) -> Any:
    """The value at the end of a path of fields; nothing where the path breaks off."""
    for name in path.split("."):
        row = getattr(row, name, None)
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _sheet(rows: Rows) -> bytes:
    dataset = Dataset(*[list(row.values()) for row in rows], headers=list(rows[0]))
    return str(harmless(dataset).export("csv")).encode()


def _readme(organization: Organization, parts: Sequence[tuple[Part, Rows]]) -> str:
    lines = [
        _("What %(organization)s keeps of you, on %(day)s.")
        % {"organization": organization.name, "day": f"{timezone.now():%Y-%m-%d %H:%M} UTC"},
        "",
        _("Each table is here twice: .csv opens in a spreadsheet, .json in a program. No picture of you is kept. "
          "Of your face only encrypted numbers are; they are not in here, because whoever has them could imitate you."),
        "",
        *(f"{name_of(part)} ({len(rows)}): {part.words}" for part, rows in parts if part.hands_out),
        "",
        *(_("Not in here: %(words)s. %(why)s") % {"words": part.words, "why": part.withheld}
          for part, _rows in parts if part.withheld),
        "",
    ]  # fmt: skip
    return "\n".join(str(line) for line in lines)
