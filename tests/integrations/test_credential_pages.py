"""The pages of API keys: owners make and revoke them, auditors look, a secret is shown once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.integrations.services import MARK
from apps.organizations.models import AuditEntry, Credential, PlatformVisit, Role
from apps.organizations.tenancy import acting_for
from tests.integrations.programs import Program, program_of
from tests.personas import World, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]
PAGE = "/o/northwind/credentials/"
FORM = {"name": "Payroll", "permissions": ["people:read", "punches:read"], "days": 30}


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.alice)


def shown(answer: Any) -> str:
    found = re.search(rf"{MARK}[\w-]{{43}}", answer.text)
    assert found
    return found[0]


def credential_of(world: World, name: str) -> Credential:
    with acting_for(world.northwind):
        return Credential.objects.get(name=name)


def test_a_key_is_made_and_opens_the_api(world: World, client: Client) -> None:
    secret = shown(client.post(PAGE + "add/", FORM))
    assert Program(secret, credential_of(world, "Payroll")).get("/people").status_code == 200


def test_it_may_what_was_ticked_and_no_more(world: World, client: Client) -> None:
    program = Program(shown(client.post(PAGE + "add/", FORM)), credential_of(world, "Payroll"))
    assert program.post("/people", {}).status_code == 403


def test_it_is_valid_for_as_long_as_was_said(world: World, client: Client) -> None:
    client.post(PAGE + "add/", FORM)
    assert (credential_of(world, "Payroll").expires_at - timezone.now()).days == 29


def test_it_says_who_made_it(world: World, client: Client) -> None:
    client.post(PAGE + "add/", FORM)
    assert credential_of(world, "Payroll").created_by_id == world.alice.pk


def test_the_secret_is_never_shown_again(world: World, client: Client) -> None:
    secret = shown(client.post(PAGE + "add/", FORM))
    page = client.get(PAGE).text
    assert secret not in page and secret[:12] in page


def test_no_copy_of_the_secret_stays_in_a_cache(client: Client) -> None:
    assert client.post(PAGE + "add/", FORM).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "change",
    [{"days": 0}, {"days": 366}, {"permissions": []}, {"permissions": ["people:all"]}, {"name": ""}],
    ids=str,
)
def test_a_wrong_form_makes_nothing(world: World, client: Client, change: dict[str, Any]) -> None:
    assert client.post(PAGE + "add/", FORM | change).status_code == 422
    with acting_for(world.northwind):
        assert not Credential.objects.exists()


def test_a_name_in_use_is_refused(world: World, client: Client, program: Program) -> None:
    answer = client.post(PAGE + "add/", FORM | {"name": "HR system"})
    assert answer.status_code == 422 and "exists already" in answer.text


def test_a_name_of_another_organization_is_free(client: Client, south_program: Program) -> None:
    assert client.post(PAGE + "add/", FORM | {"name": "HR system"}).status_code == 200


def test_a_key_is_revoked(world: World, client: Client, program: Program) -> None:
    client.post(f"{PAGE}{program.credential.pk}/revoke/")
    assert program.get("/people").status_code == 401
    assert "Revoked" in client.get(PAGE).text


def test_looking_at_the_question_revokes_nothing(client: Client, program: Program) -> None:
    assert client.get(f"{PAGE}{program.credential.pk}/revoke/").status_code == 200
    assert program.get("/people").status_code == 200


def test_revoking_twice_says_so(client: Client, program: Program) -> None:
    answers = [client.post(f"{PAGE}{program.credential.pk}/revoke/").status_code for _ in range(2)]
    assert answers == [302, 422]


def test_a_foreign_key_is_404(client: Client, south_program: Program) -> None:
    assert client.post(f"{PAGE}{south_program.credential.pk}/revoke/").status_code == 404
    assert south_program.get("/people").status_code == 200


def test_the_list_holds_own_keys_only(world: World, client: Client, program: Program) -> None:
    program_of(world.southwind, world.charlie, [], "Foreign system")
    page = client.get(PAGE).text
    assert "HR system" in page and "Foreign system" not in page


@pytest.mark.parametrize(
    ("role", "statuses"), [(Role.OWNER, [200, 200]), (Role.AUDITOR, [200, 403]), (Role.HR_MANAGER, [403, 403])]
)
def test_owners_make_and_auditors_look(world: World, role: Role, statuses: list[int]) -> None:
    client = signed_in(world.bob_as(role))
    assert [client.get(PAGE).status_code, client.get(PAGE + "add/").status_code] == statuses


def test_an_auditor_is_offered_no_way_to_change(world: World, program: Program) -> None:
    page = signed_in(world.bob_as(Role.AUDITOR)).get(PAGE).text
    assert "revoke/" not in page and "credentials/add/" not in page


def test_platform_staff_make_no_keys(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.organizations.second_step.missing", lambda *args: False)
    with acting_for(world.northwind):
        PlatformVisit.objects.create(
            organization=world.northwind,
            user=world.charlie,
            role=Role.OWNER,
            reason="help",
            expires_at=timezone.now() + timedelta(hours=1),
        )
    world.charlie.is_staff = True
    world.charlie.save()
    answer = signed_in(world.charlie).post(PAGE + "add/", FORM)
    assert answer.status_code == 403 and MARK not in answer.text


def test_making_and_revoking_are_in_the_audit_trail(world: World, client: Client) -> None:
    client.post(PAGE + "add/", FORM)
    client.post(f"{PAGE}{credential_of(world, 'Payroll').pk}/revoke/")
    with acting_for(world.northwind):
        made = AuditEntry.objects.filter(action__startswith="credential.").order_by("sequence")
        entries = list(made.values_list("action", "actor_id"))
    assert entries == [("credential.create", world.alice.pk), ("credential.revoke", world.alice.pk)]


def test_what_is_revoked_or_expired_says_so(world: World, client: Client, program: Program) -> None:
    with acting_for(world.northwind):
        Credential.objects.update(expires_at=timezone.now())
    assert "Expired" in client.get(PAGE).text
