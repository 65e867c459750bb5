"""The icon sprite holds exactly the icons that the pages name."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.staticfiles.finders import find

from attendance_site import icon_sprite

ROOT = Path(__file__).parents[2]
ICON_FOLDER = ROOT / "node_modules/@tabler/icons/icons/outline"
DRAWING = '<svg class="x">\n  <path stroke="none" d="M0 0h24v24H0z" fill="none" />\n  <path d="M5 12l5 5" />\n</svg>'
NAMED = [
    re.compile(r'includes/icon\.html" with name="([a-z0-9-]+)"'),
    re.compile(r'icon="([a-z0-9-]+)"'),
    re.compile(r'\bicon\("([a-z0-9-]+)"'),
    re.compile(r'icon: "([a-z0-9-]+)"'),
]

needs_icons = pytest.mark.skipif(not ICON_FOLDER.is_dir(), reason="the icon package is not installed: make setup")


@pytest.fixture
def fresh(settings: LazySettings, tmp_path: Path) -> Iterator[Path]:
    icon_sprite.sprite_folder.cache_clear()
    settings.DATA_DIR = tmp_path
    yield tmp_path
    icon_sprite.sprite_folder.cache_clear()


def test_it_reads_names_and_skips_comments() -> None:
    assert icon_sprite.icon_names("# ours\nusers\n\nclock # beside times\n") == ["users", "clock"]


def test_it_keeps_the_drawing_without_the_invisible_square() -> None:
    assert icon_sprite.symbol("check", DRAWING) == (
        '<symbol id="check" viewBox="0 0 24 24"><path d="M5 12l5 5" /></symbol>'
    )


def test_it_refuses_a_file_that_is_no_drawing() -> None:
    with pytest.raises(ValueError, match="check is not an svg drawing"):
        icon_sprite.symbol("check", "<html></html>")


def test_it_orders_symbols_by_name() -> None:
    text = icon_sprite.sprite({"users": DRAWING, "check": DRAWING})
    assert re.findall(r'id="(\w+)"', text) == ["check", "users"]


@needs_icons
def test_it_writes_the_sprite_under_the_data_folder(fresh: Path) -> None:
    assert icon_sprite.sprite_folder() == fresh / "static_built"


@needs_icons
def test_it_leaves_a_current_sprite_alone(fresh: Path) -> None:
    written = (icon_sprite.sprite_folder() / "icons.svg").stat().st_mtime_ns
    icon_sprite.sprite_folder.cache_clear()
    assert (icon_sprite.sprite_folder() / "icons.svg").stat().st_mtime_ns == written


@needs_icons
def test_it_replaces_an_outdated_sprite(fresh: Path) -> None:
    (fresh / "static_built").mkdir()
    (fresh / "static_built/icons.svg").write_text("<svg></svg>")
    assert 'id="users"' in (icon_sprite.sprite_folder() / "icons.svg").read_text()


@needs_icons
def test_it_finds_nothing_but_the_sprite(fresh: Path) -> None:
    assert icon_sprite.IconSpriteFinder().find("css/app.css") == []


@needs_icons
def test_it_is_lighter_than_a_tenth_of_the_icon_font(fresh: Path) -> None:
    assert (icon_sprite.sprite_folder() / "icons.svg").stat().st_size < 52_000


@needs_icons
def test_it_reports_an_icon_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icon_sprite, "_listed", lambda: ["users", "unicorn-rainbow"])
    [error] = icon_sprite.IconSpriteFinder().check()
    assert error.msg == "There is no icon named unicorn-rainbow."


@needs_icons
def test_the_static_files_serve_it() -> None:
    assert find("icons.svg")


def named_icons() -> set[str]:
    sources = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("static/js/*.js")]
    return {name for source in sources for pattern in NAMED for name in pattern.findall(source.read_text())}


def test_every_icon_a_page_names_is_listed() -> None:
    listed = set(icon_sprite.icon_names((ROOT / "static/icons.txt").read_text()))
    assert named_icons() - listed == set()
