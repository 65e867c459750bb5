"""Links with which people enroll on their own phone: once, for a week, and as easily declined.

The link is a secret of 256 bits, kept nowhere: the row holds its SHA-256. Whoever follows it sees what is kept and
why, and either agrees, which opens one visit to the camera, or chooses another way; both use the link up.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.enrollment import consents, selectors, services
from apps.enrollment.engine_choice import chosen_entry, next_entry, prefix_of
from apps.enrollment.models import Consent, ConsentText, EnrollmentInvitation, EnrollmentSession, Reference
from apps.enrollment.privacy import face_mode, require_face_mode
from apps.organizations import audit, doors
from apps.organizations.errors import CodedError, WrongChoice
from apps.organizations.models import Organization, User
from apps.organizations.tenancy import acting_for
from apps.people.models import WITHOUT_FACE, Person, PunchMethod
from apps.people.reach import Reach, within
from apps.people.selectors import people_within

DAYS = 7
SECRET_BYTES = 32
# What may be chosen instead of the face; each counts like the face.
OTHER_WAYS = (PunchMethod.PIN, PunchMethod.BADGE)
ANSWERS_SHOWN_DAYS = 30


class DeadLink(CodedError):
    """Unknown, used, taken back and too old alike: nobody learns which."""

    code = "enrollment_link_dead"
    status = 410

    def __init__(self) -> None:
        super().__init__(
            _("This link does not work any more. Ask whoever sent it for a new one. Until then, use your PIN or badge.")
        )


class TextChanged(CodedError):
    """The consent text has a newer version than the one that was read."""

    code = "consent_text_changed"
    status = 409


def hash_of(secret: str) -> str:
    """What is stored of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


# --- Making and taking back --------------------------------------------------------------------------


@audit.held()
def invite(*, organization: Organization, person: Person, invited_by: User | None) -> tuple[EnrollmentInvitation, str]:
    """Make a link for this person; returns its secret too, once. Their earlier open links end.

    Raises FaceModeOff, and WrongChoice for somebody who left.
    """
    require_face_mode(organization)
    if not person.is_active:
        raise WrongChoice(_("%(name)s no longer works here, so there is nothing to enroll.") % {"name": person})
    for one in links_to_end(organization, person):
        revoke(organization=organization, invitation=one)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    invitation = EnrollmentInvitation.objects.create(
        organization=organization,
        person=person,
        token_hash=hash_of(secret),
        invited_by=invited_by,
        expires_at=timezone.now() + timedelta(days=DAYS),
    )
    new = {"person": person.pk, "expires_at": invitation.expires_at}
    audit.record(organization=organization, action="enrollment_link.create", subject=invitation, new=new)
    return invitation, secret


@audit.held()
def invite_all(
    *, organization: Organization, people: Iterable[Person], invited_by: User | None
) -> list[tuple[EnrollmentInvitation, str]]:
    """A link for each of these people. Raises as `invite` does; then none is made."""
    with transaction.atomic():
        return [invite(organization=organization, person=one, invited_by=invited_by) for one in people]


@audit.held()
def revoke(*, organization: Organization, invitation: EnrollmentInvitation) -> None:
    """Take a link back; the visit that it opened ends too. Of one that came to its end nothing changes."""
    rows = EnrollmentInvitation.objects.filter(organization=organization, pk=invitation.pk)
    row = rows.select_for_update(of=("self",)).select_related("session").get()
    if row.revoked_at or not (row.used_at is None or _is_visiting(row) or may_start_again(row)):
        return
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    if row.session:
        services.cancel_session(organization=organization, session=row.session)
    audit.record(organization=organization, action="enrollment_link.revoke", subject=row, new={"person": row.person_id})


def _is_visiting(invitation: EnrollmentInvitation) -> bool:
    return bool(invitation.session and invitation.session.state == EnrollmentSession.State.OPEN)


# --- Reading -----------------------------------------------------------------------------------------


def open_links(organization: Organization) -> "QuerySet[EnrollmentInvitation]":
    """Links that still lead somewhere: not used yet, or used by somebody who is in front of the camera now."""
    unused = Q(used_at=None, expires_at__gt=timezone.now())
    links = EnrollmentInvitation.objects.filter(organization=organization, revoked_at=None)
    return links.filter(unused | Q(session__state=EnrollmentSession.State.OPEN)).select_related("session")


def links_to_end(organization: Organization, person: Person) -> "QuerySet[EnrollmentInvitation]":
    """This person's links that still lead somewhere, and those that a browser may start again with; newest first."""
    links = EnrollmentInvitation.objects.filter(organization=organization, person=person, revoked_at=None)
    stopped = Q(session__state=EnrollmentSession.State.CANCELLED, session__consent__withdrawn_at=None)
    leading = Q(expires_at__gt=timezone.now()) & (Q(used_at=None) | stopped)
    found = links.filter(leading | Q(session__state=EnrollmentSession.State.OPEN))
    return found.select_related("session").order_by("-created_at", "id")


def may_start_again(invitation: EnrollmentInvitation) -> bool:
    """Whether the browser that agreed may open another visit: its last one was stopped, and the week is not over."""
    visit = invitation.session
    stopped = visit is not None and visit.state == EnrollmentSession.State.CANCELLED
    return stopped and invitation.expires_at > timezone.now()


def links_within(organization: Organization, reach: Reach) -> "QuerySet[EnrollmentInvitation]":
    """Links of the last month that nobody took back, the newest first, with what came of each."""
    since = timezone.now() - timedelta(days=ANSWERS_SHOWN_DAYS)
    links = EnrollmentInvitation.objects.filter(
        within(organization, reach, "person__"), organization=organization, revoked_at=None, created_at__gte=since
    )
    return links.select_related("person", "session", "invited_by").order_by("-created_at", "id")


def to_invite(organization: Organization, reach: Reach) -> "QuerySet[Person]":
    """Active people who are not enrolled, have no open link and chose no other way.

    Enrolled is who has references for the engine that is set, or for the next one while that is filled beside it.
    """
    entry = next_entry() or chosen_entry()
    space = prefix_of(entry) if entry else ""
    enrolled = Reference.objects.filter(organization=organization, is_active=True, space__startswith=space).values(
        "person"
    )
    asked = open_links(organization).order_by().values("person")
    people = people_within(organization, reach).filter(is_active=True)
    return people.exclude(preferred_method__in=WITHOUT_FACE).exclude(Q(pk__in=enrolled) | Q(pk__in=asked))


def with_addresses(people: "QuerySet[Person]") -> "QuerySet[Person]":
    """The same people with `own_email` and `invited_email`: where a mail reaches them, as far as it is known."""
    return people.annotate(own_email=F("user__email"), invited_email=F("invitation__email"))


# --- Following the link ------------------------------------------------------------------------------


@contextmanager
def opened(token_hash: str) -> Iterator[EnrollmentInvitation]:
    """The unused link, locked, acting for its organization in its name. Raises DeadLink."""
    found = doors.enrollment_link_of(token_hash)
    if found is None:
        raise DeadLink
    by_link = audit.acting_as(audit.Actor("enrollment_link", found.id))
    with acting_for(found.organization_id), by_link, transaction.atomic():
        rows = EnrollmentInvitation.objects.filter(
            organization=found.organization_id, pk=found.id, used_at=None, revoked_at=None, person__is_active=True
        )
        related = rows.select_related("organization", "person", "invited_by")
        invitation = related.select_for_update(of=("self",)).filter(expires_at__gt=timezone.now()).first()
        if invitation is None or not face_mode(invitation.organization):
            raise DeadLink
        yield invitation


@contextmanager
def visited(token_hash: str, session_id: UUID | None) -> Iterator[EnrollmentInvitation]:
    """The link that opened this visit, acting for its organization in its name. Raises DeadLink."""
    found = doors.enrollment_link_of(token_hash) if session_id else None
    if found is None or session_id is None:
        raise DeadLink
    by_link = audit.acting_as(audit.Actor("enrollment_link", found.id))
    with acting_for(found.organization_id), by_link:
        invitation = link_of_visit(found.organization_id, token_hash, session_id)
        if invitation is None:
            raise DeadLink
        yield invitation


def link_of_visit(organization_id: UUID, token_hash: str, session_id: UUID) -> EnrollmentInvitation | None:
    """The link by which this visit was opened, unless it was taken back, or the person left or withdrew."""
    rows = EnrollmentInvitation.objects.filter(
        organization=organization_id,
        token_hash=token_hash,
        session=session_id,
        revoked_at=None,
        person__is_active=True,
        session__consent__withdrawn_at=None,
    )
    return rows.select_related("organization", "person", "session__consent").first()


@audit.held()
def agree(*, token_hash: str, language: str, version: int, signature: str, guardian: str = "") -> EnrollmentInvitation:
    """Store the consent that was signed on this link's page and open a visit to the camera; the link is used up.

    Raises DeadLink, TextChanged, and what give_consent and start_session raise.
    """
    with opened(token_hash) as invitation:
        organization, person = invitation.organization, invitation.person
        consent = consents.give_consent(
            organization=organization,
            person=person,
            text=_text_read(organization, language, version),
            method=Consent.Method.BY_LINK,
            signature=signature,
            guardian=guardian,
        )
        visit = services.start_session(organization=organization, person=person, consent=consent)
        return _used(invitation, "enrollment_link.use", visit)


@audit.held()
def decline(*, token_hash: str, method: str) -> EnrollmentInvitation:
    """Note that this person chose another way, and forget their face; the link is used up.

    A link also goes to people who are enrolled, to enroll anew: its page promises that nothing is kept of who says no.
    Raises DeadLink, WrongChoice.
    """
    if method not in OTHER_WAYS:
        raise WrongChoice(_("Choose the PIN or the badge."))
    with opened(token_hash) as invitation:
        person = invitation.person
        person.preferred_method = method
        person.save(update_fields=["preferred_method"])
        services.withdraw_consent(organization=invitation.organization, person=person)
        return _used(invitation, "enrollment_link.decline", None)


@audit.held()
def start_again(*, token_hash: str, session_id: UUID | None) -> EnrollmentInvitation:
    """Open another visit after one that was cancelled, in the same browser and within the link's week.

    Raises DeadLink, and what start_session raises.
    """
    with visited(token_hash, session_id) as invitation, transaction.atomic():
        visit = invitation.session
        if visit is None or not may_start_again(invitation):
            raise DeadLink
        again = services.start_session(
            organization=invitation.organization, person=invitation.person, consent=visit.consent
        )
        return _used(invitation, "enrollment_link.restart", again)


def _text_read(organization: Organization, language: str, version: int) -> ConsentText:
    newest = {text.language: text for text in selectors.newest_texts(organization)}
    text = newest.get(language) if newest else consents.consent_text(organization=organization)
    if text is None or text.version != version:
        raise TextChanged(_("The text has changed in the meantime. Please read it again."))
    return text


def _used(invitation: EnrollmentInvitation, action: str, visit: EnrollmentSession | None) -> EnrollmentInvitation:
    invitation.session, invitation.used_at = visit, timezone.now()
    invitation.save(update_fields=["session", "used_at"])
    new: dict[str, object] = {"person": invitation.person_id}
    if visit is None:
        new["preferred_method"] = invitation.person.preferred_method
    audit.record(organization=invitation.organization, action=action, subject=invitation, new=new)
    return invitation


def stage_of(invitation: EnrollmentInvitation, now: datetime) -> str:
    """Where a link stands that was not taken back: open, expired, declined, visiting, or how its visit ended."""
    if _is_visiting(invitation):
        return "visiting"
    if invitation.session:
        return str(invitation.session.state)
    if invitation.used_at:
        return "declined"
    return "open" if invitation.expires_at > now else "expired"
