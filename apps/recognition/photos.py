"""Photo sets for measuring: which picture shows whom, from a manifest or from folders named after people."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import RecognitionError

_SUFFIXES = {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic"}
"""Other kinds than JPEG are taken in so that they are counted as lost, not silently passed over."""
_ROLES = {"enrol": "enrol", "enroll": "enrol", "probe": "probe", "stranger": "stranger"}


class PhotosUnreadable(RecognitionError):
    """A manifest or folder that cannot be measured with."""


@dataclass(frozen=True)
class Photo:
    """One picture: whose it is and, where the set says so, of which group of people and under which condition."""

    path: Path
    person: str
    group: str = ""
    condition: str = ""


@dataclass
class PhotoSet:
    """Photos by person, to enrol and to probe, and those of strangers."""

    gallery: dict[str, list[Photo]] = field(default_factory=dict)
    probes: list[Photo] = field(default_factory=list)
    """Of people who are in the gallery."""
    strangers: list[Photo] = field(default_factory=list)

    def add_strangers(self, folder: Path, *, grouped: bool = False) -> None:
        """Add every photo below `folder` as a stranger's, if it is not among the probes already.

        A photo that lies loose is somebody of its own. Raises PhotosUnreadable.
        """
        known = {photo.path.resolve() for photo in (*self.probes, *self.strangers)}
        added = (_stranger(path, folder, grouped=grouped) for path in _photos_below(folder))
        self.strangers += [photo for photo in added if photo.path.resolve() not in known]

    def sort_out(self, looked_for: list[Photo]) -> None:
        """Take photos of people to be found; who is not in the gallery is a stranger."""
        self.probes += [photo for photo in looked_for if photo.person in self.gallery]
        self.strangers += [photo for photo in looked_for if photo.person not in self.gallery]


def from_manifest(manifest: Path) -> PhotoSet:
    """Read a CSV with the columns person, file (relative to it) and role; `group` and `condition` are used if there.

    Roles are enrol, probe, and stranger for a probe of somebody who must not be found, whose name may be left out.
    Raises PhotosUnreadable, naming the line.
    """
    photos, looked_for = PhotoSet(), []
    for line, row in _rows(manifest):
        role, photo = _listed(manifest, line, row)
        if role == "enrol":
            photos.gallery.setdefault(photo.person, []).append(photo)
        elif role == "probe":
            looked_for.append(photo)
        else:
            photos.strangers.append(photo)
    photos.sort_out(looked_for)
    return photos


def _rows(manifest: Path) -> list[tuple[int, Mapping[str, str]]]:
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            rows: list[tuple[int, Mapping[str, str]]] = [(reader.line_num, row) for row in reader]
            columns = set(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PhotosUnreadable(
            "manifest_unreadable", f"{manifest} cannot be read as a CSV in UTF-8: {_why(error)}."
        ) from error
    if missing := {"person", "file", "role"} - columns:
        raise PhotosUnreadable(
            "manifest_incomplete",
            f"{manifest} lacks the column {', '.join(sorted(missing))}: name them in its first line.",
        )
    if not rows:
        raise PhotosUnreadable("manifest_empty", f"{manifest} lists no photo: add a line for each.")
    return rows


def _why(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _listed(manifest: Path, line: int, row: Mapping[str, str]) -> tuple[str, Photo]:
    role, person, file = _ROLES.get(row["role"].strip().lower()), row["person"].strip(), row["file"].strip()
    if role is None or not (person or role == "stranger"):
        raise PhotosUnreadable(
            "manifest_role", f"{manifest} line {line}: a person and a role of enrol, probe, stranger is needed."
        )
    if not file or "\0" in file:
        raise PhotosUnreadable("manifest_file", f"{manifest} line {line}: the file's name is missing.")
    group, condition = (row.get(column, "").strip() for column in ("group", "condition"))
    return role, Photo(manifest.parent / file, person or f"stranger {line}", group, condition)


def from_folders(gallery: Path, probes: Path, *, grouped: bool = False) -> PhotoSet:
    """Take one subfolder per person from both folders; `grouped`: one subfolder per group, people's inside.

    Raises PhotosUnreadable.
    """
    photos = PhotoSet({name: _of_person(name, folder, group) for name, folder, group in _people(gallery, grouped)})
    photos.sort_out([one for found in _people(probes, grouped) for one in _of_person(*found)])
    return photos


def _people(folder: Path, grouped: bool) -> Iterator[tuple[str, Path, str]]:
    """Name, folder and group of each; two groups may each have an `01`, so there the group is part of the name."""
    for child in _subfolders(folder):
        if grouped:
            yield from ((f"{child.name}/{person.name}", person, child.name) for person in _subfolders(child))
        else:
            yield child.name, child, ""


def _of_person(person: str, folder: Path, group: str) -> list[Photo]:
    return [Photo(path, person, group) for path in _photos_below(folder)]


def _stranger(path: Path, folder: Path, *, grouped: bool) -> Photo:
    parts = path.relative_to(folder).parts
    group = parts[0] if grouped and len(parts) > 1 else ""
    inside = parts[1:] if group else parts
    person = "/".join(parts[:-1]) if len(inside) > 1 else str(Path(*parts).with_suffix(""))
    return Photo(path, person, group)


def _subfolders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise PhotosUnreadable("folder_missing", f"{folder} is not a folder: give the path of one.")
    return sorted(child for child in folder.iterdir() if child.is_dir())


def _photos_below(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise PhotosUnreadable("folder_missing", f"{folder} is not a folder: give the path of one.")
    yield from sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
