"""Who may open an organization: members, who is invited, and platform staff who stepped in."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.models.tenants import OrganizationModel
from apps.organizations.models.users import User


class Role(models.TextChoices):
    """What a membership allows; the table stands in access.py."""

    OWNER = "owner", _("Owner")
    HR_MANAGER = "hr_manager", _("HR manager")
    SUPERVISOR = "supervisor", _("Supervisor")
    OPERATOR = "operator", _("Operator")
    AUDITOR = "auditor", _("Auditor")
    EMPLOYEE = "employee", _("Employee")


class Membership(OrganizationModel):
    """A user's role in an organization."""

    door_arms = ("user_id = {user}",)

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "user"],
                name="membership_user_unique",
                violation_error_message=_("This user is a member already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Invitation(OrganizationModel):
    """A link that makes whoever follows it a member, once, until it expires."""

    door_arms = ("token_hash = {lookup}",)

    email = models.EmailField(_("email address"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    # SHA-256 (hex) of the secret in the link; the secret itself is kept nowhere.
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"invitation of {self.email}"


class PlatformVisit(OrganizationModel):
    """A step of platform staff into an organization: with a reason, for a time, written into its audit trail."""

    door_arms = ("user_id = {user}",)

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.AUDITOR)
    reason = models.CharField(_("reason"), max_length=200)
    started_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"visit of {self.user}"
