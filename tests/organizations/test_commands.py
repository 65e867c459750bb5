"""The command line's door, the task's door, and `manage.py found_organization`."""

import json
from io import StringIO
from typing import Any

import pytest
from celery import Celery
from django.core.management import CommandError, call_command

from apps.organizations import doors
from apps.organizations.command import OrganizationCommand
from apps.organizations.models import Organization, Role, Site, User
from apps.organizations.tasks import OrganizationTask
from apps.organizations.tenancy import current_organization_id
from tests.personas import World

pytestmark = pytest.mark.django_db


class Counts(OrganizationCommand):
    """Counts the sites it can see."""

    def act(self, organization: Organization, **options: Any) -> dict[str, Any]:
        self.stdout.write("counted")
        return {"organization": organization.slug, "sites": list(Site.objects.values_list("name", flat=True))}


def read_sites(organization_id: str, factor: int = 1) -> list[str]:
    """A task that says whose rows it reads."""
    return list(Site.objects.values_list("name", flat=True)) * factor


# In an application of its own, so that the project's list of tasks stays as it is.
reads = Celery(set_as_current=False).task(base=OrganizationTask, name="planted.reads", shared=False)(read_sites)


def lines(*arguments: str) -> list[str]:
    said = StringIO()
    call_command(Counts(), *arguments, stdout=said)
    return said.getvalue().splitlines()


def founded(**options: str) -> dict[str, Any]:
    said = StringIO()
    given = {"name": "Third", "slug": "third", "owner": "dora@example.org", **options}
    call_command("found_organization", json=True, stdout=said, **given)
    return dict(json.loads(said.getvalue().splitlines()[-1]))


def test_a_command_acts_for_the_organization_it_names(world: World) -> None:
    printed = json.loads(lines("--organization", "southwind", "--json")[-1])
    assert printed == {"organization": "southwind", "sites": ["Main gate south"]}


def test_a_command_prints_json_only_when_asked(world: World) -> None:
    assert lines("--organization", "northwind") == ["counted"]


def test_a_command_for_nobody_says_so(world: World) -> None:
    with pytest.raises(CommandError, match="no organization elsewhere"):
        lines("--organization", "elsewhere")


def test_a_command_must_name_its_organization(world: World) -> None:
    with pytest.raises(CommandError, match="--organization"):
        lines()


def test_no_organization_stays_open_after_a_command(world: World) -> None:
    lines("--organization", "northwind")
    assert current_organization_id() is None


def test_a_task_acts_for_the_organization_it_names(world: World) -> None:
    assert reads(str(world.southwind.pk), factor=2) == ["Main gate south"] * 2


def test_a_task_for_no_organization_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="badly formed"):
        reads("everybody")


def test_no_organization_stays_open_after_a_task(world: World) -> None:
    reads(str(world.northwind.pk))
    assert current_organization_id() is None


def test_an_organization_is_founded_with_its_owner(db: None) -> None:
    founded()
    owner = User.objects.get(email="dora@example.org")
    assert [(one.slug, one.role) for one in doors.admissions(owner.pk)] == [("third", Role.OWNER)]


def test_a_new_owner_signs_in_with_the_printed_password(db: None) -> None:
    made = founded()
    assert User.objects.get(email=made["owner"]).check_password(made["password"])


def test_an_owner_who_signs_in_already_keeps_their_password(world: World) -> None:
    assert founded(owner="alice@example.org")["password"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "Not a slug"},
        {"slug": "a" * 61},
        {"slug": "northwind"},
        {"name": ""},
        {"name": "n" * 121},
        {"owner": "not an address"},
    ],
    ids=str,
)
def test_what_cannot_be_founded_leaves_nobody_behind(world: World, wrong: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        founded(**wrong)
    assert not User.objects.filter(email="dora@example.org").exists()
