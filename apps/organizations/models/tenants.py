"""The organization, and the base of every table it owns."""

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.tenancy import GuardedModel

SLUG = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", _("Use small letters, digits and single hyphens."))


class FalsePositiveTarget(models.TextChoices):
    """How many of the strangers who step up may be taken for somebody: what an owner sets instead of a threshold."""

    ONE = "1", _("1 in 100 strangers")
    THIRD = "0.3", _("1 in 330 strangers")
    TENTH = "0.1", _("1 in 1,000 strangers")


class Organization(GuardedModel):
    """A tenant: everything below belongs to exactly one."""

    door_arms = (
        "slug = {lookup}",
        "{lookup} = 'every organization'",
        "id in (select organization_id from organizations_membership where user_id = {user})",
        "id in (select organization_id from organizations_platformvisit where user_id = {user})",
    )

    organization_field = "id"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    # The roles that must sign in with a second factor here.
    mfa_roles = models.JSONField(_("roles that need a second step"), default=list, blank=True)
    # In percent.
    false_positive_target = models.CharField(
        _("strangers taken for somebody"),
        max_length=4,
        choices=FalsePositiveTarget,
        default=FalsePositiveTarget.ONE,
    )
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class OrganizationModel(GuardedModel):
    """The base of every table an organization owns: a UUID, and the organization."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", editable=False)

    class Meta:
        abstract = True
        base_manager_name = "objects"
