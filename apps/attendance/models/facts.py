"""Facts of attendance: sightings and punches, what was ruled about a punch, and where a person stands."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import Camera, DirectionPolicy, OrganizationModel, Site, User
from apps.people.models import Person


class Direction(models.TextChoices):
    """Coming or going, or a break between."""

    IN = "in", _("In")
    OUT = "out", _("Out")
    BREAK_START = "break_start", _("Break begins")
    BREAK_END = "break_end", _("Break ends")


class Standing(models.TextChoices):
    """Where a person is."""

    OUT = "out", _("Out")
    IN = "in", _("In")
    ON_BREAK = "on_break", _("On a break")


class Hint(models.TextChoices):
    """What a punch asked for: a direction, or what the rules make of it (apps/attendance/rules/marks.py)."""

    AUTO = "auto", _("As the rules say")
    IN = "in", _("In")
    OUT = "out", _("Out")
    BREAK_START = "break_start", _("Break begins")
    BREAK_END = "break_end", _("Break ends")


class Source(models.TextChoices):
    """What a punch was made with."""

    FACE = "face", _("Face")
    FACE_CONFIRMED = "face_confirmed", _("Face, confirmed")
    PIN = "pin", _("PIN")
    BADGE = "badge", _("Badge")
    MANUAL = "manual", _("By hand")
    AUTO = "auto", _("Closed by the job")


class Liveness(models.TextChoices):
    """What stood against a picture being held up when a face was recognised."""

    NONE = "", _("Nothing")
    PASSIVE = "passive", _("Looked at")
    STRICT = "strict", _("Looked at, and turned the head")
    ATTENDED = "attended", _("Somebody stood by")


class SealedFact(OrganizationModel):
    """What is never edited; it carries seals that tell if it was (apps/attendance/seals.py)."""

    # Whoever wrote it down, as a keyed pseudonym that outlives their account, and the seal of the words beside it.
    author = models.CharField(max_length=64, blank=True, default="")
    words_seal = models.CharField(max_length=64, blank=True, default="")
    seal = models.CharField(max_length=64, blank=True, default="")

    class Meta(OrganizationModel.Meta):
        abstract = True


class Punch(SealedFact):
    """An immutable fact: this person, this instant, this direction. Corrected by another row, never edited.

    `direction` is what was answered then; what it counts as is derived from all of a person's punches, and from `hint`.

    Two constraints make a second punch impossible whatever runs at once: `number` counts a person's punches
    without a gap, and under once_per_day a person has one a day.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="punches")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    direction = models.CharField(_("direction"), max_length=12, choices=Direction)
    hint = models.CharField(max_length=12, choices=Hint, default=Hint.AUTO)
    source = models.CharField(_("source"), max_length=20, choices=Source)
    policy = models.CharField(max_length=20, choices=DirectionPolicy)
    number = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    occurred_at = models.DateTimeField(_("time"))
    received_at = models.DateTimeField(default=timezone.now)
    # What the device's own clock said, its own count of events, and how far that clock was ahead, in milliseconds.
    device_time = models.DateTimeField(null=True, blank=True)
    sequence = models.PositiveBigIntegerField(null=True, blank=True)
    skew_ms = models.IntegerField(null=True, blank=True)
    # Kept by the device while it had no network.
    is_offline = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=64)
    utc_offset_minutes = models.SmallIntegerField()
    attendance_date = models.DateField(_("date"))
    nonce = models.CharField(max_length=80)
    recorded_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    liveness = models.CharField(_("liveness"), max_length=10, choices=Liveness, blank=True, default=Liveness.NONE)
    # A code where somebody should look at it again; the punch counts meanwhile.
    review = models.CharField(_("to review"), max_length=30, blank=True, default="")

    class Meta(SealedFact.Meta):
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
            models.Index(fields=["organization", "received_at"], name="punch_by_receipt"),
            models.Index(fields=["person", "occurred_at"], name="punch_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.direction} {self.occurred_at.astimezone(ZoneInfo(self.time_zone)):%Y-%m-%d %H:%M}"


class PunchRuling(SealedFact):
    """What somebody decided about a punch, beside it: void, or that one which the job made stands."""

    class Kind(models.TextChoices):
        """What was decided."""

        VOID = "void", _("Does not count")
        APPROVE = "approve", _("Stands")

    punch = models.ForeignKey(Punch, on_delete=models.PROTECT, related_name="rulings")
    kind = models.CharField(max_length=10, choices=Kind)
    ruled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    ruled_at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")

    class Meta(SealedFact.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["punch", "kind"], name="punch_ruling_unique")
        ]

    def __str__(self) -> str:
        return f"{self.punch}: {self.kind}"


class PersonState(OrganizationModel):
    """Where a person's punches left them: a cache beside the facts, and the row that is locked to add one."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="state")
    direction = models.CharField(max_length=10, choices=Standing, default=Standing.OUT)
    # When the last session began, and the day it counts for.
    opened_at = models.DateTimeField(null=True, blank=True)
    attendance_date = models.DateField(null=True, blank=True)
    punched_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    # The last day on which they were counted who are counted once a day.
    attended_on = models.DateField(null=True, blank=True)
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
