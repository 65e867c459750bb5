"""What people are told and agree to, and what an organization decided about faces."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import OrganizationModel, User
from apps.people.models import Person

LONGEST_DAYS = 1095
"""Three years after the last use: nowhere that has a rule (740 ILCS 14/15(a)) may references be kept longer."""


class ConsentText(OrganizationModel):
    """What people are told before their face is enrolled; a changed text is a new version."""

    version = models.PositiveIntegerField()
    language = models.CharField(_("language"), max_length=10, default="en")
    body = models.TextField(_("text"))
    # The three things that must be said in any case; a text of the first form has them all in its body.
    what = models.TextField(_("what is kept"), blank=True, default="")
    why = models.TextField(_("what it is for"), blank=True, default="")
    how_long = models.TextField(_("how long"), blank=True, default="")
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
        BY_LINK = "by_link", _("By their own link")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=20, choices=Method)
    paper_reference = models.CharField(max_length=200, blank=True, default="")
    witness = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # The name that whoever agreed typed as their signature: the person, or for a minor the guardian.
    signature = models.CharField(_("signature"), max_length=160, blank=True, default="")
    guardian = models.CharField(_("guardian"), max_length=160, blank=True, default="")
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.person}, {self.given_at:%Y-%m-%d}"


class PrivacyRules(OrganizationModel):
    """What an organization decided about biometrics; its public policy page is written from this row.

    Face mode stays off until an impact assessment (GDPR Article 35) was filled in.
    """

    face_mode = models.BooleanField(_("faces are recognised"), default=False)
    purpose = models.TextField(_("what faces are used for"), blank=True, default="")
    contact = models.CharField(_("who answers questions"), max_length=200, blank=True, default="")
    # Days after the last punch by face; the law's longest, three years, binds in any case.
    reference_days = models.PositiveSmallIntegerField(
        _("days after the last use"), default=90, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DAYS)]
    )
    backup_days = models.PositiveSmallIntegerField(
        _("days backups are kept"), default=30, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DAYS)]
    )
    # Question to answer (impact_assessment.py); filled_at is set when every one has an answer.
    assessment = models.JSONField(default=dict, blank=True)
    filled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    filled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization"], name="privacy_rules_unique"),
            models.CheckConstraint(
                condition=models.Q(face_mode=False) | models.Q(filled_at__isnull=False),
                name="privacy_rules_assessed_before_faces",
            ),
            models.CheckConstraint(
                condition=models.Q(reference_days__range=(1, LONGEST_DAYS), backup_days__range=(1, LONGEST_DAYS)),
                name="privacy_rules_days_within_law",
            ),
        ]

    def __str__(self) -> str:
        return f"rules {self.version}"
