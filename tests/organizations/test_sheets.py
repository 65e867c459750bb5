"""Lists from spreadsheets: what is read, and what is refused with a word on what to change."""

import csv
import io
import time
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from django.core.files.base import ContentFile
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from tablib import Dataset

from apps.organizations.exports import FORMULA_STARTS, harmless
from apps.organizations.sheets import MOST_CHARACTERS, SheetRefused, read_sheet


def read(raw: bytes, **limits: int) -> list[dict[str, str]]:
    return [row.cells for row in read_sheet(ContentFile(raw), **limits)]


def refusal(raw: bytes, **limits: int) -> str:
    with pytest.raises(SheetRefused) as refused:
        read(raw, **limits)
    assert refused.value.message.endswith(".")
    return refused.value.code


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def rewritten(raw: bytes, changes: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The workbook with some of its parts replaced or added."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(written, "w", compression) as new:
        parts = {name: old.read(name) for name in old.namelist()} | changes
        for name, content in parts.items():
            new.writestr(name, content)
    return written.getvalue()


def sheet_of(rows: str, before: str = "") -> bytes:
    """A workbook whose sheet is this XML."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = f'{before}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
    return rewritten(workbook(["Number"]), {"xl/worksheets/sheet1.xml": text.encode()})


PRIYA = [{"Number": "E1", "Name": "Zoë"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_read_as_it_was_saved(encoding: str) -> None:
    assert read("Number,Name\r\nE1,Zoë\r\n".encode(encoding)) == PRIYA


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_text_is_read_with_the_separator_of_its_first_line(separator: str) -> None:
    assert read(f"Number{separator}Name\nE1{separator}Zoë\n".encode()) == PRIYA


def test_a_row_keeps_the_line_it_stands_on() -> None:
    rows = read_sheet(ContentFile(b'Number,Name\n\nE1,"two\nlines"\nE2,Tom\n'))
    assert [row.line for row in rows] == [3, 5]


def test_a_row_of_a_workbook_keeps_its_line() -> None:
    assert [row.line for row in read_sheet(ContentFile(workbook(["Number"], [None], ["E1"])))] == [3]


def test_empty_cells_at_the_end_of_a_line_are_nothing() -> None:
    assert read("Number,Name,,\nE1,Zoë,,\n".encode()) == PRIYA


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Zoë", "Zoë"),
        (1001.0, "1001"),
        (1.5, "1.5"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 8, 30), "2026-03-01T08:30:00"),  # noqa: DTZ001  # a cell has no time zone
        (None, ""),
    ],
)
def test_a_cell_becomes_text(value: object, text: str) -> None:
    assert read(workbook(["Number", "Value"], ["E1", value])) == [{"Number": "E1", "Value": text}]


def test_a_formula_is_never_worked_out() -> None:
    assert read(workbook(["Number", "Name"], ["E1", "=1+1"])) == [{"Number": "E1", "Name": ""}]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "sheet_empty"),
        (b"\n\n", "sheet_empty"),
        (b"Number,\0\n", "sheet_not_text"),
        (b"Number,\x81\n", "sheet_not_text"),
        ("Number\n".encode("utf-16-le"), "sheet_not_text"),
        (b"\xff\xfeN", "sheet_not_text"),
        (b"Number,,Name\n", "sheet_column_unnamed"),
        (b"Number,Number\n", "sheet_column_twice"),
        (b"Number,Name\nE1\n", "sheet_row_ragged"),
        (b"Number,Name\nE1,Zoe,more\n", "sheet_row_ragged"),
        (b'Number,Name\nE1,"Zoe', "sheet_quotes_wrong"),
        (b'Number,Name\nE1,"Zoe"x\n', "sheet_quotes_wrong"),
        (b"Number\n" + b"x" * 1_000_000, "sheet_cell_too_long"),
        (b"Number\n" + b"x" * (MOST_CHARACTERS + 1), "sheet_cell_too_long"),
        (b",".join(b"c%d" % one for one in range(101)), "sheet_too_many_columns"),
        (b"PK\x03\x04 no archive", "sheet_unreadable"),
    ],
)
def test_what_cannot_be_read_is_refused(raw: bytes, code: str) -> None:
    assert refusal(raw) == code


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(SheetRefused, match="Line 3 has 1 cells"):
        read(b"Number,Name\nE1,Zoe\nE2\n")


def test_a_file_beyond_the_limit_is_not_read() -> None:
    assert refusal(b"x" * 1025, most_bytes=1024) == "sheet_too_large"


@pytest.mark.parametrize("raw", [b"N\n1\n2\n3\n", workbook(["N"], [1], [2], [3])], ids=["csv", "xlsx"])
def test_more_rows_than_the_limit_are_refused(raw: bytes) -> None:
    assert (refusal(raw, most_rows=2), len(read(raw, most_rows=3))) == ("sheet_too_many_rows", 3)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ('<row r="99999999999"><c r="A99999999999" t="inlineStr"><is><t>x</t></is></c></row>', "sheet_too_many_rows"),
        ('<row r="1"><c r="ZZZ1" t="inlineStr"><is><t>x</t></is></c></row>', "sheet_too_many_columns"),
        ('<row r="1"><c r="A1" t="s"><v>7</v></c></row>', "sheet_unreadable"),
        ("<row", "sheet_unreadable"),
    ],
)
def test_a_cell_far_out_is_not_looked_for(rows: str, code: str) -> None:
    assert refusal(sheet_of(rows)) == code


BILLION = '<!DOCTYPE z [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
OUTSIDE = '<!DOCTYPE z [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("before", [BILLION, OUTSIDE, f"<!--{'x' * 9000}-->{BILLION}"], ids=["laughs", "file", "late"])
def test_a_workbook_declares_no_entity(before: str) -> None:
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row>'
    assert refusal(sheet_of(cell, before)) == "sheet_foreign_content"


def bomb() -> bytes:
    """About 100 KB that unpack to 35 MB."""
    rows = "".join(f'<row r="{line}"><c r="A{line}"><v>{line}</v></c></row>' for line in range(2000))
    return rewritten(workbook(["N"]), {"xl/worksheets/sheet1.xml": rows.encode() + b" " * 35 * 2**20})


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    raw = bomb()
    began = time.perf_counter()
    assert (refusal(raw), len(raw) < 150_000) == ("sheet_bomb", True)
    assert time.perf_counter() - began < 0.2


def entry(name: str, *, link: bool = False) -> bytes:
    made = zipfile.ZipInfo(name)
    made.external_attr = (0o120777 if link else 0o644) << 16
    written = io.BytesIO(workbook(["N"]))
    with zipfile.ZipFile(written, "a") as archive:
        archive.writestr(made, b"x")
    return written.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        entry("../../etc/cron.d/x"),
        entry("/etc/passwd"),
        entry("C:/x"),
        entry("xl/link", link=True),
        entry("xl/inner.zip"),
        entry("xl/embeddings/other.xlsx"),
        rewritten(workbook(["N"]), {}, zipfile.ZIP_LZMA),
    ],
    ids=["up", "root", "drive", "link", "zip", "workbook", "lzma"],
)
def test_a_workbook_holds_nothing_foreign(raw: bytes) -> None:
    assert refusal(raw) == "sheet_foreign_content"


@pytest.mark.parametrize(
    "parts",
    [
        {f"xl/{number}.bin": b"" for number in range(201)},
        {f"xl/{number}.bin": b"" for number in range(20_000)},
        {f"xl/{number}.bin": bytes(range(256)) * 8192 for number in range(11)},
        {"xl/one.bin": b"0" * 2**20},
    ],
    ids=["entries", "directory", "sum", "ratio"],
)
def test_a_workbook_unpacks_to_no_more_than_a_list(parts: dict[str, bytes]) -> None:
    assert refusal(rewritten(workbook(["N"]), parts)) == "sheet_bomb"


def test_a_large_list_is_read() -> None:
    rows = [[f"E{number}", "Priya", "Raman", "Operations"] for number in range(10_000)]
    assert len(read(workbook(["Number", "Given name", "Family name", "Department"], *rows))) == 10_000


@given(st.binary(max_size=300))
def test_no_bytes_are_an_error_of_ours(raw: bytes) -> None:
    try:
        read(raw)
    except SheetRefused as refused:
        assert refused.code.startswith("sheet_")


WHOLE = workbook(["Number", "Name"], ["E1", "Zoë"], ["E2", 7])


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_no_damaged_workbook_is_an_error_of_ours(at: int, value: int) -> None:
    try:
        read(WHOLE[:at] + bytes([value]) + WHOLE[at + 1 :])
    except SheetRefused as refused:
        assert refused.code.startswith("sheet_")


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=12)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_what_a_program_writes_is_read_again(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([["Number", "Name"], *rows])
    assert [list(row.values()) for row in read(written.getvalue().encode())] == rows


@given(st.lists(st.lists(st.text(max_size=12), min_size=2, max_size=2), max_size=5))
def test_no_text_leaves_as_a_formula(rows: list[list[str]]) -> None:
    plain = harmless(Dataset(*rows, headers=["Number", "Name"]))
    texts = [cell for row in csv.reader(io.StringIO(plain.export("csv"), newline="")) for cell in row]
    sheet = load_workbook(io.BytesIO(plain.export("xlsx"))).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not any(text.startswith(FORMULA_STARTS) for text in texts)
    assert not any(cell.data_type == "f" or str(cell.value).startswith(FORMULA_STARTS) for cell in cells)
