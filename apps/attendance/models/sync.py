"""How far each camera has told what it saw, and how its clock goes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import Camera, OrganizationModel


class CameraSync(OrganizationModel):
    """A camera's last sign of life. One that may work offline holds absences back until it has told its day."""

    camera = models.OneToOneField(Camera, on_delete=models.CASCADE, related_name="sync")
    may_be_offline = models.BooleanField(_("works without network"), default=False)
    heard_at = models.DateTimeField(null=True, blank=True)
    # Everything that happened at the camera until then has arrived.
    synced_until = models.DateTimeField(null=True, blank=True)
    # What it says it still holds.
    waiting = models.PositiveIntegerField(default=0)
    # How far its clock is ahead of ours.
    skew_ms = models.IntegerField(default=0)
    last_sequence = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.camera}"
