"""Corrections: what somebody asks to be put right, and who decided."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.attendance.models.facts import Hint, Punch
from apps.organizations.models import Membership, OrganizationModel, Site, User
from apps.people.models import Person


class Correction(OrganizationModel):
    """A request to change the facts of a person's day: punches added or made void, by whom, why, and the answer."""

    class State(models.TextChoices):
        """Where it stands."""

        REQUESTED = "requested", _("Waiting for an answer")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="corrections")
    attendance_date = models.DateField(_("date"))
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    reason = models.CharField(_("reason"), max_length=400)
    # Those that were asked for together.
    batch = models.UUIDField(null=True, blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(_("note"), max_length=400, blank=True, default="")

    class Meta(OrganizationModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "state", "-requested_at"], name="correction_by_state")
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.attendance_date}: {self.state}"


class CorrectionStep(OrganizationModel):
    """One punch that a correction adds, or one that it makes void; `made` is what came of it."""

    class Act(models.TextChoices):
        """What is done."""

        ADD = "add", _("Add a punch")
        VOID = "void", _("Make a punch void")

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=0)
    act = models.CharField(max_length=5, choices=Act)
    punch = models.ForeignKey(Punch, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    direction = models.CharField(max_length=12, choices=Hint, blank=True, default="")
    occurred_at = models.DateTimeField(null=True, blank=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made = models.ForeignKey(Punch, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["correction", "position"], name="correction_step_unique"),
            models.CheckConstraint(
                condition=models.Q(act="void", punch__isnull=False)
                | models.Q(act="add", occurred_at__isnull=False, site__isnull=False),
                name="correction_step_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.occurred_at or self.punch_id}"


class CorrectionAttachment(OrganizationModel):
    """A file that says why, as somebody sent it with a correction: kept in the database, and gone with the person."""

    correction = models.OneToOneField(Correction, on_delete=models.CASCADE, related_name="attachment")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=40)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class Delegation(OrganizationModel):
    """Somebody decides in another's place for a while."""

    absent = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="delegations")
    stand_in = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    first = models.DateField(_("from"))
    last = models.DateField(_("until"))
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")), name="delegation_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~models.Q(absent=models.F("stand_in")), name="delegation_to_somebody_else"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stand_in} for {self.absent}"
