"""Every address below /o/<slug>/, found by walking the URLconf, and the row of the world that each is asked with."""

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.attendance.badges import issue_badge
from apps.attendance.spoof_tests import start_test
from apps.enrollment.models import DuplicateCase, EnrollmentSession
from apps.enrollment.services import consent_text, give_consent, start_session
from apps.integrations.services import create_credential
from apps.organizations.invitations import invite
from apps.organizations.models import AuditEntry, Camera, CameraKey, Membership, Organization, Role
from apps.organizations.tenancy import acting_for
from apps.people.models import Department, ErasureReceipt, Person
from tests.personas import World


@dataclass(frozen=True)
class Address:
    """One URL pattern inside an organization."""

    name: str
    view: Callable[..., Any]
    parameters: frozenset[str]

    @property
    def permission(self) -> str | None:
        return getattr(self.view, "permission", None)


def addresses() -> list[Address]:
    """Those that take the organization's slug, in the order of the URLconf; the admin's: tests/site/admin_pages.py."""
    found = _below(get_resolver(), "", frozenset())
    return [one for one in found if "slug" in one.parameters and not one.name.startswith("staff:")]


def _below(resolver: URLResolver, namespace: str, outer: frozenset[str]) -> Iterator[Address]:
    for one in resolver.url_patterns:
        # Read off the text: Django adds a namespace's converters to a set that all empty routes share.
        parameters = outer | set(re.findall(r"<(?:\w+:)?(\w+)>", str(one.pattern)))
        if isinstance(one, URLPattern):
            yield Address(namespace + (one.name or ""), one.callback, parameters)
        else:
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from _below(one, inner, parameters)


# Which kind of row an address with a <pk> names.
ROWS = {
    "organizations:site_edit": "site",
    "organizations:camera_edit": "camera",
    "organizations:camera_devices": "camera",
    "organizations:pairing_new": "camera",
    "organizations:camera_key_revoke": "camera_key",
    "organizations:member_edit": "membership",
    "organizations:member_link": "membership",
    "organizations:invitation": "invitation",
    "organizations:invitation_renew": "invitation",
    "organizations:invitation_revoke": "invitation",
    "organizations:audit_entry": "audit_entry",
    "people:person_edit": "person",
    "people:erase": "person",
    "people:person_record": "person",
    "people:receipt": "receipt",
    "people:receipt_file": "receipt",
    "people:department_edit": "department",
    "people:person_login": "person",
    "people:person_invite": "person",
    "people:person_unlink": "person",
    "people:responsibilities": "membership",
    "enrollment:person": "person",
    "enrollment:consent": "person",
    "enrollment:consent_on_paper": "person",
    "enrollment:text": "text",
    "enrollment:start": "person",
    "enrollment:withdraw": "person",
    "enrollment:link_new": "person",
    "enrollment:link_revoke": "person",
    "enrollment:duplicate": "case",
    "enrollment:capture": "session",
    "enrollment:cancel": "session",
    "attendance:kiosk": "camera",
    "attendance:pin_punch": "camera",
    "attendance:pin_new": "person",
    "attendance:badges": "person",
    "attendance:badge_issue": "person",
    "attendance:card_adopt": "person",
    "attendance:badge_revoke": "badge",
    "attendance:camera_tests": "camera",
    "attendance:spoof_test_start": "camera",
    "attendance:spoof_test": "spoof_test",
    "attendance:spoof_test_end": "spoof_test",
    "attendance:spoof_test_result": "spoof_test",
    "integrations:credential_revoke": "credential",
}

RECEIPT = '{"destroyed": {}, "kept": {}, "keys_destroyed": [], "pseudonymised": {}, "reason": "asked"}'


@dataclass(frozen=True)
class Furniture:
    """One row of every kind in one organization."""

    slug: str
    rows: dict[str, Any]


def furniture(world: World, organization: Organization) -> Furniture:
    own = organization == world.northwind
    person = world.person if own else world.south_person
    with acting_for(organization):
        rows = {
            "site": world.site if own else world.south_site,
            "camera": world.camera if own else world.south_camera,
            "membership": Membership.objects.order_by("user__email").last(),
            "camera_key": device_of(world.camera if own else world.south_camera),
            "invitation": invite(
                organization=organization, email="new@example.org", role=Role.AUDITOR, invited_by=world.alice
            )[0],
            "audit_entry": AuditEntry.objects.order_by("sequence").first(),
            "person": person,
            "badge": issue_badge(organization=organization, person=person, issued_by=world.alice)[0],
            "department": Department.objects.create(organization=organization, name="Sales"),
            "receipt": ErasureReceipt.objects.create(
                organization=organization, pseudonym="0" * 64, body=RECEIPT, signature=""
            ),
            "session": (visit := open_session(organization, person)),
            "text": visit.consent.text,
            "case": open_case(organization, person),
            "spoof_test": start_test(
                organization=organization, camera=world.camera if own else world.south_camera, taken_by=world.alice
            ),
            "credential": create_credential(
                organization=organization, created_by=world.alice, name="HR system", permissions=[], days=1
            )[0],
        }
    return Furniture(organization.slug, rows)


def device_of(camera: Camera) -> CameraKey:
    """A paired device; nobody holds its key."""
    return CameraKey.objects.create(
        organization=camera.organization, camera=camera, fingerprint=secrets.token_hex(32), public_key=b""
    )


def open_session(organization: Organization, person: Person) -> EnrollmentSession:
    text = consent_text(organization=organization)
    consent = give_consent(organization=organization, person=person, text=text, signature=person.name)
    return start_session(organization=organization, person=person, consent=consent)


def open_case(organization: Organization, person: Person) -> DuplicateCase:
    """Somebody of this number may be this person enrolled twice."""
    twin = Person.objects.create(organization=organization, external_id="TWIN", given_name="T.", family_name="Win")
    return DuplicateCase.objects.create(
        organization=organization, person=twin, other=person, space="any", similarity=0.97
    )


def url_of(address: Address, slug: str, rows: dict[str, Any]) -> str:
    """The address with the rows of one organization, below the slug of another if need be."""
    given: dict[str, Any] = {"slug": slug}
    if "pk" in address.parameters:
        given["pk"] = rows[ROWS[address.name]].pk
    if "form" in address.parameters:
        given["form"] = "csv"
    return reverse(address.name, kwargs=given)


def asked(client: Client, url: str) -> Any:
    """The answer to GET, or to an empty POST where GET is refused."""
    client.raise_request_exception = False
    answer = client.get(url)
    return client.post(url) if answer.status_code == 405 else answer
