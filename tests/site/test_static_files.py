import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import CheckMessage
from django.core.management import call_command
from django.test import Client, override_settings
from pytest_django import Settings

from attendance_site.static_files import WORKER_POLICY, NodeModulesFinder, add_headers

pytestmark = pytest.mark.twice

ROOT = Path(__file__).resolve().parents[2]
installed = pytest.mark.skipif(not (ROOT / "node_modules").is_dir(), reason="needs `make setup`")


@pytest.fixture
def site(tmp_path: Path, settings: Settings) -> Path:
    """A repository with one package in node_modules, of which two files are allowed."""
    settings.BASE_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.NODE_FILES = {"vendor/paint": ("paint/dist", ["paint.min.css", "model/tiny*"])}
    package = tmp_path / "node_modules/paint/dist"
    (package / "model").mkdir(parents=True)
    for name in ("paint.min.css", "paint.css", "model/tiny.json", "model/tiny.bin", "model/large.bin"):
        (package / name).write_text(name)
    return tmp_path


def complaints(finder: NodeModulesFinder) -> list[CheckMessage]:
    return finder.check()


def test_it_finds_an_allowed_file_under_its_prefix(site: Path) -> None:
    found = NodeModulesFinder().find("vendor/paint/paint.min.css")
    assert Path(found) == site / "node_modules/paint/dist/paint.min.css"


def test_it_finds_what_a_pattern_allows(site: Path) -> None:
    assert NodeModulesFinder().find("vendor/paint/model/tiny.bin")


@pytest.mark.parametrize(
    "path",
    [
        "vendor/paint/paint.css",
        "vendor/paint/model/large.bin",
        "vendor/paint/model",
        "vendor/paint/",
        "vendor/paint/../dist/paint.min.css",
        "vendor/paintpaint.min.css",
        "paint.min.css",
        "../package.json",
    ],
)
@pytest.mark.usefixtures("site")
def test_it_finds_nothing_else(path: str) -> None:
    assert not NodeModulesFinder().find(path)


@pytest.mark.usefixtures("site")
def test_it_answers_with_all_matches_when_asked_for_them() -> None:
    assert len(NodeModulesFinder().find("vendor/paint/paint.min.css", find_all=True)) == 1


@pytest.mark.usefixtures("site")
def test_it_lists_exactly_the_allowed_files() -> None:
    names = [name for name, _ in NodeModulesFinder().list(None)]
    assert names == ["model/tiny.bin", "model/tiny.json", "paint.min.css"]


@pytest.mark.usefixtures("site")
def test_a_complete_set_of_packages_needs_no_word() -> None:
    assert complaints(NodeModulesFinder()) == []


def test_it_says_make_setup_when_a_package_is_missing(site: Path, settings: Settings) -> None:
    settings.NODE_FILES = {"vendor/paint": ("brush/dist", ["brush.css"])}
    assert "make setup" in str(complaints(NodeModulesFinder())[0].hint)


def test_it_says_make_setup_when_a_package_lost_a_file(site: Path) -> None:
    (site / "node_modules/paint/dist/paint.min.css").unlink()
    assert [found.id for found in complaints(NodeModulesFinder())] == ["attendance_site.E002"]


def test_a_site_with_collected_files_needs_no_packages(site: Path, settings: Settings) -> None:
    settings.NODE_FILES = {"vendor/paint": ("brush/dist", ["brush.css"])}
    (site / "collected").mkdir()
    (site / "collected/staticfiles.json").write_text("{}")
    assert complaints(NodeModulesFinder()) == []


@pytest.mark.parametrize("url", ["/static/js/face_worker.js", "/static/js/face_worker.0123456789ab.js"])
def test_the_worker_may_compile_webassembly(url: str) -> None:
    headers: dict[str, str] = {}
    add_headers(headers, "", url)
    assert headers == {"Content-Security-Policy": WORKER_POLICY}


@pytest.mark.parametrize(
    "url", ["/static/js/camera.js", "/static/js/my_face_worker.js", "/static/js/face_worker.js.map", "/static/app.css"]
)
def test_nothing_else_may(url: str) -> None:
    headers: dict[str, str] = {}
    add_headers(headers, "", url)
    assert headers == {}


@pytest.fixture(scope="module")
def static_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where collectstatic has put the real files, hashed and compressed."""
    root = tmp_path_factory.mktemp("static")
    backend = {"BACKEND": "attendance_site.static_files.ManifestStorage"}
    with override_settings(STATIC_ROOT=root, STORAGES={**settings.STORAGES, "staticfiles": backend}):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield root


@pytest.fixture(scope="module")
def collected(static_root: Path) -> dict[str, str]:
    """The map from plain to hashed names."""
    paths: dict[str, str] = json.loads((static_root / "staticfiles.json").read_text())["paths"]
    return paths


@installed
@pytest.mark.slow
def test_every_file_the_pages_name_can_be_collected(collected: dict[str, str]) -> None:
    assert {"vendor/tabler/css/tabler.min.css", "vendor/face-api/dist/face-api.esm.js"} <= set(collected)


@installed
@pytest.mark.slow
def test_collected_packages_stay_small(static_root: Path) -> None:
    vendor = [file for file in (static_root / "vendor").rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in vendor) < 16_000_000


@installed
@pytest.mark.slow
def test_own_modules_import_one_another_by_hashed_names(static_root: Path, collected: dict[str, str]) -> None:
    plain = [name for name in collected if name.startswith("js/")]
    texts = [(static_root / collected[name]).read_text() for name in plain]
    assert not [name for name in plain for text in texts if f'from "./{name.removeprefix("js/")}"' in text]


@installed
def test_the_worker_is_served_with_its_own_policy(client: Client) -> None:
    assert client.get("/static/js/face_worker.js").headers["Content-Security-Policy"] == WORKER_POLICY


@installed
def test_every_package_the_settings_name_is_installed() -> None:
    finder = next(one for one in get_finders() if isinstance(one, NodeModulesFinder))
    assert [pattern for storage in finder.storages for pattern in storage.unmatched()] == []
