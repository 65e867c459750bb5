"""What is derived from the facts, and rebuilt at any time: work sessions and daily records."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.attendance.models.facts import Punch
from apps.attendance.models.schedule import ShiftVersion
from apps.organizations.models import OrganizationModel, Site, User
from apps.people.models import Person


class RulesVersion(OrganizationModel):
    """An organization's attendance rules from a day on, for one site or for all (apps/attendance/rules/terms.py)."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    number = models.PositiveIntegerField()
    valid_from = models.DateField(_("from"))
    # The fields of Terms, less its version.
    terms = models.JSONField(default=dict)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "number"], name="rules_version_number_unique")
        ]

    def __str__(self) -> str:
        return f"version {self.number}, from {self.valid_from}"


class WorkSession(OrganizationModel):
    """From a person's in to their out. Deleted and made anew with its day."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="work_sessions")
    attendance_date = models.DateField(_("date"))
    in_punch = models.ForeignKey(Punch, on_delete=models.CASCADE, related_name="+")
    out_punch = models.ForeignKey(Punch, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    in_at = models.DateTimeField()
    # Empty while it is open, and where the out is missing: then it has no length.
    out_at = models.DateTimeField(null=True, blank=True)
    is_missing_out = models.BooleanField(default=False)
    # [[start, end], ...] as ISO 8601 instants.
    breaks = models.JSONField(default=list)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(out_at=None, is_missing_out=False),
                name="work_session_one_open",
            ),
            models.UniqueConstraint(fields=["in_punch"], name="work_session_in_unique"),
            models.CheckConstraint(
                condition=models.Q(out_at=None) | models.Q(out_at__gte=models.F("in_at")),
                name="work_session_ends_after_it_begins",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "attendance_date"], name="work_session_by_date"),
            models.Index(fields=["person", "attendance_date"], name="work_session_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.in_at:%Y-%m-%d %H:%M}"


class DailyRecord(OrganizationModel):
    """One day of one person: a pure function of punches, rulings, shift, leave, holiday and rules.

    Figures are whole seconds. `input_hash` is of everything it was reckoned from: equal inputs, equal record.
    """

    class Status(models.TextChoices):
        """What the day was."""

        PRESENT = "present", _("Present")
        HALF_DAY = "half_day", _("Half a day")
        ABSENT = "absent", _("Absent")
        ON_LEAVE = "on_leave", _("On leave")
        HOLIDAY = "holiday", _("Holiday")
        WEEKEND = "weekend", _("Free")
        PENDING = "pending", _("Not over yet")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="daily_records")
    attendance_date = models.DateField(_("date"))
    # Whose zone and holidays counted: the person's home site, or where they punched.
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    shift = models.ForeignKey(ShiftVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rules = models.PositiveIntegerField(default=0)
    status = models.CharField(_("status"), max_length=10, choices=Status)
    worked = models.PositiveIntegerField(default=0)
    breaks = models.PositiveIntegerField(default=0)
    required = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)
    early = models.PositiveIntegerField(default=0)
    overtime = models.PositiveIntegerField(default=0)
    first_in = models.DateTimeField(null=True, blank=True)
    last_out = models.DateTimeField(null=True, blank=True)
    is_open = models.BooleanField(default=False)
    # The site's day was finished; a later punch still changes it until its period is locked.
    is_final = models.BooleanField(default=False)
    exceptions = models.JSONField(default=list)
    trace = models.JSONField(default=list)
    input_hash = models.CharField(max_length=64)
    computed_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "attendance_date"], name="daily_record_unique")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "attendance_date"], name="daily_record_by_date")
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.attendance_date}: {self.status}"


class DayException(OrganizationModel):
    """An exception of a day that somebody should look at, and what they said of it."""

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", _("To look at")
        ACCEPTED = "accepted", _("Accepted as it is")
        RESOLVED = "resolved", _("Put right")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="exceptions")
    attendance_date = models.DateField(_("date"))
    code = models.CharField(max_length=30)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    found_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "attendance_date", "code"], name="day_exception_unique")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "state", "attendance_date"], name="day_exception_by_state")
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.attendance_date}: {self.code}"


class OvertimeRuling(OrganizationModel):
    """How much of a day's overtime was approved; the newest counts."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="overtime_rulings")
    attendance_date = models.DateField(_("date"))
    approved = models.PositiveIntegerField(_("approved"))
    ruled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    ruled_at = models.DateTimeField(default=timezone.now)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.person}, {self.attendance_date}: {self.approved} s"


class StaleDay(OrganizationModel):
    """A day of a person that has to be reckoned again, because something it is made of changed."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    date = models.DateField()
    since = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "date"], name="stale_day_unique")
        ]

    def __str__(self) -> str:
        return f"{self.person_id}, {self.date}"


class SiteDay(OrganizationModel):
    """How far the nightly work is with one day of one site."""

    class State(models.TextChoices):
        """Whether the day is finished."""

        OPEN = "open", _("Not over yet")
        WAITING = "waiting", _("Waits for a camera")
        PROVISIONAL = "provisional", _("Finished without a silent camera")
        FINAL = "final", _("Finished")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    date = models.DateField()
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    people = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    problem = models.CharField(max_length=200, blank=True, default="")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["site", "date"], name="site_day_unique")
        ]

    def __str__(self) -> str:
        return f"{self.site}, {self.date}: {self.state}"
