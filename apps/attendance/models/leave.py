"""Leave: its kinds, how much of each somebody has, and when they are away."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import OrganizationModel, User
from apps.people.models import Person


class LeaveType(OrganizationModel):
    """A kind of leave, such as holidays or sickness."""

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    is_paid = models.BooleanField(_("paid"), default=True)
    # Whether days of it are taken from what somebody was granted.
    has_balance = models.BooleanField(_("counts against a balance"), default=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "code"], name="leave_type_code_unique")
        ]

    def __str__(self) -> str:
        return self.name


class LeaveGrant(OrganizationModel):
    """So many days of a kind that somebody may take within a time; a correction is a grant of less than none."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="leave_grants")
    type = models.ForeignKey(LeaveType, on_delete=models.PROTECT, related_name="+")
    days = models.DecimalField(_("days"), max_digits=6, decimal_places=2)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"))
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    granted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.person}: {self.days} {self.type}"


class Leave(OrganizationModel):
    """Somebody is away from a day until another; it counts once it is approved."""

    class State(models.TextChoices):
        """Where it stands."""

        REQUESTED = "requested", _("Waiting for an answer")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        CANCELLED = "cancelled", _("Cancelled")

    class Half(models.TextChoices):
        """Which part of each of its days."""

        WHOLE = "whole", _("The whole day")
        MORNING = "morning", _("The first half")
        AFTERNOON = "afternoon", _("The second half")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="leaves")
    type = models.ForeignKey(LeaveType, on_delete=models.PROTECT, related_name="+")
    first = models.DateField(_("from"))
    last = models.DateField(_("until"))
    half = models.CharField(max_length=10, choices=Half, default=Half.WHOLE)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    # What another system calls it, where it came from one.
    external_id = models.CharField(max_length=80, blank=True, default="")
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="leave_ends_after_it_begins"),
            models.UniqueConstraint(
                fields=["organization", "external_id"],
                condition=~models.Q(external_id=""),
                name="leave_external_id_unique",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "first", "last"], name="leave_by_day")
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.first}: {self.type}"
