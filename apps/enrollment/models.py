"""Consent, enrollment sessions, references, and the deployment's choice of engine."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import OrganizationModel, User
from apps.people.models import Person


class EngineChoice(models.Model):
    """The engine this deployment recognises with: one row, changed only by `manage.py engine set`."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=40)
    chosen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="engine_choice_single")
        ]

    def __str__(self) -> str:
        return self.name


class ConsentText(OrganizationModel):
    """What people are told before their face is enrolled; a changed text is a new version."""

    version = models.PositiveIntegerField()
    language = models.CharField(max_length=10, default="en")
    body = models.TextField(_("text"))
    sha256 = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "language", "version"], name="consent_text_version_unique")
        ]

    def __str__(self) -> str:
        return f"version {self.version} ({self.language})"


class Consent(OrganizationModel):
    """A person's consent to one version of the text: stored before the camera opens."""

    class Method(models.TextChoices):
        """How consent was given."""

        ON_SCREEN = "on_screen", _("On screen")
        ON_PAPER = "on_paper", _("On paper")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=20, choices=Method)
    paper_reference = models.CharField(max_length=200, blank=True, default="")
    witness = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.person}, {self.given_at:%Y-%m-%d}"


class EnrollmentSession(OrganizationModel):
    """One visit to the capture page: open until enough frames are in, or it ends without a trace."""

    class State(models.TextChoices):
        """Where the visit stands."""

        OPEN = "open", _("Open")
        COMPLETE = "complete", _("Complete")
        CANCELLED = "cancelled", _("Cancelled")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="enrollment_sessions")
    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="+")
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.person}, {self.state}"


class Reference(OrganizationModel):
    """An enrolled vector, encrypted; never an image.

    It cannot exist without a consent. Until its session is complete it is a draft that no gallery loads.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="references")
    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="references")
    session = models.ForeignKey(EnrollmentSession, on_delete=models.CASCADE, related_name="references")
    space = models.CharField(max_length=200)
    ciphertext = models.BinaryField()
    face_px = models.FloatField()
    sharpness = models.FloatField()
    is_active = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "space"], name="reference_gallery", condition=models.Q(is_active=True))
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.space}"


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


class GalleryVersion(OrganizationModel):
    """Changes with every change of an organization's references, so that a cached gallery knows it is old."""

    token = models.UUIDField(default=uuid.uuid4)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization"], name="gallery_version_unique")
        ]

    def __str__(self) -> str:
        return str(self.token)
