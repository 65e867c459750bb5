"""What becomes of a person's own row, of their login, and of what else of an organization leads to them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.organizations import audit_phrases, doors
from apps.organizations.audit_reading import names_of
from apps.organizations.models import AuditEntry, Invitation, Job, Membership, Organization, Role, User
from apps.organizations.tenancy import GuardedModel
from apps.people.erasure import Fate, Gone, erases
from apps.people.models import Person, PunchMethod

SHORT = 16  # hex digits of the pseudonym: enough to tell two erased people apart


def nobody(gone: Gone) -> Mapping[str, Any]:
    """What is left of a person's row: a number made of the pseudonym, for the punches that are kept."""
    return {
        "external_id": f"erased-{gone.pseudonym[:SHORT]}",
        "given_name": "Erased",
        "family_name": gone.pseudonym[:8],
        "department": None,
        "home_site": None,
        "user": None,
        "invitation": None,
        "preferred_method": PunchMethod.ANY,
        "minor_until": None,
        "is_active": False,
        "erased_at": gone.at,
    }


@erases(
    Person,
    Fate.PSEUDONYMISED,
    _("Their row, with a pseudonym in place of number and name, and without department, site and login"),
    becomes=nobody,
    why=_("It holds the punches that are kept together."),
    hands_out=(
        *("external_id", "given_name", "family_name", "department.name", "home_site.name", "preferred_method"),
        *("minor_until", "is_active", "created_at"),
    ),
)
def own_row(organization: Organization, person: Person) -> "QuerySet[Any]":
    return Person.objects.filter(organization=organization, pk=person.pk)


# --- Their login, where they have one ----------------------------------------------------------------


def account_of(person: Person) -> User | None:
    """Whoever signs in as this person."""
    return person.user or (person.invitation.accepted_by if person.invitation else None)


@erases(
    Membership,
    Fate.DESTROYED,
    _("The membership with which they saw their own time"),
    hands_out=("role", "is_active", "created_at"),
)
def memberships(organization: Organization, person: Person) -> "QuerySet[Any]":
    """Who is a member for another reason, such as an HR manager, stays one."""
    return Membership.objects.filter(organization=organization, user=account_of(person), role=Role.EMPLOYEE)


@erases(
    Invitation,
    Fate.DESTROYED,
    _("Invitations to their email address"),
    hands_out=("email", "role", "created_at", "expires_at", "accepted_at", "revoked_at"),
)
def invitations(organization: Organization, person: Person) -> "QuerySet[Any]":
    """Those with which they came in another role than the one they have now too, unless they still have another."""
    account = account_of(person)
    addresses = {one.email for one in (person.invitation, account) if one}
    found = Q(pk=person.invitation_id)
    for address in addresses:
        found |= Q(email__iexact=address, role=Role.EMPLOYEE)
    if account and not _has_another_role(organization, account):
        found |= Q(accepted_by=account)
    return Invitation.objects.filter(found, organization=organization)


def end_account(organization: Organization, person: Person) -> Sequence[str]:
    """Delete the login, its sessions first."""
    for user in accounts(organization, person):
        Session.objects.filter(session_key__in=UserSession.objects.filter(user=user).values("session_key")).delete()
        if not _deleted(user):
            _emptied(user)
    return ()


def _deleted(user: User) -> bool:
    """Delete a login, unless what it once did in another organization, where it is nobody any more, names it still.

    Those rows cannot be seen from here; found at the commit, they would undo the erasure and leave its tombstone.
    """
    key = user.pk
    try:
        with transaction.atomic():
            user.delete()
            connection.check_constraints(table_names=[one.related_model._meta.db_table for one in _pointing_at_users()])
    except IntegrityError:
        user.pk = key  # Django forgets it, although the row stands again
        return False
    return True


def _emptied(user: User) -> None:
    """Leave of a login an id that nobody signs in with."""
    for one in _pointing_at_users():
        if one.on_delete is models.CASCADE and not issubclass(one.related_model, GuardedModel):
            one.related_model._default_manager.filter(**{one.field.name: user}).delete()
    user.email = f"erased-{user.pk.hex}@erased.invalid"
    user.first_name = user.last_name = ""
    user.is_active, user.last_login = False, None
    user.set_unusable_password()
    user.save()


def _pointing_at_users() -> list[Any]:
    found = User._meta.get_fields(include_hidden=True)  # most have no name to come back by
    return [one for one in found if isinstance(one, models.ManyToOneRel)]


@erases(
    User,
    Fate.DESTROYED,
    _("Their login, where it serves for nothing else"),
    act=end_account,
    hands_out=("email", "date_joined", "last_login"),
)
def accounts(organization: Organization, person: Person) -> "QuerySet[Any]":
    account = account_of(person)
    if account is None or not _serves_for_this_alone(organization, account):
        return User.objects.none()
    return User.objects.filter(pk=account.pk)


def _serves_for_this_alone(organization: Organization, account: User) -> bool:
    if account.is_staff or account.is_superuser or doors.organization_ids_of(account.pk) - {organization.pk}:
        return False
    return not _has_another_role(organization, account)


def _has_another_role(organization: Organization, account: User) -> bool:
    members = Membership.objects.filter(organization=organization, user=account)
    return members.exclude(role=Role.EMPLOYEE).exists()


# --- What names them by their id only ----------------------------------------------------------------


@erases(
    Job,
    Fate.DESTROYED,
    _("Work that was queued for them"),
    withheld=_("It says when a program is to run, and nothing more of them."),
)
def queued_work(organization: Organization, person: Person) -> "QuerySet[Any]":
    marks = "|".join(re.escape(mark) for mark in (str(person.pk), person.external_id, person.name) if mark)
    whole = re.compile(rf"(?<![\w-])({marks})(?![\w-])")  # a number may be part of another number, or of an id
    told = Job.objects.filter(organization=organization, every=None).values_list("pk", "key", "arguments", "last_error")
    found = [pk for pk, *told_by in told.iterator() if any(map(whole.search, _texts(told_by)))]
    return Job.objects.filter(organization=organization, pk__in=found)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts([*value.keys(), *value.values()])
    elif isinstance(value, Sequence):
        for one in value:
            yield from _texts(one)


def in_words(entries: "QuerySet[Any]") -> Iterable[Mapping[str, Any]]:
    """Who did what, as the audit trail's own page words it."""
    found = list(entries.order_by("sequence"))
    names = names_of(found)
    for entry in found:
        yield {
            "at": entry.at,
            "who": audit_phrases.who(entry, names),
            "what": audit_phrases.act(entry.action),
            "about": entry.subject_kind,
        }


@erases(
    AuditEntry,
    Fate.KEPT,
    _("Who looked at their record, and what was changed in it"),
    why=_("The audit trail holds ids and dates, no name; nobody can change it, which is what it is for."),
    hands_out=in_words,
)
def audit_trail(organization: Organization, person: Person) -> "QuerySet[Any]":
    key = str(person.pk)
    about = Q(subject_id=person.pk) | Q(old__contains=key) | Q(new__contains=key)
    return AuditEntry.objects.filter(about, organization=organization)
