"""Durable work as rows."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from apps.organizations.models.tenants import OrganizationModel


class Job(OrganizationModel):
    """A piece of durable work that falls due: the outbox and the schedule of one organization.

    The row is the queue. Whatever runs the loop (a thread of the embedded server, a worker) takes the due rows.
    """

    door_arms = ("{lookup} = 'every organization'",)

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120, blank=True, default="")
    arguments = models.JSONField(default=dict)
    due_at = models.DateTimeField(default=timezone.now)
    every = models.DurationField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True, default="")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(OrganizationModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="job_due", condition=models.Q(finished_at=None))
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "kind", "key"],
                condition=models.Q(finished_at=None),
                name="job_open_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} due {self.due_at:%Y-%m-%d %H:%M}"
