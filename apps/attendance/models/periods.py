"""Pay periods: closed, signed off, and what changed after they were closed."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.attendance.models.corrections import Correction
from apps.organizations.models import OrganizationModel, User
from apps.people.models import Person


class PayPeriod(OrganizationModel):
    """A time that is paid together. Once it is locked its records stand; what changes later is an adjustment."""

    class State(models.TextChoices):
        """Whether its records may still change."""

        OPEN = "open", _("Open")
        LOCKED = "locked", _("Locked")

    first = models.DateField(_("from"))
    last = models.DateField(_("until"))
    # So many days after its last one it is locked, unless somebody does before.
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=3)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")), name="pay_period_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["organization", "first"], name="pay_period_first_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


class SignOff(OrganizationModel):
    """Somebody said of a person's period that it is right: the person, or who looks after them."""

    class Part(models.TextChoices):
        """Who signed."""

        EMPLOYEE = "employee", _("The person")
        SUPERVISOR = "supervisor", _("Who looks after them")

    period = models.ForeignKey(PayPeriod, on_delete=models.CASCADE, related_name="sign_offs")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sign_offs")
    part = models.CharField(max_length=10, choices=Part)
    signed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(default=timezone.now)
    # SHA-256 over the period's input hashes then: another one now means that something changed since.
    records_hash = models.CharField(max_length=64)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["period", "person", "part", "records_hash"], name="sign_off_unique")
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.period}: {self.part}"


class Adjustment(OrganizationModel):
    """What a day in a locked period would be now, less what it was paid as: paid in the period that is open.

    Differences in seconds, less those of earlier adjustments of the same day.
    """

    period = models.ForeignKey(PayPeriod, on_delete=models.PROTECT, related_name="adjustments")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="adjustments")
    attendance_date = models.DateField(_("date"))
    correction = models.ForeignKey(Correction, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    worked = models.IntegerField(default=0)
    breaks = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    early = models.IntegerField(default=0)
    overtime = models.IntegerField(default=0)
    status = models.CharField(max_length=10, blank=True, default="")
    input_hash = models.CharField(max_length=64)
    trace = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "attendance_date"], name="adjustment_by_day")
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.attendance_date}"
