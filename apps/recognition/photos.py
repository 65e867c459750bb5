"""Photo sets for measuring: which picture shows whom, from a manifest or from folders named after people."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .errors import RecognitionError

_SUFFIXES = {".jpg", ".jpeg"}
_ROLES = ("enrol", "probe", "stranger")


class PhotosUnreadable(RecognitionError):
    """A manifest or folder that cannot be measured with."""


@dataclass
class PhotoSet:
    """Photos by person, to enrol and to probe, and those of strangers."""

    gallery: dict[str, list[Path]] = field(default_factory=dict)
    probes: list[tuple[str | None, Path]] = field(default_factory=list)
    """A person who is not in the gallery is a stranger: None."""

    def add_strangers(self, folder: Path) -> None:
        """Add every photo below `folder` as a stranger's, if it is not among the probes already."""
        known = {photo.resolve() for _, photo in self.probes}
        self.probes += [(None, photo) for photo in _photos_below(folder) if photo.resolve() not in known]


def from_manifest(manifest: Path) -> PhotoSet:
    """Read a CSV with the columns person, file (relative to it) and role; other columns are ignored.

    Roles are enrol, probe, and stranger for a probe of somebody who must not be found.
    """
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PhotosUnreadable("manifest_unreadable", f"{manifest} cannot be read: {error}.") from error
    if missing := {"person", "file", "role"} - set(rows[0] if rows else ()):
        raise PhotosUnreadable("manifest_incomplete", f"{manifest} lacks {', '.join(sorted(missing))}.")
    photos = PhotoSet()
    probes = []
    for line, row in enumerate(rows, start=2):
        if row["role"] not in _ROLES or not row["person"]:
            roles = ", ".join(_ROLES)
            raise PhotosUnreadable(
                "manifest_role", f"{manifest} line {line}: a person and a role of {roles} is needed."
            )
        photo = manifest.parent / row["file"]
        if row["role"] == "enrol":
            photos.gallery.setdefault(row["person"], []).append(photo)
        else:
            probes.append((row["person"] if row["role"] == "probe" else None, photo))
    photos.probes = [(person if person in photos.gallery else None, photo) for person, photo in probes]
    return photos


def from_folders(gallery: Path, probes: Path) -> PhotoSet:
    """Take one subfolder per person from both folders."""
    photos = PhotoSet({folder.name: list(_photos_below(folder)) for folder in _subfolders(gallery)})
    for folder in _subfolders(probes):
        person = folder.name if folder.name in photos.gallery else None
        photos.probes += [(person, photo) for photo in _photos_below(folder)]
    return photos


def _subfolders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise PhotosUnreadable("folder_missing", f"{folder} is not a folder.")
    return sorted(child for child in folder.iterdir() if child.is_dir())


def _photos_below(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise PhotosUnreadable("folder_missing", f"{folder} is not a folder.")
    yield from sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
