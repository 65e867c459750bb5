"""Credentials of programs: made, ended, and recognized by their secret."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.organizations import audit
from apps.organizations.errors import WrongChoice
from apps.organizations.models import Credential, Organization, User
from apps.organizations.services import save_unique

# Tells a leaked secret apart from other strings: scanners of code and logs look for such a mark.
MARK = "att_"
SHOWN = 12
SEEN_EVERY = timedelta(minutes=1)


def secret_hash(secret: str) -> str:
    """What is kept of a secret. It holds 256 random bits, so a slow hash would protect nothing more."""
    return sha256(secret.encode()).hexdigest()


@transaction.atomic
def create_credential(
    *, organization: Organization, created_by: User, name: str, permissions: list[str], days: int
) -> tuple[Credential, str]:
    """A new credential and its secret, which can be read here and never again. Raises NameTaken."""
    secret = MARK + secrets.token_urlsafe(32)
    credential = Credential(
        name=name,
        prefix=secret[:SHOWN],
        secret_hash=secret_hash(secret),
        permissions=sorted(permissions),
        created_by=created_by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    save_unique(organization, credential, "An API key of this name exists already. Choose another name.")
    return credential, secret


@transaction.atomic
def revoke_credential(*, organization: Organization, credential: Credential) -> None:
    """End a credential at once. Raises WrongChoice where it was ended before."""
    revoked = Credential.objects.filter(organization=organization, pk=credential.pk, revoked_at=None)
    if not revoked.update(revoked_at=timezone.now()):
        raise WrongChoice("This API key was revoked already.")
    old = {"prefix": credential.prefix, "permissions": credential.permissions}
    audit.record(organization=organization, action="credential.revoke", subject=credential, old=old)


def admitted(*, organization_id: UUID, credential_id: UUID, at: datetime) -> Credential | None:
    """The credential if it is good now, marked as used at most once a minute; revoked and expired alike are None."""
    rows = Credential.objects.filter(organization=organization_id, pk=credential_id)
    good = rows.filter(revoked_at=None, expires_at__gt=at).select_related("organization").first()
    if good and (good.seen_at is None or at - good.seen_at >= SEEN_EVERY):
        rows.filter(Q(seen_at=None) | Q(seen_at__lte=at - SEEN_EVERY)).update(seen_at=at)
    return good
