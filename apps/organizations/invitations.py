"""Invitations: a link that makes whoever follows it a member, once, until it expires.

The link is a secret of 256 bits, kept nowhere: the row holds its SHA-256. It never sets the password of an account
that exists.
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.organizations import audit, doors
from apps.organizations.errors import CodedError, NameTaken, WrongChoice
from apps.organizations.models import Invitation, Membership, Organization, Role, User
from apps.organizations.services import save_unique
from apps.organizations.tenancy import acting_for

DEFAULT_DAYS, MOST_DAYS = 7, 30
SECRET_BYTES = 32


class DeadInvitation(CodedError):
    """Unknown, used, withdrawn and too old alike: nobody learns which."""

    code = "invitation_dead"
    status = 410

    def __init__(self) -> None:
        super().__init__(_("This link does not work any more. Ask for a new one."))


class OtherAccount(CodedError):
    """Somebody else than the invited is signed in."""

    code = "other_account"
    status = 403


def hash_of(secret: str) -> str:
    """What is stored of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_open(invitation: Invitation, now: datetime) -> bool:
    return not invitation.accepted_at and not invitation.revoked_at and invitation.expires_at > now


@audit.held()
def invite(
    *, organization: Organization, email: str, role: str, invited_by: User | None, days: int = DEFAULT_DAYS
) -> tuple[Invitation, str]:
    """Invite this address; returns the secret of the link too, once. An older invitation of it ends.

    Raises NameTaken for a member, WrongChoice for a role or a number of days that there is not.
    """
    email = User.objects.normalize_email(email).lower()
    if role not in Role.values:
        raise WrongChoice(_("Choose a role out of the list."))
    if Membership.objects.filter(organization=organization, user__email__iexact=email).exists():
        raise NameTaken(_("%(email)s is a member already.") % {"email": email})
    for one in open_ones(organization, email).select_for_update():
        revoke(organization=organization, invitation=one)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    invitation = Invitation(
        organization=organization,
        email=email,
        role=role,
        token_hash=hash_of(secret),
        invited_by=invited_by,
        expires_at=_until(days),
    )
    change = audit.change_of(invitation)
    invitation.save()
    audit.record_saved(organization, invitation, change)
    return invitation, secret


def open_ones(organization: Organization, email: str) -> "QuerySet[Invitation]":
    """What this address was sent and nobody used or withdrew, too old ones included: those can be renewed."""
    of_address = Invitation.objects.filter(organization=organization, email__iexact=email)
    return of_address.filter(accepted_at=None, revoked_at=None)


@transaction.atomic
def renew(*, organization: Organization, invitation: Invitation, days: int = DEFAULT_DAYS) -> str:
    """A new link in place of the old one, which ends. Raises WrongChoice for an invitation used or withdrawn."""
    invitation = _locked(organization, invitation)
    if invitation.accepted_at or invitation.revoked_at:
        raise WrongChoice(_("This invitation was used or withdrawn. Invite the address again."))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    old = {"expires_at": invitation.expires_at}
    invitation.token_hash, invitation.expires_at = hash_of(secret), _until(days)
    invitation.save(update_fields=["token_hash", "expires_at"])
    new = {"expires_at": invitation.expires_at}
    audit.record(organization=organization, action="invitation.renew", subject=invitation, old=old, new=new)
    return secret


@transaction.atomic
def revoke(*, organization: Organization, invitation: Invitation) -> None:
    """Withdraw an invitation; of one that was used or withdrawn nothing changes."""
    invitation = _locked(organization, invitation)
    if invitation.accepted_at or invitation.revoked_at:
        return
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    audit.record(organization=organization, action="invitation.revoke", subject=invitation)


def _until(days: int) -> datetime:
    if not 1 <= days <= MOST_DAYS:
        raise WrongChoice(_("An invitation lasts between 1 and 30 days."))
    return timezone.now() + timedelta(days=days)


def _locked(organization: Organization, invitation: Invitation) -> Invitation:
    return Invitation.objects.select_for_update().get(organization=organization, pk=invitation.pk)


# --- Following the link ------------------------------------------------------------------------------


@contextmanager
def opened(token_hash: str) -> Iterator[Invitation]:
    """The open invitation behind a link, acting for its organization. Raises DeadInvitation."""
    found = doors.invitation_of(token_hash)
    if found is None:
        raise DeadInvitation
    with acting_for(found.organization_id), transaction.atomic():
        rows = Invitation.objects.filter(organization=found.organization_id, pk=found.id, token_hash=token_hash)
        invitation = rows.select_related("organization").select_for_update(of=("self",)).first()
        if invitation is None or not is_open(invitation, timezone.now()):
            raise DeadInvitation
        yield invitation


def is_for(invitation: Invitation, user: User) -> bool:
    return invitation.email.lower() == user.email.lower()


def account_of(invitation: Invitation) -> User | None:
    """The account of the invited address, if there is one."""
    return User.objects.filter(email__iexact=invitation.email).first()


@audit.held()
def join(*, token_hash: str, user: User) -> Membership:
    """Make the signed-in user, who must be the invited, a member. Raises DeadInvitation, OtherAccount, NameTaken."""
    with opened(token_hash) as invitation:
        if not is_for(invitation, user):
            raise OtherAccount(_("This invitation is for another address. Sign out, then follow the link again."))
        # A password link that one organization's owner handed out before must not open the next organization too:
        # a later sign-in is what makes it void.
        User.objects.filter(pk=user.pk).update(last_login=timezone.now())
        return _admitted(invitation, user)


@audit.held()
def register(*, token_hash: str, password: str) -> Membership:
    """Create the account of the invited address, with this password, and make it a member.

    Raises DeadInvitation, and WrongChoice where the address has an account: its own password opens that.
    """
    with opened(token_hash) as invitation:
        try:
            with transaction.atomic():
                user = User.objects.create_user(invitation.email, password)
        except IntegrityError:
            raise WrongChoice(_("This address has an account already. Sign in with it.")) from None
        with audit.acting_as(audit.Actor("user", user.pk)):
            audit.record_account(action="account.create", user_id=user.pk)
            return _admitted(invitation, user)


def _admitted(invitation: Invitation, user: User) -> Membership:
    organization = invitation.organization
    membership = Membership(organization=organization, user=user, role=invitation.role)
    save_unique(organization, membership, _("You are a member already."))
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.record(organization=organization, action="invitation.accept", subject=invitation)
    return membership
