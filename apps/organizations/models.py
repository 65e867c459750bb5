"""Users, organizations, and what an organization owns before any person is enrolled."""

import uuid
import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.organizations.tenancy import GuardedModel


class UserManager(BaseUserManager["User"]):
    """Creates users by email address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """Somebody who signs in. Belongs to no organization; memberships do. Not a person whose time is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = None  # type: ignore[assignment]
    email = models.EmailField(_("email address"), unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.email


class Organization(GuardedModel):
    """A tenant: everything below belongs to exactly one."""

    organization_field = "id"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
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


def validate_time_zone(name: str) -> None:
    """Refuse a name that the IANA database does not hold."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("%(name)s is not an IANA time zone, such as Europe/Zurich."), params={"name": name})


class DirectionPolicy(models.TextChoices):
    """How a camera's sightings become punches (docs/frame-walk.md)."""

    TOGGLE = "toggle", _("In and out in turn")
    FIRST_IN_LAST_OUT = "first_in_last_out", _("First in, last out")
    ONCE_PER_DAY = "once_per_day", _("Once per day")


class Site(OrganizationModel):
    """A place with a time zone; its cameras show and book that zone's time."""

    name = models.CharField(_("name"), max_length=120)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    direction_policy = models.CharField(
        _("direction policy"), max_length=20, choices=DirectionPolicy, default=DirectionPolicy.TOGGLE
    )

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="site_name_unique",
                violation_error_message=_("A site of this name exists already."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class Camera(OrganizationModel):
    """A capture device at a site: a kiosk, a tablet, a webcam on a desk."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="cameras", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("in use"), default=True)
    direction_policy = models.CharField(
        _("direction policy"),
        max_length=20,
        choices=DirectionPolicy,
        blank=True,
        default="",
        help_text=_("Empty: as the site."),
    )

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="camera_name_unique",
                violation_error_message=_("A camera of this name exists already."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def policy(self) -> str:
        return self.direction_policy or self.site.direction_policy

    @property
    def policy_label(self) -> str:
        return str(DirectionPolicy(self.policy).label)


class Role(models.TextChoices):
    """What a membership allows; the table stands in access.py."""

    OWNER = "owner", _("Owner")
    HR_MANAGER = "hr_manager", _("HR manager")
    SUPERVISOR = "supervisor", _("Supervisor")
    OPERATOR = "operator", _("Operator")
    AUDITOR = "auditor", _("Auditor")
    EMPLOYEE = "employee", _("Employee")


class Membership(OrganizationModel):
    """A user's role in an organization."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "user"],
                name="membership_user_unique",
                violation_error_message=_("This user is a member already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Job(OrganizationModel):
    """A piece of durable work that falls due: the outbox and the schedule of one organization.

    The row is the queue. Whatever runs the loop (a thread of the embedded server, a worker) takes the due rows.
    """

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120, blank=True, default="")
    arguments = models.JSONField(default=dict)
    due_at = models.DateTimeField(default=timezone.now)
    every = models.DurationField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True, default="")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(OrganizationModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="job_due", condition=models.Q(finished_at=None))
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organization", "kind", "key"],
                condition=models.Q(finished_at=None),
                name="job_open_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} due {self.due_at:%Y-%m-%d %H:%M}"


SLUG = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", _("Use small letters, digits and single hyphens."))
