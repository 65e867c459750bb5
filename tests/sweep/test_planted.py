"""The planted application: seven leaks, each found; in its repaired twin, none."""

from typing import Any
from unittest import mock

import pytest
from django.db import models
from django.test import override_settings
from django.test.utils import isolate_apps

from apps.organizations.admin_site import OrganizationAdmin
from apps.organizations.tenancy import unguarded
from tests.house import test_tenancy
from tests.sweep.actors import Actor
from tests.sweep.asking import Asker
from tests.sweep.attacks import Attacks, play
from tests.sweep.control import Control
from tests.sweep.oracle import Leak, Oracle
from tests.sweep.planted import apart
from tests.sweep.rows import Place
from tests.sweep.tasks import arguments

# Row-level security stops all of them; here it is seen that the sweep would.
pytestmark = [pytest.mark.django_db, pytest.mark.embedded]

PLANTED = {"camera_add", "export", "detail", "purge"}


def found_in(urlconf: str, names: set[str], places: tuple[Place, Place], people: list[Actor]) -> dict[str, list[Leak]]:
    """Leaks by the name of their route; every route is answered to the owner first."""
    a, b = places
    asker = Asker(Oracle(a, b))
    with override_settings(ROOT_URLCONF=urlconf):
        control = Control(a, people[:1], asker, names=names).run()
        assert not control.dead, control.dead
        found: dict[str, list[Leak]] = {}
        for case in Attacks(a, b, control, people).cases():
            if leaks := play(asker, case):
                found.setdefault(case.route.name, []).extend(leaks)
    return found


def test_four_leaks_by_http_are_found(places: tuple[Place, Place], people: list[Actor]) -> None:
    found = found_in("tests.sweep.planted.leaky", PLANTED, places, people)
    assert set(found) == PLANTED
    kinds = {name: {leak.kind for leak in leaks} for name, leaks in found.items()}
    assert "READ" in kinds["export"] & kinds["detail"]
    assert "WRITE" in kinds["purge"]


def test_their_repaired_twins_show_none(places: tuple[Place, Place], people: list[Actor]) -> None:
    assert found_in("tests.sweep.planted.repaired", PLANTED, places, people) == {}


STAFF = {"staff:people_department_changelist", "staff:people_department_change"}


def everybodys(page: Any, request: Any) -> Any:
    return unguarded(page.model).all()


def test_an_admin_with_everybodys_rows_is_found(places: tuple[Place, Place], people: list[Actor]) -> None:
    with mock.patch.object(OrganizationAdmin, "get_queryset", everybodys):
        assert set(found_in("attendance_site.urls", STAFF, places, people)) == STAFF


def test_the_admin_as_it_is_shows_none(places: tuple[Place, Place], people: list[Actor]) -> None:
    assert found_in("attendance_site.urls", STAFF, places, people) == {}


class Plain:
    """A task as the sweep reads one."""

    def __init__(self, run: Any) -> None:
        self.run = run


def told(run: Any, places: tuple[Place, Place]) -> list[str]:
    a, b = places
    oracle = Oracle(a, b)
    calls = list(arguments(Plain(run), a, b, a))
    return [shown for values in calls if (shown := oracle.read(repr(run(*values)), repr(values)))]


def test_a_task_that_believes_an_id_is_found(places: tuple[Place, Place]) -> None:
    assert told(apart.name_by_id, places)


def test_a_task_that_names_its_organization_is_not(places: tuple[Place, Place]) -> None:
    assert told(apart.name_in_organization, places) == []


@isolate_apps("apps.people")
def test_a_table_without_an_organization_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Rogue(models.Model):  # noqa: DJ008  (a model that forgot its organization forgot its name too)
        text = models.CharField(max_length=9)

        class Meta:
            app_label = "people"

    monkeypatch.setattr(test_tenancy, "OURS", [*test_tenancy.OURS, Rogue])
    with pytest.raises(AssertionError):
        test_tenancy.test_every_model_has_an_organization_or_was_reviewed()
