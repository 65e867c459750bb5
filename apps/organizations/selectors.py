"""Reads of an organization's own furniture: sites, cameras, members."""

from uuid import UUID

from django.db.models import QuerySet

from apps.organizations.models import Camera, Invitation, Membership, Organization, Site


def sites_of(organization: Organization) -> "QuerySet[Site]":
    return Site.objects.filter(organization=organization).order_by("name", "id")


def cameras_of(organization: Organization) -> "QuerySet[Camera]":
    return Camera.objects.filter(organization=organization).select_related("site").order_by("name", "id")


def camera_of(organization: Organization | UUID, camera_id: UUID) -> Camera | None:
    """The camera in use with this id, with its site; None for absent, foreign and retired alike."""
    cameras = Camera.objects.filter(organization=organization, pk=camera_id, is_active=True)
    return cameras.select_related("site", "organization").first()


def members_of(organization: Organization) -> "QuerySet[Membership]":
    memberships = Membership.objects.filter(organization=organization)
    return memberships.select_related("user").order_by("user__email")


def invitations_of(organization: Organization) -> "QuerySet[Invitation]":
    """The invitations that nobody used or withdrew, those that grew too old included."""
    waiting = Invitation.objects.filter(organization=organization, accepted_at=None, revoked_at=None)
    return waiting.select_related("invited_by").order_by("email", "id")
