"""People whose attendance is kept. A person is not a user: most never sign in."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import Invitation, Membership, OrganizationModel, Site, User


class Department(OrganizationModel):
    """A group of people that a supervisor looks after."""

    name = models.CharField(_("name"), max_length=120)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="department_name_unique",
                violation_error_message=_("A department of this name exists already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class PunchMethod(models.TextChoices):
    """How a person chose to have their time recorded; every way counts alike."""

    ANY = "any", _("No preference")
    FACE = "face", _("Face")
    PIN = "pin", _("PIN")
    BADGE = "badge", _("Badge")
    SUPERVISOR = "supervisor", _("Supervisor")


# Whoever chose one of these is not asked for their face any more.
WITHOUT_FACE = (PunchMethod.PIN, PunchMethod.BADGE, PunchMethod.SUPERVISOR)


class Person(OrganizationModel):
    """Somebody who comes and goes; known to HR by the external id."""

    external_id = models.CharField(
        _("person number"), max_length=64, help_text=_("The number your HR system knows this person by.")
    )
    given_name = models.CharField(_("given name"), max_length=80)
    family_name = models.CharField(_("family name"), max_length=80)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("department")
    )
    home_site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("home site")
    )
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    # Sent to let this person see their own time; whoever accepted it is this person.
    invitation = models.ForeignKey(
        Invitation, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    preferred_method = models.CharField(
        _("prefers"), max_length=10, choices=PunchMethod, default=PunchMethod.ANY, help_text=_("The person chooses.")
    )
    # Until this day a guardian consents for them. No birth date is kept: nothing else needs one.
    minor_until = models.DateField(
        _("minor until"), null=True, blank=True, help_text=_("The day this person comes of age; empty for adults.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    # When everything that says who this was went; the row stays for the punches that the law keeps.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationModel.Meta):
        verbose_name_plural = _("people")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "external_id"],
                name="person_external_id_unique",
                violation_error_message=_("A person with this number exists already."),
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "family_name", "given_name"], name="person_by_name")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def declines_face(self) -> bool:
        """Whether this person chose another way: nobody urges them to enroll."""
        return self.preferred_method in WITHOUT_FACE


class Responsibility(OrganizationModel):
    """A department or a site that a supervisor looks after; without any, a supervisor sees nobody."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="responsibilities")
    department = models.ForeignKey(Department, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(department=None, site__isnull=False) | models.Q(department__isnull=False, site=None),
                name="responsibility_for_one_thing",
            ),
            models.UniqueConstraint(fields=["membership", "department"], name="responsibility_department_unique"),
            models.UniqueConstraint(fields=["membership", "site"], name="responsibility_site_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.membership}: {self.department or self.site}"


class ErasureReceipt(OrganizationModel):
    """What an erasure destroyed and kept, signed; it names a pseudonym, never the person."""

    pseudonym = models.CharField(max_length=64)
    # Canonical JSON, and its Ed25519 signature by the organization's key, both as text.
    body = models.TextField()
    signature = models.CharField(max_length=128)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"receipt {self.pseudonym[:8]}"
