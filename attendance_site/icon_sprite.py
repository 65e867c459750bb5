"""The icon sprite `icons.svg`, put together from the installed icon package when static files are looked up.

The icon font weighs 520 kB and the package holds thousands of files; `static/icons.txt` names the few the
pages use. The sprite is written under DATA_DIR once per process and only where its text changed, so neither
a committed copy nor a build step can fall behind the list.
"""

import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage

SPRITE = "icons.svg"
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
# Every icon opens with an invisible 24 px square that only design tools need.
FRAME = re.compile(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


def icon_names(listing: str) -> list[str]:
    """The names in icons.txt: one a line, `#` opens a comment."""
    lines = (line.split("#")[0].strip() for line in listing.splitlines())
    return [line for line in lines if line]


def symbol(name: str, svg: str) -> str:
    """One icon file as a <symbol>; stroke and size come from the style sheet of the page that uses it."""
    found = DRAWING.search(svg)
    if found is None:
        raise ValueError(f"{name} is not an svg drawing")
    drawing = " ".join(FRAME.sub("", found.group(1)).split())
    return f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>'


def sprite(drawings: dict[str, str]) -> str:
    """All icons as one svg file; `<use href="icons.svg#NAME">` shows one."""
    symbols = "\n".join(symbol(name, svg) for name, svg in sorted(drawings.items()))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def _package() -> Path:
    return Path(settings.BASE_DIR) / "node_modules/@tabler/icons/icons/outline"


def _listed() -> list[str]:
    return icon_names((Path(settings.BASE_DIR) / "static/icons.txt").read_text())


@cache
def sprite_folder() -> Path:
    """The folder that holds a current icons.svg; raises FileNotFoundError for an unknown icon or no package."""
    text = sprite({name: (_package() / f"{name}.svg").read_text() for name in _listed()})
    folder = Path(settings.DATA_DIR) / "static_built"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / SPRITE
    if not target.is_file() or target.read_text() != text:
        draft = folder / f".{SPRITE}.{os.getpid()}"
        draft.write_text(text)
        draft.replace(target)  # two processes may start at once: readers see the old file or the new one
    return folder


class IconSpriteFinder(BaseFinder):
    """Serves icons.svg to the development server, to WhiteNoise and to collectstatic."""

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Name the icons that are listed but not installed."""
        if not _package().is_dir():
            return []  # NodeModulesFinder reports missing packages
        missing = [name for name in _listed() if not (_package() / f"{name}.svg").is_file()]
        hint = "Correct the name in static/icons.txt."
        return [Error(f"There is no icon named {name}.", hint=hint, id="attendance_site.E003") for name in missing]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The path of the sprite, or nothing for every other name."""
        if path != SPRITE or not _package().is_dir():
            return []
        found = str(sprite_folder() / SPRITE)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """The sprite beside a storage of its folder."""
        if _package().is_dir():
            yield SPRITE, FileSystemStorage(location=sprite_folder())
