"""Ways to punch without a face, and how each of the ways does."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import Camera, OrganizationModel, User
from apps.people.models import Person


class Pin(OrganizationModel):
    """A person's PIN, hashed; never listed, never exported."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="pin")
    pin_hash = models.CharField(max_length=200, editable=False)
    set_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"PIN of {self.person}"


class PinLock(OrganizationModel):
    """Wrong PINs at one camera, for one person number or (empty) for all of them together."""

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=64, blank=True, default="")
    failures = models.PositiveSmallIntegerField(default=0)
    first_failure_at = models.DateTimeField(default=timezone.now)
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["camera", "number"], name="pin_lock_unique")
        ]

    def __str__(self) -> str:
        return f"{self.camera}: {self.failures}"


class Badge(OrganizationModel):
    """A code on a card or a phone that stands for a person; the code itself is kept nowhere."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="badges")
    # HMAC-SHA256 (hex) of the code under the organization's key.
    code_hash = models.CharField(max_length=64, editable=False)
    # The code's last characters, so that people can tell cards apart.
    ending = models.CharField(max_length=4, editable=False)
    issued_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    issued_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "code_hash"], name="badge_code_unique")
        ]

    def __str__(self) -> str:
        return f"badge …{self.ending}"


class PathTry(OrganizationModel):
    """One try to punch, by whichever way: how long it took and whether it worked. Shows whether the ways are equal."""

    class Path(models.TextChoices):
        """The ways to punch."""

        FACE = "face", _("Face")
        PIN = "pin", _("PIN")
        BADGE = "badge", _("Badge")

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="+")
    # Empty where nobody was named.
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    path = models.CharField(max_length=10, choices=Path)
    succeeded = models.BooleanField()
    # From the first frame of the approach, or the first key, to the answer.
    milliseconds = models.PositiveIntegerField()
    taps = models.PositiveSmallIntegerField(default=0)
    occurred_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "-occurred_at"], name="path_try_by_time")
        ]

    def __str__(self) -> str:
        return f"{self.path}: {self.milliseconds} ms"
