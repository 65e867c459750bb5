"""Writes of an organization's own furniture."""

import uuid
from typing import TypeVar

from django.db import IntegrityError, transaction

from apps.organizations.errors import NameTaken, WrongChoice
from apps.organizations.models import Camera, Membership, Organization, OrganizationModel, Role, Site, User
from apps.organizations.tenancy import acting_for

Row = TypeVar("Row", bound=OrganizationModel)


@transaction.atomic
def found_organization(*, name: str, slug: str, owner: User, is_demo: bool = False) -> Organization:
    """Create an organization and make this user its owner. Raises NameTaken."""
    organization_id = uuid.uuid4()
    with acting_for(organization_id):
        try:
            with transaction.atomic():
                organization = Organization.objects.create(id=organization_id, name=name, slug=slug, is_demo=is_demo)
        except IntegrityError:
            raise NameTaken(f"An organization at “{slug}” exists already. Choose another address.") from None
        Membership.objects.create(organization=organization, user=owner, role=Role.OWNER)
    return organization


def save_site(*, organization: Organization, site: Site) -> Site:
    """Store a new or changed site whose form was valid."""
    return save_unique(organization, site, "A site of this name exists already. Choose another name.")


def save_camera(*, organization: Organization, camera: Camera) -> Camera:
    """Store a new or changed camera whose form was valid."""
    return save_unique(organization, camera, "A camera of this name exists already. Choose another name.")


def add_member(*, organization: Organization, email: str, role: str) -> Membership:
    """Give somebody a role here; who never signed in gets an account without a password, to be set by a link.

    Raises WrongChoice for a closed account, NameTaken for a member.
    """
    user = User.objects.filter(email__iexact=email).first() or User.objects.create_user(email, None)
    if not user.is_active:
        raise WrongChoice(f"The account {email} is closed.")
    membership = Membership(organization=organization, user=user, role=role)
    return save_unique(organization, membership, f"{email} is a member already.")


def change_membership(*, organization: Organization, membership: Membership, role: str, is_active: bool) -> Membership:
    """Change what a member may do, or end it. The last owner stays one: nobody else could run the organization."""
    others = Membership.objects.filter(organization=organization, role=Role.OWNER, is_active=True)
    stays_owner = role == Role.OWNER and is_active
    if membership.role == Role.OWNER and not stays_owner and not others.exclude(pk=membership.pk).exists():
        raise WrongChoice("This is the only owner. Make somebody else an owner first.")
    membership.role, membership.is_active = role, is_active
    membership.save(update_fields=["role", "is_active"])
    return membership


def save_unique(organization: Organization, row: Row, taken: str) -> Row:
    """Store a row of this organization; raises NameTaken with this sentence where a unique constraint refuses it."""
    row.organization = organization
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NameTaken(taken) from None
    return row
