"""Tests of a camera with pictures held up to it."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import Camera, OrganizationModel, User


class SpoofTest(OrganizationModel):
    """A test of one camera by its own people: pictures held up to it, and live faces, at its place in its light."""

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="spoof_tests")
    taken_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.camera}, {self.started_at:%Y-%m-%d}"


class SpoofCount(OrganizationModel):
    """What one test saw of one kind of presentation (ISO/IEC 30107-3: an attack species, or live faces)."""

    class Species(models.TextChoices):
        """What was held up."""

        LIVE = "live", _("Live face")
        PRINT = "print", _("Printed photo")
        PHONE = "phone", _("Phone or tablet")
        MONITOR = "monitor", _("Monitor or laptop")

    test = models.ForeignKey(SpoofTest, on_delete=models.CASCADE, related_name="counts")
    species = models.CharField(max_length=10, choices=Species)
    tries = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    unanswered = models.PositiveIntegerField(default=0)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["test", "species"], name="spoof_count_unique")
        ]

    def __str__(self) -> str:
        return f"{self.species}: {self.accepted} of {self.tries}"
