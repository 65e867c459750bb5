"""Sites and cameras, and the keys that cameras speak with."""

import zoneinfo
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.models.tenants import OrganizationModel
from apps.organizations.models.users import User


def validate_time_zone(name: str) -> None:
    """Refuse a name that the IANA database does not hold."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("%(name)s is not an IANA time zone, such as Europe/Zurich."), params={"name": name})


class DirectionPolicy(models.TextChoices):
    """How a camera's sightings become punches (docs/frame-walk.md)."""

    TOGGLE = "toggle", _("In and out in turn")
    FIRST_IN_LAST_OUT = "first_in_last_out", _("First in, last out")
    ONCE_PER_DAY = "once_per_day", _("Once per day")
    DEVICE = "device", _("As the camera says: one for coming, one for going")
    EXPLICIT = "explicit", _("The person says: in, out or break")


class FixedDirection(models.TextChoices):
    """What a camera at an entrance or an exit makes of everybody."""

    IN = "in", _("Coming")
    OUT = "out", _("Going")


class LivenessPolicy(models.TextChoices):
    """What a site asks for before it believes that a face is there and not its picture (docs/liveness.md)."""

    OFF = "off", _("Off: pictures are not looked for")
    PASSIVE = "passive", _("Passive: each frame is looked at")
    STRICT = "strict", _("Strict: passive, and a turn of the head")
    ATTENDED = "attended", _("Attended: somebody stands beside the camera")


class Site(OrganizationModel):
    """A place with a time zone; its cameras show and book that zone's time."""

    name = models.CharField(_("name"), max_length=120)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    direction_policy = models.CharField(
        _("direction policy"), max_length=20, choices=DirectionPolicy, default=DirectionPolicy.TOGGLE
    )
    liveness_policy = models.CharField(_("liveness"), max_length=10, choices=LivenessPolicy, default=LivenessPolicy.OFF)
    frames_per_decision = models.PositiveSmallIntegerField(
        _("frames before a decision"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text=_("Fewer is faster and takes more strangers for somebody."),
    )

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="site_name_unique",
                violation_error_message=_("A site of this name exists already."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class Camera(OrganizationModel):
    """A capture device at a site: a kiosk, a tablet, a webcam on a desk."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="cameras", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("in use"), default=True)
    direction_policy = models.CharField(
        _("direction policy"),
        max_length=20,
        choices=DirectionPolicy,
        blank=True,
        default="",
        help_text=_("Empty: as the site."),
    )
    fixed_direction = models.CharField(
        _("people here are"),
        max_length=3,
        choices=FixedDirection,
        blank=True,
        default="",
        help_text=_("Of a camera whose policy is that the camera says it."),
    )
    faces_per_frame = models.PositiveSmallIntegerField(
        _("faces at once"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(8)],
        help_text=_("More than one: a passage where people walk by; each is decided on their own."),
    )

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="camera_name_unique",
                violation_error_message=_("A camera of this name exists already."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def policy(self) -> str:
        return self.direction_policy or self.site.direction_policy

    @property
    def hint(self) -> str:
        """What this camera asks for by itself: a direction, or what the rules make of it."""
        return self.fixed_direction or "auto" if self.policy == DirectionPolicy.DEVICE else "auto"

    @property
    def policy_label(self) -> str:
        return str(DirectionPolicy(self.policy).label)


class Pairing(OrganizationModel):
    """A code shown once, with which a device becomes this camera: eight characters, ten minutes, five tries."""

    door_arms = ("code_hash = {lookup}",)

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="pairings")
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"pairing of {self.camera}"


class CameraKey(OrganizationModel):
    """The public half of a key that never leaves the device's browser; what a camera is known by."""

    door_arms = ("fingerprint = {lookup}",)

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="keys")
    # SHA-256 (hex) of the public key in SubjectPublicKeyInfo form, and that form itself.
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    public_key = models.BinaryField(editable=False)
    paired_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    paired_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"key of {self.camera}"

    @property
    def short_fingerprint(self) -> str:
        """Enough of it for people to tell two devices apart."""
        return f"{self.fingerprint[:4]} {self.fingerprint[4:8]} {self.fingerprint[8:12]}"
