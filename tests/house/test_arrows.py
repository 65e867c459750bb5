from pathlib import Path

import pytest

from tests.house.arrows import FORBIDDEN, ROOMS, cycles, kind, room, violations
from tests.house.source import PRODUCT, ROOT, modules


def house(tmp_path: Path, files: dict[str, str]) -> list[str]:
    """Write files under their dotted names and return what the arrow test says of them."""
    for name, text in files.items():
        file = tmp_path / f"{name.replace('.', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return violations(modules("apps", "attendance_site", root=tmp_path))


def test_every_arrow_of_the_house_goes_down() -> None:
    assert violations(modules(*PRODUCT)) == []


def test_every_room_is_on_the_map() -> None:
    rooms = {f"apps.{folder.parent.name}" for folder in (ROOT / "apps").glob("*/__init__.py")}
    assert rooms <= set(ROOMS)


def test_it_reads_real_files() -> None:
    assert any(wanted.target.startswith("apps.") for module in modules("apps") for wanted in module.imports)


def test_it_finds_a_lower_room_that_knows_an_upper_one(tmp_path: Path) -> None:
    found = house(tmp_path, {"apps.people.selectors": "from apps.attendance.models import Punch"})
    assert found == [
        "apps.people.selectors:1 imports apps.attendance.models.Punch: apps.people may not know apps.attendance"
    ]


def test_it_lets_an_upper_room_skip_down(tmp_path: Path) -> None:
    assert house(tmp_path, {"apps.attendance.services": "from apps.organizations.models import Site"}) == []


@pytest.mark.parametrize("statement", ["import apps.people.models", "from apps.people import models"])
def test_it_finds_recognition_that_knows_anybody(tmp_path: Path, statement: str) -> None:
    assert "may not know apps.people" in house(tmp_path, {"apps.recognition.quality": statement})[0]


def test_it_finds_recognition_that_reads_the_database(tmp_path: Path) -> None:
    assert "has no database" in house(tmp_path, {"apps.recognition.store": "from django.db import models"})[0]


def test_it_finds_an_organization_that_knows_faces(tmp_path: Path) -> None:
    assert house(tmp_path, {"apps.organizations.services": "from apps.recognition.shapes import Face"})


def test_it_finds_a_room_that_knows_the_wiring(tmp_path: Path) -> None:
    assert house(tmp_path, {"apps.people.services": "from attendance_site.settings import DEBUG"})


def test_it_lets_a_room_queue_a_task(tmp_path: Path) -> None:
    assert house(tmp_path, {"apps.attendance.tasks": "from attendance_site.celery import app"}) == []


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("models", "services"),
        ("selectors", "services"),
        ("services", "views"),
        ("forms", "services"),
        ("tasks", "consumers"),
        ("views", "urls"),
        ("views", "admin"),
    ],
)
def test_it_finds_an_arrow_that_goes_up_inside_a_room(tmp_path: Path, here: str, there: str) -> None:
    found = house(tmp_path, {f"apps.people.{here}": f"from apps.people.{there} import something"})
    assert found == [f"apps.people.{here}:1 imports apps.people.{there}.something: {here} may not know {there}"]


@pytest.mark.parametrize(
    ("here", "there"),
    [
        *(("urls", "views"), ("views", "services"), ("services", "selectors"), ("selectors", "models")),
        *(("tables", "models"), ("forms", "selectors"), ("consumers", "tasks")),
    ],
)
def test_it_lets_arrows_go_down_inside_a_room(tmp_path: Path, here: str, there: str) -> None:
    assert house(tmp_path, {f"apps.people.{here}": f"from apps.people.{there} import something"}) == []


def test_it_reads_relative_imports(tmp_path: Path) -> None:
    assert house(tmp_path, {"apps.people.models": "from .services import rename"}) != []


def test_it_reads_relative_imports_of_a_package(tmp_path: Path) -> None:
    found = house(tmp_path, {"apps.people.models.__init__": "from ..services import rename"})
    assert "models may not know services" in found[0]


def test_it_finds_an_import_for_the_type_checker(tmp_path: Path) -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from apps.attendance.models import Punch"
    assert house(tmp_path, {"apps.people.selectors": text}) != []


def test_it_finds_an_import_inside_a_function(tmp_path: Path) -> None:
    assert house(tmp_path, {"apps.people.services": "def late():\n    import json"}) == [
        "apps.people.services:2 imports json inside a function"
    ]


def test_it_finds_an_import_inside_a_method_of_a_nested_class(tmp_path: Path) -> None:
    text = "def outer():\n    class Inner:\n        if True:\n            import json"
    assert len(house(tmp_path, {"apps.people.services": text})) == 1


def test_it_finds_a_heavy_library_outside_the_adapter(tmp_path: Path) -> None:
    assert "only the engine's DeepFace adapter" in house(tmp_path, {"apps.recognition.engine": "import tensorflow"})[0]


def test_it_lets_the_adapter_load_its_library_late(tmp_path: Path) -> None:
    text = "def load():\n    from deepface import DeepFace"
    assert house(tmp_path, {"apps.recognition.deepface_adapter": text}) == []


def test_it_lets_the_engine_load_its_parts_late(tmp_path: Path) -> None:
    text = "def load():\n    from apps.recognition.assembly import assemble"
    assert house(tmp_path, {"apps.recognition.engine": text}) == []


def test_it_finds_two_files_that_know_each_other(tmp_path: Path) -> None:
    found = house(
        tmp_path,
        {"apps.people.one": "from apps.people.two import b", "apps.people.two": "from apps.people import one"},
    )
    assert found == ["goes round: apps.people.one -> apps.people.two"]


def test_it_finds_a_long_way_round(tmp_path: Path) -> None:
    ring = ["one", "two", "three", "four"]
    files = {
        f"apps.people.{here}": f"from apps.people.{there} import x"
        for here, there in zip(ring, [*ring[1:], ring[0]], strict=True)
    }
    assert house(tmp_path, files) == [
        "goes round: apps.people.four -> apps.people.one -> apps.people.three -> apps.people.two"
    ]


def test_a_diamond_is_no_cycle(tmp_path: Path) -> None:
    files = {"top": "from apps.people import left, right", "left": "from apps.people import bottom"}
    files |= {"right": "from apps.people import bottom", "bottom": "value = 1"}
    assert house(tmp_path, {f"apps.people.{name}": text for name, text in files.items()}) == []


def test_the_house_has_no_cycle() -> None:
    assert cycles(modules(*PRODUCT, "scripts")) == []


def test_a_name_of_the_house_has_a_room_and_a_kind() -> None:
    assert (room("apps.people.models.Person"), kind("apps.people.models.Person")) == ("apps.people", "models")


def test_a_name_from_elsewhere_has_neither() -> None:
    assert (room("django.db.models"), kind("django.db.models")) == ("", "")


def test_no_kind_may_know_the_urls() -> None:
    assert all("urls" in forbidden for forbidden in FORBIDDEN.values())
