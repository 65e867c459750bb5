"""What was held up to a camera, by species: photos and clips from folders, files or a CSV."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from ..decoding import decode_photo
from ..errors import FrameRefused
from ..liveness.figures import LIVE
from ..photos import PhotosUnreadable
from ..shapes import Image
from .clips import SUFFIXES as CLIPS
from .clips import frames_of

PHOTOS: Final = {".jpg", ".jpeg", ".jpe"}
KNOWN: Final = {
    "print": "print",
    "phone": "phone",
    "replay": "replay",
    "monitor": "monitor",
    "mon": "monitor",
    "screen": "screen",
    "tablet": "tablet",
    "mask": "mask",
    "cutout": "cut-out",
}
"""Words by which a loose file tells its species: `desk_phone.jpg`."""


@dataclass(frozen=True)
class Presentation:
    """One thing held up once: a photo, or all frames of a clip."""

    species: str
    path: Path
    synthetic: bool = False

    @property
    def is_clip(self) -> bool:
        return self.path.suffix.lower() in CLIPS

    def frames(self, most: int) -> Iterator[Image]:
        """At most so many of its pictures; none of a file that cannot be read."""
        if self.is_clip:
            yield from frames_of(self.path, most)
            return
        try:
            yield decode_photo(self.path.read_bytes())
        except (FrameRefused, OSError, cv2.error):
            return


def attacks(sources: list[Path], live: list[Presentation]) -> list[Presentation]:
    """Take what was held up: a CSV (file, species), a file, or a folder whose subfolders are species.

    What is among the live ones is left out. Raises PhotosUnreadable.
    """
    there = {one.path.resolve() for one in live}
    found = [one for source in sources for one in _of(source) if one.path.resolve() not in there]
    if sources and not found:
        raise PhotosUnreadable("no_attack", f"No photo or clip in {_names(sources)}: give attacks, or leave --attack.")
    return found


def lives(sources: list[Path]) -> list[Presentation]:
    """Take faces that were really there. Raises PhotosUnreadable."""
    found = [Presentation(LIVE, one.path) for source in sources for one in _of(source)]
    if sources and not found:
        raise PhotosUnreadable("no_live", f"No photo or clip in {_names(sources)}: give live faces, or leave --live.")
    return found


def _of(source: Path) -> Iterator[Presentation]:
    if source.suffix.lower() == ".csv":
        yield from _listed(source)
    elif source.is_file():
        yield _loose(source, "")
    elif source.is_dir():
        for path in sorted(path for path in source.rglob("*") if path.suffix.lower() in PHOTOS | CLIPS):
            parts = path.relative_to(source).parts
            yield _presentation(parts[0], path) if len(parts) > 1 else _loose(path, source.resolve().name)
    else:
        raise PhotosUnreadable("folder_missing", f"{source} is neither a folder nor a file.")


def _loose(path: Path, folder: str) -> Presentation:
    """Name the species by a known word of the file's name, else by its folder's, else by its own."""
    words = path.stem.lower().replace("-", "_").split("_")
    kind = next((KNOWN[word] for word in words if word in KNOWN), "")
    return _presentation(" ".join(part for part in (folder, kind) if part) or path.stem, path)


def _listed(manifest: Path) -> Iterator[Presentation]:
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, restkey="", restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PhotosUnreadable("manifest_unreadable", f"{manifest} cannot be read: {error}.") from error
    for line, row in enumerate(rows, start=2):
        name, species = (str(row.get(column, "")).strip() for column in ("file", "species"))
        if not name or not species:
            raise PhotosUnreadable("manifest_incomplete", f"{manifest} line {line}: file and species are needed.")
        yield _presentation(species, manifest.parent / name)


def _presentation(species: str, path: Path) -> Presentation:
    return Presentation(species, path, "synthetic" in f"{species} {path.parent.name} {path.stem}".lower())


def _names(sources: list[Path]) -> str:
    return ", ".join(str(source) for source in sources)
