"""Credentials of programs, such as an HR system."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.models.tenants import OrganizationModel
from apps.organizations.models.users import User


class Credential(OrganizationModel):
    """A secret that lets a program act in one organization, for the permissions named here and no other."""

    door_arms = ("secret_hash = {lookup}",)

    name = models.CharField(_("name"), max_length=80)
    # The first characters, shown so that people can tell secrets apart; the secret itself is kept nowhere.
    prefix = models.CharField(max_length=12, editable=False)
    # SHA-256 (hex) of the 256-bit secret.
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    permissions = models.JSONField(_("permissions"), default=list)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("valid until"))
    seen_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="credential_name_unique",
                violation_error_message=_("A credential of this name exists already."),
            )
        ]

    def __str__(self) -> str:
        return self.name
