"""Writes of an organization's own furniture."""

import uuid
from typing import TypeVar

from django.db import IntegrityError, transaction

from apps.organizations import audit
from apps.organizations.errors import NameTaken, WrongChoice
from apps.organizations.models import (
    Camera,
    FalsePositiveTarget,
    Membership,
    Organization,
    OrganizationModel,
    Role,
    Site,
    User,
)
from apps.organizations.tenancy import acting_for

Row = TypeVar("Row", bound=OrganizationModel)


@audit.held()
def found_organization(*, name: str, slug: str, owner: User, is_demo: bool = False) -> Organization:
    """Create an organization and make this user its owner. Raises NameTaken."""
    organization_id = uuid.uuid4()
    with acting_for(organization_id):
        try:
            with transaction.atomic():
                organization = Organization.objects.create(id=organization_id, name=name, slug=slug, is_demo=is_demo)
        except IntegrityError:
            raise NameTaken(f"An organization at “{slug}” exists already. Choose another address.") from None
        membership = Membership(organization=organization, user=owner, role=Role.OWNER)
        founded = {"name": name, "slug": slug}
        audit.record(organization=organization, action="organization.found", subject=organization, new=founded)
        save_unique(organization, membership, "The owner is a member already.")
    return organization


@transaction.atomic
def choose_target(*, organization: Organization, false_positive_target: str) -> Organization:
    """Choose how many strangers may be taken for somebody here. Raises WrongChoice. From the next approach on."""
    if false_positive_target not in FalsePositiveTarget.values:
        raise WrongChoice("Choose one of the settings in the list.")
    # Locked and read again: of two owners who choose at once, each entry says what that one's choice replaced.
    stored = Organization.objects.filter(pk=organization.pk).select_for_update().get()
    old = stored.false_positive_target
    organization.false_positive_target = false_positive_target
    organization.save(update_fields=["false_positive_target"])
    audit.record(
        organization=organization,
        action="recognition.change",
        subject=organization,
        old={"false_positive_target": old},
        new={"false_positive_target": false_positive_target},
    )
    return organization


def save_site(*, organization: Organization, site: Site) -> Site:
    """Store a new or changed site whose form was valid."""
    return save_unique(organization, site, "A site of this name exists already. Choose another name.")


def save_camera(*, organization: Organization, camera: Camera) -> Camera:
    """Store a new or changed camera whose form was valid."""
    return save_unique(organization, camera, "A camera of this name exists already. Choose another name.")


@transaction.atomic
def change_membership(*, organization: Organization, membership: Membership, role: str, is_active: bool) -> Membership:
    """Change what a member may do, or end it. The last owner stays one: nobody else could run the organization."""
    # Locked: of two owners who make each other something else at once, the second finds no other any more.
    memberships = Membership.objects.filter(organization=organization).order_by("pk").select_for_update()
    owners = {one.pk for one in memberships.filter(role=Role.OWNER, is_active=True)}
    stays_owner = role == Role.OWNER and is_active
    if owners == {membership.pk} and not stays_owner:
        raise WrongChoice("This is the only owner. Make somebody else an owner first.")
    membership.role, membership.is_active = role, is_active
    change = audit.change_of(membership)
    membership.save(update_fields=["role", "is_active"])
    audit.record_saved(organization, membership, change)
    return membership


def record_password_link(*, organization: Organization, membership: Membership) -> None:
    """Write down that somebody was handed a link that sets this member's password."""
    audit.record(organization=organization, action="membership.password_link", subject=membership)


@transaction.atomic
def save_unique(organization: Organization, row: Row, taken: str) -> Row:
    """Store a row of this organization; raises NameTaken with this sentence where a unique constraint refuses it."""
    row.organization = organization
    change = audit.change_of(row)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NameTaken(taken) from None
    audit.record_saved(organization, row, change)
    return row
