"""Who tries: nobody, every role of A, whoever has half a foot in B, A's programs, and platform staff."""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from http.cookies import SimpleCookie
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.test import Client
from django.test.client import ClientHandler
from django.urls import reverse
from django.utils import timezone

from apps.enrollment.models import EnrollmentSession
from apps.enrollment.own_pages import VISIT
from apps.organizations.api_door import Scope
from apps.organizations.models import Credential, Invitation, Membership, PlatformVisit, Role, User
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.organizations.devices import ORIGIN
from tests.sweep.rows import Place, password_of, person_of, sha256


@dataclass
class Actor:
    """Somebody who asks: a browser's cookies, or a program's headers."""

    name: str
    user: User | None = None
    headers: dict[str, str] = field(default_factory=dict)
    # Words of B this actor may rightly see: the name of an organization they belong to.
    excused: tuple[str, ...] = ()
    # Whether the positive control tries as this one: those who differ in what they reach.
    is_entitled: bool = False
    # Whether B's own addresses are theirs to open.
    is_in_b: bool = False
    cookies: str = ""

    @property
    def is_program(self) -> bool:
        return "Authorization" in self.headers

    @property
    def is_staff(self) -> bool:
        return bool(self.user and self.user.is_staff)

    def client(self) -> Client:
        """A fresh browser with this actor's session: what an earlier request did to its cookies is forgotten."""
        client = browser(self.headers)
        client.cookies = SimpleCookie(self.cookies)
        return client

    def sign_in(self, password: str) -> None:
        """By password, as people do; whom the page refuses gets a session that was opened before."""
        cache.clear()  # or the limit of sign-ins would refuse half of them
        client = browser({})
        client.post(reverse("account_login"), {"login": self.user and self.user.email, "password": password})
        client.post(reverse("account_reauthenticate"), {"password": password})
        if settings.SESSION_COOKIE_NAME not in client.cookies and self.user:
            client.force_login(self.user)
        self.cookies = client.cookies[settings.SESSION_COOKIE_NAME].output(header="")

    def follow(self, secret: str) -> None:
        """Open the link of an invitation; its session remembers it."""
        client = self.client()
        client.get(reverse("invitation_link", args=[secret]))
        self.cookies = client.cookies[settings.SESSION_COOKIE_NAME].output(header="")

    def follow_own_link(self, secret: str, visit: EnrollmentSession | None = None) -> None:
        """Open a link to enroll; with a visit, as if it had been agreed to here as well."""
        client = self.client()
        client.get(reverse("enroll_link", args=[secret]))
        if visit:
            session = client.session
            session[VISIT] = str(visit.pk)
            session.save()

    def take_second_step(self) -> None:
        """As if a code had been typed too, which platform staff must."""
        if self.user and (self.is_staff or "staff" in self.name):
            TOTP.activate(self.user, "JBSWY3DPEHPK3PXP")
            session = SessionStore(SimpleCookie(self.cookies)[settings.SESSION_COOKIE_NAME].value)
            session[AUTHENTICATION_METHODS_SESSION_KEY] += [{"method": "mfa", "at": time.time(), "type": "totp"}]
            session.save()


def browser(headers: dict[str, str]) -> Client:
    """A client on the handler that all share: to load the middleware again costs more than most requests."""
    client = Client(raise_request_exception=False, headers=headers)
    client.handler = shared_handler()
    return client


@lru_cache
def shared_handler() -> ClientHandler:
    return ClientHandler(enforce_csrf_checks=False)


def actors(a: Place, b: Place) -> list[Actor]:
    """Everybody, the mightiest of A first."""
    named = (b.organization.name, b.slug)
    tried = {Role.OWNER, Role.HR_MANAGER, Role.EMPLOYEE}
    found = [Actor(f"{role} of A", a.users[role], is_entitled=role in tried) for role in Role]
    found.append(Actor("visitor of A", visitor(a), excused=named, is_entitled=True))
    idle = person_of("staff", "idle", is_staff=True)
    found.append(Actor("staff without visit", idle, excused=named, is_entitled=True))
    found.append(Actor("staff whose visit to B ended", over(b), excused=named))
    found.append(Actor("no longer staff, visit to B open", no_longer_staff(b), excused=named))
    found.append(Actor("operator of A, employee of B", of_both(a, b), excused=named, is_in_b=True))
    found.append(Actor("hr of A, formerly of B", former(a, b)))
    found.append(Actor("disabled owner of B", disabled(b)))
    found.append(Actor("anonymous", is_entitled=True))
    found.append(Actor("account invited to A", account_invited_to(a), is_entitled=True))
    for one in found:
        if one.user:
            one.sign_in(password_of(one.user))
            one.take_second_step()
    found.append(Actor("newcomer invited to A", is_entitled=True))
    found[-1].follow(a.secret("invitation"))
    found[-2].follow(a.secret("second invitation"))
    found[-1].follow_own_link(a.secret("enrollment invitation"), a.rows[EnrollmentSession])
    found[-2].follow_own_link(a.secret("enrollment invitation"))
    found.append(Actor("device of A", headers={"Accept": "application/json", "Origin": ORIGIN}, is_entitled=True))
    add_second_step(a.users[Role.HR_MANAGER])
    return found + credentials(a)


def join(place: Place, user: User, role: str, **fields: Any) -> None:
    with acting_for(place.organization):
        Membership.objects.create(organization=place.organization, user=user, role=role, **fields)


def visitor(a: Place) -> User:
    user = person_of("staff", "visiting", is_staff=True)
    visit(a, user, expires_at=timezone.now() + timedelta(hours=1))
    return user


def guest(a: Place, b: Place) -> None:
    """Platform staff with an open visit in both; nobody asks as them."""
    user = person_of("staff", "guest", is_staff=True)
    for place in (a, b):
        place.users["guest"] = user
        visit(place, user, expires_at=timezone.now() + timedelta(hours=1))


def over(b: Place) -> User:
    """Platform staff who were in B: one visit was ended, another ran out."""
    user = person_of("staff", "earlier", is_staff=True)
    now = timezone.now()
    visit(b, user, expires_at=now + timedelta(hours=1), ended_at=now)
    visit(b, user, expires_at=now - timedelta(minutes=1))
    return user


def no_longer_staff(b: Place) -> User:
    user = person_of("former", "staff")
    visit(b, user, expires_at=timezone.now() + timedelta(hours=1))
    return user


def visit(place: Place, user: User, **times: Any) -> None:
    with acting_for(place.organization):
        PlatformVisit.objects.create(
            organization=place.organization, user=user, role=Role.OWNER, reason=f"{place.tag} asked", **times
        )


def of_both(a: Place, b: Place) -> User:
    user = person_of("both", "worker")
    join(a, user, Role.OPERATOR)
    join(b, user, Role.EMPLOYEE)
    with acting_for(b.organization):
        Person.objects.filter(external_id="E-2").update(user=user)
    return user


def former(a: Place, b: Place) -> User:
    user = person_of("former", "worker")
    join(a, user, Role.HR_MANAGER)
    join(b, user, Role.OWNER, is_active=False)
    return user


def disabled(b: Place) -> User:
    user = person_of("disabled", "owner")
    join(b, user, Role.OWNER)
    user.is_active = False
    user.save(update_fields=["is_active"])
    return user


def account_invited_to(a: Place) -> User:
    """Somebody with an account, invited to A by a second invitation."""
    user = person_of("account", "invited")
    with acting_for(a.organization):
        Invitation.objects.create(
            organization=a.organization,
            email=user.email,
            role=Role.AUDITOR,
            token_hash=sha256(a.secret("second invitation")),
            expires_at=timezone.now() + timedelta(days=1),
        )
    return user


def add_second_step(user: User) -> None:
    """An app and recovery codes, so that the pages about them answer; after signing in, which they change."""
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(user)


def credentials(a: Place) -> list[Actor]:
    """A's programs: one with every scope, one with each alone."""
    sets = {"all": list(Scope)} | {str(one): [one] for one in Scope}
    return [credential(a, name, granted) for name, granted in sets.items()]


def credential(a: Place, name: str, granted: list[Scope]) -> Actor:
    secret = hashlib.sha256(f"{a.tag} {name}".encode()).hexdigest()
    with acting_for(a.organization):
        Credential.objects.create(
            organization=a.organization,
            name=f"{a.tag} {name}",
            prefix=secret[:8],
            secret_hash=sha256(secret),
            permissions=[str(one) for one in granted],
            expires_at=timezone.now() + timedelta(days=1),
        )
    return Actor(f"credential of A ({name})", headers={"Authorization": f"Bearer {secret}"}, is_entitled=name == "all")
