"""Tables as CSV or XLSX: the table of the page, every row of the filter, and no cell a formula.

A CSV is streamed: its rows are read a few at a time by key, so that a year of punches fits into memory and no
transaction or cursor stays open while a slow reader takes it. The response outlives the request, and with it the
organization the middleware opened: each read opens it again.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django_tables2.export import TableExport
from tablib import Dataset

from apps.organizations.errors import WrongChoice
from apps.organizations.tables import OrganizationTable
from apps.organizations.tenancy import acting_for

FORMATS = ("csv", "xlsx")
ROWS_A_READ = 500
# A spreadsheet runs what starts with one of these, full-width forms and control characters included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A workbook cannot hold these at all; one of them in a name would end every download in an error.
NOT_IN_A_WORKBOOK = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def export(table: OrganizationTable, form: str, name: str) -> HttpResponseBase:
    """The whole table as a download. Raises WrongChoice for another form than csv or xlsx."""
    if form not in FORMATS:
        raise WrongChoice("Choose CSV or XLSX.", code="format_unknown")
    return _csv(table, name) if form == "csv" else _workbook(table, name)


def _csv(table: OrganizationTable, name: str) -> StreamingHttpResponse:
    keys = list(table.data.data.values_list("pk", flat=True))
    attachment = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingHttpResponse(_parts(table, keys), content_type="text/csv; charset=utf-8", headers=attachment)


async def _parts(table: OrganizationTable, keys: Sequence[UUID]) -> AsyncIterator[str]:
    yield _written([next(_values(table, []))])
    for start in range(0, len(keys), ROWS_A_READ):
        yield await sync_to_async(_part)(table, keys[start : start + ROWS_A_READ])


def _part(table: OrganizationTable, keys: Sequence[UUID]) -> str:
    with acting_for(table.organization):
        _, *rows = _values(table, table.data.data.filter(pk__in=keys))
    return _written(rows)


def _values(table: OrganizationTable, rows: Any) -> Any:
    """The heading, then the rows, as the page's own table words them; columns that only the page hides come along."""
    return type(table)(rows, organization=table.organization).as_values()


def _written(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue()


def _workbook(table: OrganizationTable, name: str) -> HttpResponse:
    for column in table.columns.names():
        table.columns.show(column)
    written = TableExport("xlsx", table)
    written.dataset = harmless(written.dataset)
    response: HttpResponse = written.response(f"{name}.xlsx")
    return response


def harmless(dataset: Dataset) -> Dataset:
    """The same rows with an apostrophe before every text that a spreadsheet would run as a formula."""
    return Dataset(*[[_plain(cell) for cell in row] for row in dataset], headers=dataset.headers)


def _plain(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = NOT_IN_A_WORKBOOK.sub("", cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
