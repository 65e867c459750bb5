"""A form or filter lists the rows of whoever shows it, whoever was acted for when its class was first imported.

The scar: Django builds a ModelForm's choices when the class is made. With the organization read at that moment, a form
first imported inside one organization showed its rows to every other one for the life of the process.
"""

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

import pytest
from django.http import HttpRequest

from apps.organizations import doors
from apps.organizations.forms import CameraForm
from apps.organizations.models import Camera
from apps.organizations.tenancy import acting_for
from apps.people import filters, forms
from apps.people.models import Department, Person
from tests.personas import World

pytestmark = pytest.mark.django_db

NAME = "tests.organizations.planted_forms"
OPENED: dict[str, Callable[[World], AbstractContextManager[None]]] = {
    "imported with none open": lambda world: contextlib.nullcontext(),
    "imported under its own": lambda world: acting_for(world.southwind),
    "imported under another": lambda world: acting_for(world.northwind),
}


@pytest.fixture(params=list(OPENED.values()), ids=list(OPENED))
def planted(request: pytest.FixtureRequest, world: World) -> Iterator[ModuleType]:
    """The planted forms, imported afresh under the organization of the test's name."""
    sys.modules.pop(NAME, None)
    with request.param(world):
        module = importlib.import_module(NAME)
    yield module
    sys.modules.pop(NAME, None)


def choices(field: Any) -> list[str]:
    return [str(label) for value, label in field.choices if value]


def test_a_form_lists_the_sites_of_whoever_shows_it(planted: ModuleType, world: World) -> None:
    with acting_for(world.southwind):
        assert choices(planted.PlantedForm().fields["site"]) == ["Main gate south"]


def test_a_form_lists_each_ones_own_in_turn(planted: ModuleType, world: World) -> None:
    listed = []
    for organization in (world.northwind, world.southwind, world.northwind):
        with acting_for(organization):
            listed += choices(planted.PlantedForm().fields["site"])
    assert listed == ["Main gate", "Main gate south", "Main gate"]


def test_a_form_refuses_the_other_ones_site(planted: ModuleType, world: World) -> None:
    with acting_for(world.southwind):
        form = planted.PlantedForm({"name": "New", "site": str(world.site.pk)})
        assert "site" in form.errors


def test_a_filter_lists_the_sites_of_whoever_shows_it(planted: ModuleType, world: World) -> None:
    with acting_for(world.southwind):
        shown = planted.PlantedFilter({}, queryset=Camera.objects.all())
        assert choices(shown.form.fields["site"]) == ["Main gate south"]


def test_a_filter_finds_own_rows_only(planted: ModuleType, world: World) -> None:
    with acting_for(world.southwind):
        assert list(planted.PlantedFilter({}, queryset=Camera.objects.all()).qs) == [world.south_camera]


def test_a_queryset_made_at_import_reads_own_rows_only(planted: ModuleType, world: World) -> None:
    with acting_for(world.southwind):
        assert [site.name for site in planted.SITES.all()] == ["Main gate south"]


def test_the_camera_form_lists_own_sites(world: World) -> None:
    with acting_for(world.southwind):
        assert choices(CameraForm(organization=world.southwind).fields["site"]) == ["Main gate south"]


@pytest.fixture
def departments(world: World) -> World:
    for organization, name in ((world.northwind, "Sales"), (world.southwind, "Sales south")):
        with acting_for(organization):
            Department.objects.create(organization=organization, name=name)
    return world


def test_the_person_form_lists_own_departments(departments: World) -> None:
    with acting_for(departments.southwind):
        form = forms.PersonForm(organization=departments.southwind)
        assert choices(form.fields["department"]) == ["Sales south"]


def test_the_people_filter_lists_own_departments(departments: World) -> None:
    request = HttpRequest()
    request.user = departments.charlie
    request.organization = departments.southwind  # type: ignore[attr-defined]
    request.admission = doors.admission(departments.charlie.pk, "southwind")  # type: ignore[attr-defined]
    with acting_for(departments.southwind):
        shown = filters.PersonFilter({}, queryset=Person.objects.all(), request=request)
        assert choices(shown.form.fields["department"]) == ["Sales south"]
