"""The second step of signing in, where an organization asks for one: a code, a passkey or a recovery code."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import get_adapter as get_factors
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_used
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from apps.organizations import audit
from apps.organizations.doors import Admission
from apps.organizations.errors import CodedError, WrongChoice
from apps.organizations.models import Organization, Role, User
from apps.organizations.tenancy import acting_for

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# Where somebody wanted to go when they were sent to set a second step up.
WANTED = "second_step_wanted"


class SecondStepRequired(CodedError):
    """The organization asks this role for a second step, and this session has none."""

    code = "second_step_required"
    status = 403


def missing(session: Any, user: User, admission: Admission, organization: Organization | None = None) -> bool:
    """Whether this session must take a second step before it may enter; sockets ask without the organization at hand.

    A visit of platform staff always needs one. Other organizations of the same user are not affected.
    """
    asked = organization.mfa_roles if organization else _roles_of(admission.organization_id)
    if not admission.visit_id and admission.role not in asked:
        return False
    return not (is_taken(session, user) and is_set_up(user))


def _roles_of(organization_id: UUID) -> list[str]:
    with acting_for(organization_id):
        roles: list[str] = Organization.objects.filter(pk=organization_id).values_list("mfa_roles", flat=True).get()
        return roles


def is_taken(session: Any, user: User) -> bool:
    """Whether this user showed a second factor in this session, or a passkey instead of a password."""
    # A socket has a session and no request; allauth reads nothing else of it.
    records = get_authentication_records(SimpleNamespace(session=session), user)
    return any(record.get("method") == "mfa" for record in records)


def is_set_up(user: User) -> bool:
    """Whether this user has a second factor; recovery codes alone are none."""
    return bool(get_factors().is_mfa_enabled(user, FACTORS))


def ask(request: HttpRequest) -> HttpResponseBase:
    """The way to the second step for people; for programs a coded error."""
    user: Any = request.user
    request.session[WANTED] = request.get_full_path()
    if not is_set_up(user):
        return HttpResponseRedirect(reverse("mfa_index"))
    ways = [way["url"] for way in get_adapter(request).get_reauthentication_methods(user)]
    way = next(way for way in ways if way != reverse("account_reauthenticate"))
    return HttpResponseRedirect(f"{way}?{urlencode({'next': request.get_full_path()})}")


def forget_wanted(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    """Once a factor was shown, nothing is waiting for it."""
    request.session.pop(WANTED, None)


authenticator_used.connect(forget_wanted, dispatch_uid="second step")


def refusal() -> SecondStepRequired:
    """What a program is told."""
    return SecondStepRequired(_("This organization asks for a second step. Sign in again with your code or passkey."))


@transaction.atomic
def require_for(*, organization: Organization, roles: list[str]) -> Organization:
    """Choose the roles that must take a second step here. Raises WrongChoice."""
    if not set(roles) <= set(Role.values):
        raise WrongChoice(_("Choose roles out of the list."))
    old = organization.mfa_roles
    organization.mfa_roles = [role for role in Role.values if role in roles]
    organization.save(update_fields=["mfa_roles"])
    audit.record(
        organization=organization,
        action="sign_in_rules.change",
        subject=organization,
        old={"mfa_roles": old},
        new={"mfa_roles": organization.mfa_roles},
    )
    return organization
