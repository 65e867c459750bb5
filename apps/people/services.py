"""Writes of people and departments, of who looks after whom, and of who is which person."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.organizations import audit, invitations
from apps.organizations.errors import CodedError, WrongChoice
from apps.organizations.models import Invitation, Membership, Organization, Role, Site, User
from apps.organizations.services import save_unique
from apps.organizations.tenancy import refuse_foreign
from apps.people.models import Department, Person, Responsibility
from apps.people.selectors import members_nobody_is


class PersonErased(CodedError):
    """Somebody who was erased: their row stands for kept punches, and names nobody any more."""

    code = "person_erased"
    status = 409


@transaction.atomic
def save_person(*, organization: Organization, person: Person) -> Person:
    """Store a new or changed person whose form was valid. Raises NameTaken for a number in use, PersonErased."""
    known = Person.objects.filter(organization=organization, pk=person.pk, erased_at=None)
    if not person._state.adding and not _held(known):
        raise PersonErased(_("This person was erased. If they came back, add them as somebody new."))
    taken = f"The number {person.external_id} belongs to somebody else. Use another."
    return save_unique(organization, person, taken)


def is_still_here(*, organization: Organization, person: Person) -> bool:
    """Whether this person is active, whatever the row says that was read earlier.

    Until the present transaction ends they stay so: whoever sets them inactive or erases them waits for it. Raises
    WrongOrganization.
    """
    refuse_foreign(person)
    return _held(Person.objects.filter(organization=organization, pk=person.pk, is_active=True))


def _held(people: "QuerySet[Person]") -> bool:
    return bool(people.select_for_update(no_key=True).values_list("pk", flat=True))


def save_department(*, organization: Organization, department: Department) -> Department:
    """Store a new or changed department whose form was valid. Raises NameTaken."""
    return save_unique(organization, department, "A department of this name exists already. Choose another name.")


@transaction.atomic
def person_of_photos(*, organization: Organization, external_id: str) -> Person:
    """The person of this number; made with the number as name where HR has not sent one yet."""
    person, made = Person.objects.get_or_create(
        organization=organization,
        external_id=external_id,
        defaults={"given_name": external_id.replace("_", " ").strip(), "family_name": ""},
    )
    if made:
        audit.record(organization=organization, action="person.create", subject=person)
    return person


def record_view(*, organization: Organization, person: Person) -> None:
    """Write down that somebody looks at this person's record."""
    audit.record(organization=organization, action="person.view", subject=person)


@transaction.atomic
def choose_method(*, organization: Organization, person: Person, method: str) -> None:
    """Keep how this person wants their time recorded, which they may change at any time."""
    old = person.preferred_method
    person.preferred_method = method
    person.save(update_fields=["preferred_method"])
    said = ({"preferred_method": old}, {"preferred_method": method})
    audit.record(organization=organization, action="person.choose_method", subject=person, old=said[0], new=said[1])


@transaction.atomic
def assign_responsibilities(
    *, organization: Organization, membership: Membership, departments: Iterable[Department], sites: Iterable[Site]
) -> None:
    """Let this member look after these departments and sites, and no others. It counts while they are a supervisor."""
    earlier = Responsibility.objects.filter(organization=organization, membership=membership)
    old = _looked_after(earlier)
    earlier.delete()
    kept = [Responsibility(organization=organization, membership=membership, department=one) for one in departments]
    kept += [Responsibility(organization=organization, membership=membership, site=one) for one in sites]
    Responsibility.objects.bulk_create(kept)
    audit.record(
        organization=organization,
        action="membership.assign_responsibilities",
        subject=membership,
        old=old,
        new=_looked_after(kept),
    )


def _looked_after(rows: Iterable[Responsibility]) -> dict[str, list[str]]:
    found = list(rows)
    return {
        "departments": sorted(str(one.department_id) for one in found if one.department_id),
        "sites": sorted(str(one.site_id) for one in found if one.site_id),
    }


@transaction.atomic
def link_member(*, organization: Organization, person: Person, membership: Membership) -> None:
    """Let this member see this person's own time, as theirs. Raises WrongChoice for a member who is somebody else."""
    if not members_nobody_is(organization).filter(pk=membership.pk).exists():
        raise WrongChoice("This member is no longer free to choose. Choose another, or unlink them first.")
    old = _own_access(person)
    person.user, person.invitation = membership.user, None
    person.save(update_fields=["user", "invitation"])
    audit.record(organization=organization, action="person.link", subject=person, old=old, new=_own_access(person))


@audit.held()
def invite_person(
    *, organization: Organization, person: Person, email: str, invited_by: User
) -> tuple[Invitation, str]:
    """Invite this address as an employee who is this person; returns the secret of the link too, once.

    Raises WrongChoice where an owner invited it in another role: that invitation would end, and only owners end it.
    """
    if invitations.open_ones(organization, email).exclude(role=Role.EMPLOYEE).exists():
        raise WrongChoice(_("An owner invited this address in another role. Link them once they came in."))
    old = _own_access(person)
    if person.invitation:
        invitations.revoke(organization=organization, invitation=person.invitation)
    invitation, secret = invitations.invite(
        organization=organization, email=email, role=Role.EMPLOYEE, invited_by=invited_by
    )
    person.user, person.invitation = None, invitation
    person.save(update_fields=["user", "invitation"])
    audit.record(organization=organization, action="person.invite", subject=person, old=old, new=_own_access(person))
    return invitation, secret


@audit.held()
def unlink_member(*, organization: Organization, person: Person) -> None:
    """Nobody sees this person's time as their own any more. The membership stays; an open invitation ends."""
    old = _own_access(person)
    if person.invitation:
        invitations.revoke(organization=organization, invitation=person.invitation)
    person.user, person.invitation = None, None
    person.save(update_fields=["user", "invitation"])
    audit.record(organization=organization, action="person.unlink", subject=person, old=old, new=_own_access(person))


def _own_access(person: Person) -> dict[str, str]:
    return {"user": str(person.user_id or ""), "invitation": str(person.invitation_id or "")}
