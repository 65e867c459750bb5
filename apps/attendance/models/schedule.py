"""When people are asked to be there: shifts and their versions, who has which, single days, and holidays."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import OrganizationModel, Site, User
from apps.people.models import Department, Person


class Shift(OrganizationModel):
    """A shift by its name; what it asks for stands in its versions."""

    name = models.CharField(_("name"), max_length=80)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="shift_name_unique",
                violation_error_message=_("A shift of this name exists already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ShiftVersion(OrganizationModel):
    """What a shift asks for from a day on. Changed by a newer version, so that days that were keep their reason."""

    class Kind(models.TextChoices):
        """Times to keep, or hours to come to."""

        FIXED = "fixed", _("Fixed times")
        FLEXIBLE = "flexible", _("Flexible hours")

    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="versions")
    valid_from = models.DateField(_("from"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.FIXED)
    # Seconds after the local midnight of the shift's date, [[start, end], ...]; a night ends after 86,400.
    segments = models.JSONField(default=list)
    # Of a flexible shift; 0 where the segments say it.
    required_seconds = models.PositiveIntegerField(default=0)
    early_margin_seconds = models.PositiveIntegerField(_("punches count from so long before"), default=7200)
    late_margin_seconds = models.PositiveIntegerField(_("and until so long after"), default=7200)
    grace_in_seconds = models.PositiveIntegerField(_("grace when coming"), default=0)
    grace_out_seconds = models.PositiveIntegerField(_("grace when leaving"), default=0)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["shift", "valid_from"], name="shift_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.shift}, {self.valid_from}"


class Rotation(OrganizationModel):
    """Shifts that follow each other, day by day, and begin again: `days` holds a shift's id, or null for a free day."""

    name = models.CharField(_("name"), max_length=80)
    days = models.JSONField(default=list)
    # The first day of a round.
    begins = models.DateField(_("first day"))

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "name"], name="rotation_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class Assignment(OrganizationModel):
    """Who works a shift or a rotation, from when until when. One for the person wins over one for their department,

    that over one for their home site, that over one for everybody; of two alike the one that began later.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="assignments")
    department = models.ForeignKey(Department, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rotation = models.ForeignKey(Rotation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Of a shift: the days of the week it falls on, Monday is 0.
    weekdays = models.JSONField(default=list)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(shift=None, rotation__isnull=False) | models.Q(shift__isnull=False, rotation=None),
                name="assignment_of_one_thing",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gte=models.F("valid_from")),
                name="assignment_ends_after_it_begins",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "valid_from"], name="assignment_by_day")
        ]

    def __str__(self) -> str:
        return f"{self.person or self.department or self.site or 'everybody'}: {self.shift or self.rotation}"


class RosterDay(OrganizationModel):
    """One day of one person, planned: it wins over every assignment. Without a shift the day is free."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roster")
    date = models.DateField(_("date"))
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "date"], name="roster_day_unique")
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.date}: {self.shift or 'free'}"


class SiteCalendar(OrganizationModel):
    """Which country's public holidays a site keeps (codes of ISO 3166); without a row it keeps only its own."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="calendar")
    country = models.CharField(_("country"), max_length=2, blank=True, default="")
    subdivision = models.CharField(_("state or canton"), max_length=10, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.site}: {self.country} {self.subdivision}".strip()


class Holiday(OrganizationModel):
    """A free day of the organization's own, or a public one that is worked; for one site, or for all."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=80)
    is_worked = models.BooleanField(_("is worked, although it is public"), default=False)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "site", "date"], name="holiday_unique", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"
