"""Facts of attendance: sightings and punches, the state they leave a person in, and PINs."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import Camera, DirectionPolicy, OrganizationModel, Site, User
from apps.people.models import Person


class Direction(models.TextChoices):
    """Coming or going."""

    IN = "in", _("In")
    OUT = "out", _("Out")


class Source(models.TextChoices):
    """What a punch was made with."""

    FACE = "face", _("Face")
    FACE_CONFIRMED = "face_confirmed", _("Face, confirmed")
    PIN = "pin", _("PIN")
    BADGE = "badge", _("Badge")
    MANUAL = "manual", _("By hand")


class Liveness(models.TextChoices):
    """What stood against a picture being held up when a face was recognised."""

    NONE = "", _("Nothing")
    PASSIVE = "passive", _("Looked at")
    STRICT = "strict", _("Looked at, and turned the head")
    ATTENDED = "attended", _("Somebody stood by")


class Punch(OrganizationModel):
    """An immutable fact: this person, this instant, this direction. Corrected by another row, never edited.

    Two constraints make a second punch impossible whatever runs at once: `number` counts a person's punches
    without a gap, and under once_per_day a person has one a day.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="punches")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    source = models.CharField(_("source"), max_length=20, choices=Source)
    policy = models.CharField(max_length=20, choices=DirectionPolicy)
    number = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    occurred_at = models.DateTimeField(_("time"))
    received_at = models.DateTimeField(default=timezone.now)
    time_zone = models.CharField(max_length=64)
    utc_offset_minutes = models.SmallIntegerField()
    attendance_date = models.DateField(_("date"))
    nonce = models.CharField(max_length=80)
    recorded_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    liveness = models.CharField(_("liveness"), max_length=10, choices=Liveness, blank=True, default=Liveness.NONE)
    # A code where somebody should look at it again; the punch counts meanwhile.
    review = models.CharField(_("to review"), max_length=30, blank=True, default="")

    class Meta(OrganizationModel.Meta):
        verbose_name_plural = _("punches")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "nonce"], name="punch_nonce_unique"),
            models.UniqueConstraint(fields=["person", "number"], name="punch_number_unique"),
            models.UniqueConstraint(
                fields=["person", "attendance_date"],
                condition=models.Q(policy=DirectionPolicy.ONCE_PER_DAY) & ~models.Q(source=Source.MANUAL),
                name="punch_once_per_day",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "-occurred_at"], name="punch_by_time"),
            models.Index(fields=["organization", "attendance_date"], name="punch_by_date"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.direction} {self.occurred_at.astimezone(ZoneInfo(self.time_zone)):%Y-%m-%d %H:%M}"


class PersonState(OrganizationModel):
    """Where a person's punches left them: a cache beside the facts, and the row that is locked to add one."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="state")
    direction = models.CharField(max_length=3, choices=Direction, default=Direction.OUT)
    punched_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    attendance_date = models.DateField(null=True, blank=True)
    punches = models.PositiveIntegerField(default=0)
    last_punch = models.ForeignKey(Punch, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.person}: {self.direction}"


class Sighting(OrganizationModel):
    """One approach that named a person, accepted or refused. No vector, no image.

    An approach that named nobody is only counted, in ApproachTally.
    """

    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="sightings")
    punch = models.ForeignKey(Punch, on_delete=models.PROTECT, null=True, blank=True, related_name="sightings")
    code = models.CharField(max_length=30)
    source = models.CharField(max_length=20, choices=Source)
    similarity = models.FloatField(null=True, blank=True)
    # The median of what liveness said of the approach's frames, 0..1; empty where nothing looked.
    p_real = models.FloatField(null=True, blank=True)
    occurred_at = models.DateTimeField()
    nonce = models.CharField(max_length=80)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "nonce"], name="sighting_nonce_unique")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "-occurred_at"], name="sighting_by_time")
        ]

    def __str__(self) -> str:
        return f"{self.camera} {self.code}"


class ApproachTally(OrganizationModel):
    """How many approaches ended with this code at this camera in this hour; nothing of the face."""

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()
    code = models.CharField(max_length=30)
    count = models.PositiveIntegerField(default=0)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["camera", "hour", "code"], name="approach_tally_unique")
        ]

    def __str__(self) -> str:
        return f"{self.camera} {self.hour:%Y-%m-%d %H} {self.code}: {self.count}"


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
