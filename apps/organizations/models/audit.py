"""The audit trail: append-only rows, each sealed over the one before it. Written by apps/organizations/audit.py."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from apps.organizations.models.tenants import OrganizationModel


class Entry(models.Model):
    """What one entry says. Ids, never names: an erased person must not live on in the trail."""

    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=timezone.now)
    # user, camera, credential, command (the operator of the machine), job, or nobody.
    actor_kind = models.CharField(max_length=20)
    actor_id = models.UUIDField(null=True, blank=True)
    action = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40, blank=True, default="")
    subject_id = models.UUIDField(null=True, blank=True)
    # Canonical JSON objects, field to value; a personal value is replaced by a mark.
    old = models.TextField(blank=True, default="")
    new = models.TextField(blank=True, default="")
    reason = models.CharField(max_length=400, blank=True, default="")
    mac = models.CharField(max_length=64)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"


class AuditEntry(Entry, OrganizationModel):
    """One entry of an organization's chain."""

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "sequence"], name="audit_entry_sequence_unique")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "-at"], name="audit_entry_by_time"),
            models.Index(fields=["organization", "subject_id"], name="audit_entry_by_subject"),
        ]


class AuditHead(OrganizationModel):
    """Where an organization's chain ends: the row that is locked to append."""

    sequence = models.PositiveBigIntegerField(default=0)
    mac = models.CharField(max_length=64, blank=True, default="")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization"], name="audit_head_unique")
        ]

    def __str__(self) -> str:
        return str(self.sequence)


class PlatformEntry(Entry):
    """One entry of the platform's chain: sign-ins and accounts, which belong to no organization."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Whose account it is about, so that an organization may read those of its members.
    user_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["sequence"], name="platform_entry_sequence_unique")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user_id", "-at"], name="platform_entry_by_user")]


class PlatformHead(models.Model):
    """Where the platform's chain ends."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    sequence = models.PositiveBigIntegerField(default=0)
    mac = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="platform_head_single")
        ]

    def __str__(self) -> str:
        return str(self.sequence)
