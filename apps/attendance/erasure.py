"""What becomes of a person's punches, which the law keeps, and of everything else a camera noted of them."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.attendance import pins
from apps.attendance.models import Badge, PathTry, PersonState, Pin, PinLock, Punch, Sighting
from apps.organizations.models import Organization
from apps.people.erasure import Fate, erases
from apps.people.models import Person


@erases(
    PathTry,
    Fate.PSEUDONYMISED,
    _("How long their tries to punch took"),
    becomes={"person": None},
    why=_("It shows whether every way to punch is equally good, and then names nobody."),
    hands_out=("occurred_at", "camera.name", "path", "succeeded", "milliseconds", "taps"),
)
def tries(organization: Organization, person: Person) -> "QuerySet[Any]":
    return PathTry.objects.filter(organization=organization, person=person)


@erases(
    Sighting,
    Fate.DESTROYED,
    _("When cameras recognised or refused them, and how surely"),
    hands_out=("occurred_at", "camera.name", "source", "code", "similarity", "p_real"),
)
def sightings(organization: Organization, person: Person) -> "QuerySet[Any]":
    return Sighting.objects.filter(organization=organization, person=person)


@erases(
    PersonState,
    Fate.DESTROYED,
    _("Whether they are in or out now"),
    hands_out=("direction", "punched_at", "seen_at", "attendance_date", "punches"),
)
def states(organization: Organization, person: Person) -> "QuerySet[Any]":
    return PersonState.objects.filter(organization=organization, person=person)


@erases(
    Punch,
    Fate.PSEUDONYMISED,
    _("Their punches, without the reasons written beside them"),
    becomes={"reason": ""},
    why=_("Records of working time are kept as long as the law asks; from now on they name nobody."),
    hands_out=(
        *("attendance_date", "occurred_at", "time_zone", "direction", "source", "site.name", "camera.name"),
        *("recorded_by.email", "reason", "liveness", "review", "received_at", "number"),
    ),
)
def punches(organization: Organization, person: Person) -> "QuerySet[Any]":
    return Punch.objects.filter(organization=organization, person=person).order_by("number")


@erases(Pin, Fate.DESTROYED, _("Their PIN"), hands_out=("set_at",))
def own_pin(organization: Organization, person: Person) -> "QuerySet[Any]":
    return Pin.objects.filter(organization=organization, person=person)


@erases(
    PinLock,
    Fate.DESTROYED,
    _("Wrong PINs counted under their number"),
    hands_out=("camera.name", "failures", "first_failure_at", "locked_until"),
)
def locks(organization: Organization, person: Person) -> "QuerySet[Any]":
    return PinLock.objects.filter(organization=organization, number=pins.subject(person.external_id))


@erases(Badge, Fate.DESTROYED, _("Their badges"), hands_out=("ending", "issued_at", "revoked_at"))
def own_badges(organization: Organization, person: Person) -> "QuerySet[Any]":
    return Badge.objects.filter(organization=organization, person=person)
