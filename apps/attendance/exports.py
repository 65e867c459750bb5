"""Punches as CSV or XLSX: the table of the page, every row of the filter, and no cell a formula."""

import re
from typing import Any

from django.http import HttpResponse
from django_tables2.export import TableExport
from tablib import Dataset

from apps.organizations.errors import WrongChoice
from apps.organizations.tables import OrganizationTable

FORMATS = ("csv", "xlsx")
# A spreadsheet runs what starts with one of these, full-width forms and control characters included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A workbook cannot hold these at all; one of them in a name would end every download in an error.
NOT_IN_A_WORKBOOK = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def export(table: OrganizationTable, form: str, name: str) -> HttpResponse:
    """The whole table as a download. Raises WrongChoice for another form than csv or xlsx."""
    if form not in FORMATS:
        raise WrongChoice("Choose CSV or XLSX.", code="format_unknown")
    for column in table.columns.names():
        table.columns.show(column)
    written = TableExport(form, table)
    written.dataset = harmless(written.dataset)
    response: HttpResponse = written.response(f"{name}.{form}")
    return response


def harmless(dataset: Dataset) -> Dataset:
    """The same rows with an apostrophe before every text that a spreadsheet would run as a formula."""
    return Dataset(*[[_plain(cell) for cell in row] for row in dataset], headers=dataset.headers)


def _plain(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = NOT_IN_A_WORKBOOK.sub("", cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
