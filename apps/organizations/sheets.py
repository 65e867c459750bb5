"""Reads an uploaded CSV or XLSX into rows of text; what is no plain list is refused before it is unpacked."""

import csv
import io
import stat
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import PurePosixPath
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.core.files.base import File
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from apps.organizations.errors import CodedError

MOST_BYTES = 10 * 2**20
MOST_ROWS = 10_000
MOST_COLUMNS = 100
MOST_CHARACTERS = 32_767  # what a cell of a workbook can hold
# A workbook of ten sheets with charts has 60 entries; a text of digits packs 30 to 1.
MOST_ENTRIES = 200
MOST_UNPACKED = 20 * 2**20
MOST_RATIO = 100
SMALL = 64 * 2**10  # an empty style sheet may pack better than 100 to 1
MOST_DIRECTORY = 64 * 2**10
ZIP_START, ZIP_END, ZIP64_END = b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x07"
NESTED = (".zip", ".xlsx", ".xlsm", ".xls", ".jar", ".gz", ".7z", ".rar")
# What the readers raise on a damaged file; anything else is a fault of ours and should be seen.
UNREADABLE = (
    *(BadZipFile, InvalidFileException, ParseError, expat.ExpatError, zlib.error, struct.error, EOFError),
    *(KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError, NotImplementedError),
)


class SheetRefused(CodedError):
    """The file is no list that can be read; the message says what to change in it."""

    code = "sheet_unreadable"
    status = 422


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: the line it stands on, and its cells by the text of the first row."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a list may be."""

    rows: int
    columns: int


Lines = Iterator[tuple[int, list[str]]]


def read_sheet(
    upload: "File[bytes]", *, most_bytes: int = MOST_BYTES, most_rows: int = MOST_ROWS, most_columns: int = MOST_COLUMNS
) -> list[SheetRow]:
    """The rows below the first, which names the columns. Raises SheetRefused; no formula is ever worked out."""
    raw = upload.read(most_bytes + 1)
    if len(raw) > most_bytes:
        raise SheetRefused(f"The file is larger than {most_bytes // 2**20} MB. Split it.", code="sheet_too_large")
    limits = Limits(most_rows, most_columns)
    lines = _workbook_lines(raw, limits) if raw.startswith(ZIP_START) else _text_lines(raw)
    return _rows(lines, limits)


# --- Rows -------------------------------------------------------------------------------------------


def _rows(lines: Lines, limits: Limits) -> list[SheetRow]:
    filled = ((line, cells) for line, cells in lines if any(cells))
    line, first = next(filled, (0, []))
    columns = _columns(first, limits)
    rows: list[SheetRow] = []
    for line, cells in filled:
        if len(rows) == limits.rows:
            raise SheetRefused(f"The file has more than {limits.rows:,} rows. Split it.", code="sheet_too_many_rows")
        rows.append(SheetRow(line, dict(zip(columns, _fitting(line, cells, columns), strict=True))))
    return rows


def _columns(first: list[str], limits: Limits) -> list[str]:
    columns = _trimmed(first)
    if not columns:
        raise SheetRefused("The file is empty. Its first row must name the columns.", code="sheet_empty")
    if len(columns) > limits.columns:
        raise SheetRefused(f"The file has more than {limits.columns} columns.", code="sheet_too_many_columns")
    if "" in columns:
        at = columns.index("") + 1
        raise SheetRefused(f"Column {at} has no name in the first row. Name or delete it.", code="sheet_column_unnamed")
    if twice := next((name for name in columns if columns.count(name) > 1), None):
        raise SheetRefused(f"Two columns are named “{twice[:50]}”. Rename one.", code="sheet_column_twice")
    return columns


def _fitting(line: int, cells: list[str], columns: list[str]) -> list[str]:
    extra = _trimmed(cells[len(columns) :])
    if extra or len(cells) < len(columns):
        found = len(columns) + len(extra) if extra else len(cells)
        raise SheetRefused(
            f"Line {line} has {found} cells, but the first row names {len(columns)} columns. "
            "Put texts that contain the separator into quotes.",
            code="sheet_row_ragged",
        )
    return cells[: len(columns)]


def _trimmed(cells: list[str]) -> list[str]:
    """Without the empty cells at the end, which spreadsheets leave behind."""
    filled = [number for number, cell in enumerate(cells, 1) if cell]
    return cells[: filled[-1]] if filled else []


def _plain(line: int, cell: str) -> str:
    if len(cell) > MOST_CHARACTERS:
        raise SheetRefused(f"A cell on line {line} is too long. Shorten it.", code="sheet_cell_too_long")
    return cell.strip()


# --- CSV --------------------------------------------------------------------------------------------


def _text_lines(raw: bytes) -> Lines:
    text = _decoded(raw)
    head = text[: text.find("\n")] if "\n" in text else text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            too_long = "field limit" in str(error)
            say = "A cell is too long" if too_long else "A quotation mark is out of place"
            code = "sheet_cell_too_long" if too_long else "sheet_quotes_wrong"
            raise SheetRefused(f"{say} on line {line}. Correct it and upload the file again.", code=code) from error
        yield line, [_plain(line, cell) for cell in cells]
        line = reader.line_num + 1


def _decoded(raw: bytes) -> str:
    """The text of a CSV file: UTF-16 by its mark, else UTF-8, else what Windows programs of the West write."""
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "cp1252"]:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise SheetRefused("The file is no text. Save it as “CSV UTF-8” or as XLSX.", code="sheet_not_text")


# --- XLSX -------------------------------------------------------------------------------------------


def _workbook_lines(raw: bytes, limits: Limits) -> Lines:
    try:
        _vet(raw)
        # Values only: of a formula what its author's program last showed, or nothing.
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a file may lie about them, and rows would be left out
        yield from _sheet_lines(sheet.iter_rows(min_row=1, values_only=True), limits)
    except UNREADABLE as error:
        raise SheetRefused("The workbook is damaged. Save it again as XLSX, or as CSV.") from error


def _sheet_lines(rows: Iterable[tuple[Any, ...]], limits: Limits) -> Lines:
    width = 0
    for line, values in enumerate(rows, 1):
        # Gaps are filled up while reading, so a row or cell far out would be read for ever.
        if line > limits.rows + 1:
            say = f"The sheet goes beyond {limits.rows:,} rows. Split it, or delete the empty rows below the list."
            raise SheetRefused(say, code="sheet_too_many_rows")
        if len(values) > limits.columns:
            say = f"Line {line} goes beyond {limits.columns} columns. Delete the columns beside the list."
            raise SheetRefused(say, code="sheet_too_many_columns")
        cells = [_plain(line, _text(value)) for value in values]
        width = width or len(_trimmed(cells))
        yield line, cells + [""] * (width - len(cells))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # 1001.0 was typed as 1001
    return str(value)


def _vet(raw: bytes) -> None:
    """Refuse what would unpack to much more than a list, from the directory alone; then any document type."""
    _vet_directory(raw)
    with ZipFile(io.BytesIO(raw)) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES or sum(one.file_size for one in entries) > MOST_UNPACKED:
            raise _bomb()
        for entry in entries:
            _vet_entry(entry)
        if len({entry.filename for entry in entries}) < len(entries):
            raise _foreign()
        for entry in entries:
            if entry.filename.endswith((".xml", ".rels", ".vml")):
                _refuse_document_type(archive, entry)


def _vet_directory(raw: bytes) -> None:
    # Reading a directory of 200,000 entries takes a second by itself.
    end = raw.rfind(ZIP_END)
    if end < 0 or ZIP64_END in raw[max(end - 20, 0) : end]:
        raise BadZipFile
    (length,) = struct.unpack_from("<I", raw, end + 12)
    if length > MOST_DIRECTORY:
        raise _bomb()


def _vet_entry(entry: ZipInfo) -> None:
    path = PurePosixPath(entry.filename)
    outside = path.is_absolute() or ".." in path.parts or "\\" in entry.orig_filename or ":" in entry.filename
    odd = entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED)
    if outside or odd or stat.S_ISLNK(entry.external_attr >> 16) or path.suffix.lower() in NESTED:
        raise _foreign()
    if entry.file_size > max(SMALL, MOST_RATIO * entry.compress_size):
        raise _bomb()


def _refuse_document_type(archive: ZipFile, entry: ZipInfo) -> None:
    """Read up to the first element: entities are declared before it, and no workbook needs any."""
    seen: list[bool] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *declared: seen.append(True)
    parser.StartElementHandler = lambda *element: seen.append(False)
    with archive.open(entry) as part:
        while not seen and (chunk := part.read(4096)):
            parser.Parse(chunk)
    if seen and seen[0]:
        raise _foreign()


def _bomb() -> SheetRefused:
    say = "The workbook unpacks to far more than a list holds. Copy the list alone into a new workbook."
    return SheetRefused(say, code="sheet_bomb")


def _foreign() -> SheetRefused:
    say = "The workbook contains files that a list does not need. Copy the list alone into a new workbook."
    return SheetRefused(say, code="sheet_foreign_content")
