"""Keys at rest: each wrapped by the master key, which is never in the database."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from apps.organizations.models.tenants import OrganizationModel


class OrganizationKey(OrganizationModel):
    """A key of one organization for one purpose, wrapped by the master key; used through keyring.py only.

    A newer version of a purpose stands beside the older one until everything under the older was sealed anew.
    """

    purpose = models.CharField(max_length=30)
    version = models.PositiveIntegerField(default=1)
    wrapped = models.BinaryField()
    # Which master key wraps it, so that a wrong one is told from an altered row.
    master_key_id = models.CharField(max_length=16)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "purpose", "version"], name="organization_key_unique")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"
