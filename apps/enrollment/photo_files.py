"""Photos in a folder or a ZIP, each with what its name may say about the person; a hostile archive is refused whole.

Nothing is unpacked to a disk: a photo is read into memory when it is looked at, and never more of it than its limit.
The page has the same rules in the browser: static/js/photo_rules.js, static/js/zip_directory.js.
"""

import re
import stat
import struct
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from apps.enrollment.errors import PhotosRefused

SUFFIXES = (".jpg", ".jpeg")
NESTED = (".zip", ".7z", ".rar", ".gz", ".tar", ".jar")
_NUMBERED = re.compile(r"(?:[_-]\d{1,3}| ?\(\d{1,3}\))$")
_END = struct.Struct("<4s4H2IH")
_END_MARK, _COMMENT = b"PK\x05\x06", 0xFFFF
# The form for large archives (APPNOTE 4.3.14, 4.3.15), which a reader believes more than the other.
_LOCATOR, _LARGE_END = struct.Struct("<4sIQI"), struct.Struct("<4sQ2H2I4Q")
_LOCATOR_MARK = b"PK\x06\x07"
_ENCRYPTED = 0x1
DAMAGED = (BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may hold; ratio is unpacked to packed, and asked only of what is larger than `small`."""

    entries: int = 20_000
    unpacked: int = 4 * 2**30
    photo: int = 32 * 2**20
    ratio: int = 100
    small: int = 64 * 2**10
    directory: int = 8 * 2**20
    """Bytes of the list of entries: it is read whole before anything else is known."""


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture, by its path inside the source."""

    name: str
    read: Callable[[], bytes]
    """Raises PhotosRefused for one that cannot be read."""


@dataclass(slots=True)
class Found:
    """The photos of a source, and what was left out: path to code."""

    photos: list[Photo] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    is_folder: bool = False


@contextmanager
def photos_in(source: Path, limits: Limits = LIMITS) -> Iterator[Found]:
    """The photos of a folder or a ZIP, while the block lasts. Raises PhotosRefused for what is neither, or hostile."""
    if source.is_dir():
        yield _of_folder(source, limits)
        return
    with _opened(source, limits) as archive:
        yield _of_archive(archive, limits)


def numbers_in(name: str) -> tuple[str, list[str]]:
    """What a path may say: the folder the photo lies in ('' without one), and the numbers its own name may mean.

    "1001.jpg", "1001_2.jpg" and "1001 (2).jpg" mean 1001, and the first reading is the name as it stands.
    """
    path = PurePosixPath(name)
    stem, folder = path.stem.strip(), path.parent.name.strip()
    plain = _NUMBERED.sub("", stem).strip()
    return folder, [stem] if plain in ("", stem) else [stem, plain]


def number_meant(name: str, known: Callable[[str], bool]) -> tuple[str, str]:
    """The person number a path means, and a code where it means none: unmatched, or two_numbers.

    A folder and a file that name two different people are never guessed at: one of them would get the other's face.
    """
    folder, readings = numbers_in(name)
    own = next((one for one in readings if known(one)), "")
    around = folder if folder and known(folder) else ""
    if own and around and own != around:
        return "", "two_numbers"
    return (own or around), "" if own or around else "unmatched"


def kind_of(name: str) -> str:
    """Why a file is left out: hidden, nested or not_a_photo; '' for a photo."""
    parts = PurePosixPath(name).parts
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return "hidden"
    suffix = PurePosixPath(name).suffix.lower()
    return "" if suffix in SUFFIXES else "nested" if suffix in NESTED else "not_a_photo"


# --- A folder ---------------------------------------------------------------------------------------


def _of_folder(folder: Path, limits: Limits) -> Found:
    found = Found(is_folder=True)
    for number, file in enumerate(_files_below(folder), 1):
        if number > limits.entries:
            raise _refused("too_many_entries", _("More than %d files. Split them.") % limits.entries)
        name = file.relative_to(folder).as_posix()
        if file.is_symlink():
            found.left_out[name] = "symlink"
        elif not file.is_file():  # a pipe: whoever reads it waits for ever
            found.left_out[name] = "not_a_photo"
        elif code := kind_of(name) or ("too_large" if file.stat().st_size > limits.photo else ""):
            found.left_out[name] = code
        else:
            found.photos.append(Photo(name, partial(_read_file, file, limits.photo)))
    return found


def _files_below(folder: Path) -> Iterator[Path]:
    """Every file and link below, in the order of their names; a linked folder is a link, and is not entered."""
    for one in sorted(folder.iterdir()):
        if one.is_dir() and not one.is_symlink():
            yield from _files_below(one)
        else:
            yield one


def _read_file(file: Path, most: int) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(most + 1)
    except OSError as error:
        raise _refused("unreadable", _("This file cannot be read.")) from error


# --- A ZIP ------------------------------------------------------------------------------------------


def _opened(source: Path, limits: Limits) -> ZipFile:
    try:
        _refuse_large_directory(source, limits)
        return ZipFile(source)
    except FileNotFoundError as error:
        raise _refused("source_missing", _("There is no such folder or ZIP: %s.") % source) from error
    except DAMAGED as error:
        raise _refused("not_a_zip", _("This is neither a folder nor a ZIP that can be read: %s.") % source) from error


def _refuse_large_directory(source: Path, limits: Limits) -> None:
    """The archive's own last words say how much a reader would have to hold before it knows anything else."""
    with source.open("rb") as opened:
        begins = max(0, source.stat().st_size - _LOCATOR.size - _END.size - _COMMENT)
        opened.seek(begins)
        tail = opened.read()
        at = tail.rfind(_END_MARK)
        if at < 0 or len(tail) - at < _END.size:
            raise BadZipFile("no end of the directory")
        entries, size, start = _END.unpack_from(tail, at)[4:7]
        larger = _large_end(opened, tail[:at], begins + at) or (0, 0)
    if max(entries, larger[0]) > limits.entries or max(size, larger[1]) > limits.directory or start == 0xFFFFFFFF:
        raise _refused("too_many_entries", _("The ZIP has more than %d files. Split it.") % limits.entries)


def _large_end(opened: BinaryIO, before: bytes, at: int) -> tuple[int, int] | None:
    """Entries and bytes of the directory as the end of a large archive says them, which lies right before its locator.

    `before` is what stands before the archive's plain end at `at`; None where no locator does.
    """
    if len(before) < _LOCATOR.size or not before[-_LOCATOR.size :].startswith(_LOCATOR_MARK):
        return None
    opened.seek(max(0, at - _LOCATOR.size - _LARGE_END.size))
    fields = _LARGE_END.unpack(opened.read(_LARGE_END.size))
    return fields[7], fields[8]


def _of_archive(archive: ZipFile, limits: Limits) -> Found:
    entries = archive.infolist()
    _refuse_hostile(entries, limits)
    found, names = Found(), set[str]()
    for info in sorted(entries, key=lambda one: one.filename):
        if info.is_dir():
            continue
        if code := kind_of(info.filename) or _unfit(info, names, limits):
            found.left_out[info.filename] = code
        else:
            names.add(info.filename)
            found.photos.append(Photo(info.filename, partial(_read_entry, archive, info)))
    return found


def _unfit(info: ZipInfo, names: Collection[str], limits: Limits) -> str:
    """Why an entry is left out beside the first of its name, or by its size; '' for one that is taken."""
    if info.filename in names:
        return "doubled"
    return "too_large" if info.file_size > limits.photo else ""


def _refuse_hostile(entries: list[ZipInfo], limits: Limits) -> None:
    """Raises PhotosRefused for an archive that is no plain collection of files."""
    if len(entries) > limits.entries:
        raise _refused("too_many_entries", _("The ZIP has more than %d files. Split it.") % limits.entries)
    if sum(info.file_size for info in entries) > limits.unpacked:
        raise _refused("too_much", _("Unpacked, the ZIP is larger than %d MB. Split it.") % (limits.unpacked // 2**20))
    for info in entries:
        if code := _hostile(info, limits):
            name = info.filename[:80]
            raise _refused(
                code, _("The ZIP was refused because of “%(name)s”: %(code)s.") % {"name": name, "code": code}
            )


def _hostile(info: ZipInfo, limits: Limits) -> str:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in info.filename.partition("/")[0]:
        return "leads_outside"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "symlink"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted"
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "unknown_packing"
    if info.file_size > limits.small and info.file_size > limits.ratio * max(info.compress_size, 1):
        return "bomb"
    return ""


def _read_entry(archive: ZipFile, info: ZipInfo) -> bytes:
    """The bytes of one entry: at most as many as it declares are unpacked, and then the sum is compared.

    Asked for a whole entry, `ZipFile.read` unpacks all that is there before it cuts off what was not declared.
    """
    try:
        with archive.open(info) as entry:
            return entry.read(info.file_size)
    except DAMAGED as error:
        raise _refused("unreadable", _("This file cannot be unpacked.")) from error


def _refused(code: str, message: str) -> PhotosRefused:
    return PhotosRefused(message, code=code)
