"""A person with a link to enroll, and the browser they open it with."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.test import Client

from apps.enrollment import invitations
from apps.enrollment.models import EnrollmentInvitation
from apps.organizations.models import AuditEntry, Organization
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.personas import World

SIGNED = {"language": "en", "version": "1", "signature": "Priya Raman"}


def linked(world: World, person: Person | None = None) -> str:
    """The path of a fresh link."""
    with acting_for(world.northwind):
        _, secret = invitations.invite(
            organization=world.northwind, person=person or world.person, invited_by=world.alice
        )
    return f"/enroll/{secret}/"


def phone(link: str) -> Client:
    """A browser that followed the link, signed in as nobody."""
    client = Client()
    client.get(link)
    return client


def agreed(link: str, **said: str) -> Client:
    """A browser in which the link was followed and agreed to."""
    client = phone(link)
    answer = client.post("/enroll/agree/", SIGNED | said)
    assert answer.status_code == 302, answer.content.decode()
    return client


def cookie_of(client: Client) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def row_of(organization: Organization) -> EnrollmentInvitation:
    """The newest link there is."""
    with acting_for(organization):
        return EnrollmentInvitation.objects.select_related("session", "person").order_by("-created_at")[0]


def age(organization: Organization, **fields: Any) -> None:
    with acting_for(organization):
        EnrollmentInvitation.objects.filter(organization=organization).update(**fields)


def trail(organization: Organization, subject_id: UUID) -> list[tuple[str, str]]:
    """(act, kind of actor) of every entry about this row."""
    with acting_for(organization):
        entries = AuditEntry.objects.filter(subject_id=subject_id).order_by("sequence")
        return list(entries.values_list("action", "actor_kind"))
