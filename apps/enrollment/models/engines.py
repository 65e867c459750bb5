"""Which engine this deployment recognises with, and how its next one compares."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from apps.organizations.models import OrganizationModel


class EngineChoice(models.Model):
    """The engine this deployment recognises with: one row, changed only by `manage.py engine set`."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=40)
    chosen_at = models.DateTimeField(default=timezone.now)
    # The engine that is filled beside it until it is switched to; empty while none is.
    next_name = models.CharField(max_length=40, blank=True, default="")
    next_chosen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="engine_choice_single")
        ]

    def __str__(self) -> str:
        return self.name


class ShadowTally(OrganizationModel):
    """How often the next engine named whom the present one named, a day; it decides nothing meanwhile."""

    engine = models.CharField(max_length=40)
    next_engine = models.CharField(max_length=40)
    day = models.DateField()
    same = models.PositiveIntegerField(default=0)
    other = models.PositiveIntegerField(default=0)
    nobody = models.PositiveIntegerField(default=0)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "engine", "next_engine", "day"], name="shadow_tally_unique")
        ]

    def __str__(self) -> str:
        return f"{self.engine} and {self.next_engine}, {self.day}"
