"""Users, organizations, and what an organization owns before any person is enrolled."""

from apps.organizations.models.audit import AuditEntry, AuditHead, PlatformEntry, PlatformHead
from apps.organizations.models.credentials import Credential
from apps.organizations.models.jobs import Job
from apps.organizations.models.keys import OrganizationKey
from apps.organizations.models.members import Invitation, Membership, PlatformVisit, Role
from apps.organizations.models.places import (
    Camera,
    CameraKey,
    DirectionPolicy,
    FixedDirection,
    LivenessPolicy,
    Pairing,
    Site,
    validate_time_zone,
)
from apps.organizations.models.tenants import SLUG, FalsePositiveTarget, Organization, OrganizationModel
from apps.organizations.models.users import User, UserManager

__all__ = [
    "SLUG",
    "AuditEntry",
    "AuditHead",
    "Camera",
    "CameraKey",
    "Credential",
    "DirectionPolicy",
    "FixedDirection",
    "FalsePositiveTarget",
    "Invitation",
    "LivenessPolicy",
    "Job",
    "Membership",
    "Organization",
    "OrganizationKey",
    "OrganizationModel",
    "Pairing",
    "PlatformEntry",
    "PlatformHead",
    "PlatformVisit",
    "Role",
    "Site",
    "User",
    "UserManager",
    "validate_time_zone",
]
