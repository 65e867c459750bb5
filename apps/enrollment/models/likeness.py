"""People who look like each other, and what that does to an organization's line."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.enrollment.models.visits import EnrollmentSession
from apps.organizations.models import OrganizationModel, User
from apps.people.models import Person


class LookAlike(OrganizationModel):
    """Two enrolled people whose references are so near that each could be taken for the other."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    space = models.CharField(max_length=200)
    similarity = models.FloatField()
    noted_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["space", "person", "other"], name="look_alike_unique")
        ]

    def __str__(self) -> str:
        return f"{self.person} and {self.other}"


class DuplicateCase(OrganizationModel):
    """One face under two people: what was taken waits, inactive, until a person decides."""

    class Decision(models.TextChoices):
        """What a person decided."""

        OPEN = "open", _("Not decided")
        SAME_PERSON = "same_person", _("One person, enrolled twice")
        DIFFERENT_PEOPLE = "different_people", _("Two people who look alike")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    # The visit that is held; empty where a nightly comparison found two who were enrolled before.
    session = models.ForeignKey(EnrollmentSession, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    space = models.CharField(max_length=200)
    similarity = models.FloatField()
    opened_at = models.DateTimeField(default=timezone.now)
    decision = models.CharField(max_length=20, choices=Decision, default=Decision.OPEN)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person", "other", "space"], condition=models.Q(decision="open"), name="duplicate_case_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} and {self.other}"


class OwnLine(OrganizationModel):
    """What an organization's own people say about its line: from their references, each compared with the others'.

    `lowest` is a high-water mark for each target, in percent: it rises with look-alikes and never falls by itself.
    """

    space = models.CharField(max_length=200)
    lowest = models.JSONField(default=dict)
    people = models.PositiveIntegerField(default=0)
    scores = models.PositiveIntegerField(default=0)
    reckoned_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "space"], name="own_line_unique")
        ]

    def __str__(self) -> str:
        return f"{self.space}: {self.people} people"
