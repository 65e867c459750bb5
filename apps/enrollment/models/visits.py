"""Visits to the capture page, and the links that lead to it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.enrollment.models.consents import Consent
from apps.organizations.models import OrganizationModel, User
from apps.people.models import Person


class EnrollmentSession(OrganizationModel):
    """One visit to the capture page: open until enough frames are in, or it ends without a trace."""

    class State(models.TextChoices):
        """Where the visit stands."""

        OPEN = "open", _("Open")
        HELD = "held", _("Waiting for a decision")
        COMPLETE = "complete", _("Complete")
        CANCELLED = "cancelled", _("Cancelled")

    class Kind(models.TextChoices):
        """What is taken."""

        GUIDED = "guided", _("Turning the head")
        STILL = "still", _("Without turning the head")
        PHOTOS = "photos", _("From photos")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="enrollment_sessions")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.GUIDED)
    # Whoever sat beside a person who cannot turn their head, and said so.
    supervised_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # The head's pose when looking straight, in degrees as the server measures: {"yaw", "pitch", "roll"}.
    baseline = models.JSONField(default=dict, blank=True)
    # The last frame or connection: a visit left alone ends soon after it, and what was taken goes.
    seen_at = models.DateTimeField(default=timezone.now)
    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="+")
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.person}, {self.state}"


class EnrollmentInvitation(OrganizationModel):
    """A link with which a person enrolls on their own phone, once, until it expires."""

    door_arms = ("token_hash = {lookup}",)

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    # SHA-256 (hex) of the secret in the link; the secret itself is kept nowhere.
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    session = models.ForeignKey(EnrollmentSession, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"invitation of {self.person}"
