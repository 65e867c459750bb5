import ast
import inspect
from pathlib import Path

import pytest
from django.utils import timezone

from apps.organizations import doors
from apps.organizations.models import Membership, Role
from apps.organizations.services import found_organization
from apps.organizations.tenancy import acting_for
from tests.house.source import PRODUCT, Module, modules
from tests.personas import World

# Reviewed: each looks up by the signed-in user, by the hash of a secret, by an exact name from the operator's command
# line, or lists ids (`organization_names` also names, for platform staff).
REVIEWED = {
    "admission",
    "admissions",
    "camera_key_of",
    "credential_of",
    "demo_slugs",
    "enrollment_link_of",
    "invitation_of",
    "organization_id_of",
    "organization_ids",
    "organization_ids_of",
    "organization_names",
    "pairing_of",
    "organizations_lacking_job",
    "organizations_with_due_jobs",
}
DOORS = "apps.organizations.doors"
GUARD = "apps.organizations.tenancy"


def names_unguarded(module: Module) -> bool:
    loaded = {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    imported = {one.target.rpartition(".")[2] for one in module.imports}
    return "unguarded" in loaded | attributes | imported


def test_only_the_doors_read_unguarded() -> None:
    found = {module.name for module in modules(*PRODUCT) if names_unguarded(module)}
    assert found - {GUARD} == {DOORS}


@pytest.mark.parametrize(
    "text",
    [
        "from apps.organizations.tenancy import unguarded",
        "from apps.organizations.tenancy import unguarded as everything",
        "from apps.organizations import tenancy\ntenancy.unguarded(Site)",
    ],
)
def test_it_finds_who_else_does(text: str) -> None:
    assert names_unguarded(Module("apps.people.selectors", Path("planted.py"), text))


def test_every_door_was_reviewed() -> None:
    public = inspect.getmembers(doors, inspect.isfunction)
    assert {name for name, door in public if door.__module__ == DOORS and not name.startswith("_")} == REVIEWED


def test_nobody_builds_a_plain_queryset() -> None:
    built = [
        module.name
        for module in modules(*PRODUCT)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"QuerySet", "models.QuerySet", "sql.Query"}
    ]
    assert set(built) == {GUARD}


@pytest.mark.django_db
class TestAdmission:
    def test_a_member_is_admitted_in_their_role(self, world: World) -> None:
        found = doors.admission(world.bob_as(Role.AUDITOR).pk, "northwind")
        assert found and (found.organization_id, found.role) == (world.northwind.pk, Role.AUDITOR)

    def test_a_stranger_is_not(self, world: World) -> None:
        assert doors.admission(world.charlie.pk, "northwind") is None

    def test_nobody_is_admitted_to_an_organization_that_is_not_there(self, world: World) -> None:
        assert doors.admission(world.alice.pk, "nowhere") is None

    def test_a_suspended_member_is_not_admitted(self, world: World) -> None:
        with acting_for(world.northwind):
            Membership.objects.filter(user=world.bob).update(is_active=False)
        assert doors.admission(world.bob.pk, "northwind") is None

    def test_a_suspended_user_is_not_admitted(self, world: World) -> None:
        world.alice.is_active = False
        world.alice.save()
        assert doors.admissions(world.alice.pk) == []

    def test_a_superuser_is_admitted_nowhere_by_that(self, world: World) -> None:
        world.charlie.is_superuser = world.charlie.is_staff = True
        world.charlie.save()
        assert doors.admission(world.charlie.pk, "northwind") is None

    def test_a_user_of_two_organizations_has_a_role_in_each(self, world: World) -> None:
        with acting_for(world.southwind):
            Membership.objects.create(organization=world.southwind, user=world.alice, role=Role.AUDITOR)
        found = [(one.slug, one.role) for one in doors.admissions(world.alice.pk)]
        assert found == [("northwind", Role.OWNER), ("southwind", Role.AUDITOR)]


@pytest.mark.django_db
def test_an_organization_is_found_by_its_exact_address(world: World) -> None:
    found = [doors.organization_id_of(slug) for slug in ("northwind", "north", "")]
    assert found == [world.northwind.pk, None, None]


@pytest.mark.django_db
def test_organizations_are_listed_in_the_order_they_were_founded(world: World) -> None:
    third = found_organization(name="Third", slug="third", owner=world.alice)
    assert doors.organization_ids() == [world.northwind.pk, world.southwind.pk, third.pk]


@pytest.mark.django_db
def test_an_organization_without_work_has_no_due_jobs(world: World) -> None:
    assert doors.organizations_with_due_jobs(timezone.now()) == []
