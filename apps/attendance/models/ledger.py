"""The sealed days of punches."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from apps.organizations.models import OrganizationModel


class LedgerDay(OrganizationModel):
    """The facts received on a day (UTC), sealed: the Merkle root of their codes, chained to the day before, signed.

    The codes say people by a keyed pseudonym, so that it outlives their erasure.
    """

    day = models.DateField()
    facts = models.PositiveIntegerField()
    # Of each fact, in the order of the tree, its id (16 bytes) and its code (32): so that the altered one has a name.
    leaves = models.BinaryField(default=bytes)
    root = models.CharField(max_length=64)
    before = models.CharField(max_length=64, blank=True, default="")
    mac = models.CharField(max_length=64)
    # Ed25519, by the organization's key, base64.
    signature = models.CharField(max_length=128)
    sealed_at = models.DateTimeField(default=timezone.now)
    # By which retention rule its punches were removed; empty while they are there.
    removed_by = models.CharField(max_length=80, blank=True, default="")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "day"], name="ledger_day_unique")
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.root[:8]}"
