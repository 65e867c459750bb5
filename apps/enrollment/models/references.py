"""References, the keys that seal them, and the gallery they make up."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from apps.enrollment.models.consents import Consent
from apps.enrollment.models.visits import EnrollmentSession
from apps.organizations.models import OrganizationModel
from apps.people.models import Person


class PersonKey(OrganizationModel):
    """The key that seals one person's references, wrapped by their organization's; destroyed, they cannot be read."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    # The version of the organization's key that wraps it and whose rotation the vectors have.
    version = models.PositiveIntegerField()
    wrapped = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "version"], name="person_key_unique")
        ]

    def __str__(self) -> str:
        return f"key of {self.person_id}, {self.version}"


class Reference(OrganizationModel):
    """An enrolled vector, encrypted; never an image.

    It cannot exist without a consent. Until its session is complete it is a draft that no gallery loads. Of several
    that one visit took in one space, a gallery loads their aggregate only.
    """

    class Kind(models.TextChoices):
        SINGLE = "single"
        PART = "part"
        AGGREGATE = "aggregate"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="references")
    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="references")
    session = models.ForeignKey(EnrollmentSession, on_delete=models.CASCADE, related_name="references")
    key = models.ForeignKey(PersonKey, on_delete=models.CASCADE, related_name="references")
    space = models.CharField(max_length=200)
    # An aggregate is the mean of its visit's parts, as long as they agree; a single one stands for itself.
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SINGLE)
    ciphertext = models.BinaryField()
    # Which segment of the ring it shows, 0 to 7 clockwise from up; empty for a look straight ahead.
    segment = models.PositiveSmallIntegerField(null=True, blank=True)
    face_px = models.FloatField()
    sharpness = models.FloatField()
    is_active = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organization", "space"],
                name="reference_searched",
                condition=models.Q(is_active=True, kind__in=("single", "aggregate")),
            )
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["session", "space"], name="reference_one_aggregate", condition=models.Q(kind="aggregate")
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.space}"


class GalleryVersion(OrganizationModel):
    """Changes with every change of an organization's references, so that a cached gallery knows it is old."""

    token = models.UUIDField(default=uuid.uuid4)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization"], name="gallery_version_unique")
        ]

    def __str__(self) -> str:
        return str(self.token)
