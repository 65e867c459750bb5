"""Writes of consent, enrollment sessions and references."""

import uuid
from collections.abc import Sequence
from statistics import fmean
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.enrollment import cases, impostors, selectors, vault
from apps.enrollment.consents import consent_text, give_consent, is_due_again, publish_consent_text
from apps.enrollment.errors import ConsentMissing, EnrollmentError, FrameOvertaken, ReferenceUnreadable
from apps.enrollment.models import Consent, EnrollmentSession, GalleryVersion, Reference
from apps.enrollment.privacy import require_face_mode
from apps.organizations import audit
from apps.organizations.models import Organization, User
from apps.people.models import Person
from apps.recognition.shapes import Pose, Probe

__all__ = ["consent_text", "give_consent", "publish_consent_text"]  # of consents.py; asked for here with the rest


@transaction.atomic
def discard_consent(*, organization: Organization, consent: Consent) -> None:
    """Delete a consent that no reference came of, as if it had not been asked for."""
    audit.record(
        organization=organization, action="consent.discard", subject=consent, old={"person": consent.person_id}
    )
    consent.delete()


@audit.held()
def withdraw_consent(*, organization: Organization, person: Person) -> int:
    """End every consent of this person and delete their references; returns how many references went."""
    # Locked in the order in which a draft takes them: first the visit, then its consent.
    states = (EnrollmentSession.State.OPEN, EnrollmentSession.State.HELD)
    visits = EnrollmentSession.objects.filter(organization=organization, person=person, state__in=states)
    unfinished = list(visits.select_for_update())
    references = Reference.objects.filter(organization=organization, person=person)
    deleted = selectors.taken(references).count()
    references.delete()
    # A reference that was written meanwhile goes with its consent: the database sees to that (consent_fence.py).
    consents = Consent.objects.filter(organization=organization, person=person, withdrawn_at=None)
    ended = consents.update(withdrawn_at=timezone.now())
    for session in unfinished:
        cancel_session(organization=organization, session=session)
    cases.forget_cases(organization, person)
    impostors.forget_look_alikes(organization=organization, person=person)
    renew_gallery(organization=organization)
    if ended or deleted:
        old = {"consents": ended, "references": deleted}
        audit.record(organization=organization, action="consent.withdraw", subject=person, old=old)
    return deleted


@audit.held()
def start_session(
    *,
    organization: Organization,
    person: Person,
    consent: Consent | None,
    started_by: User | None = None,
    kind: str = EnrollmentSession.Kind.GUIDED,
) -> EnrollmentSession:
    """Open a visit to the capture page; an earlier open one ends. Raises FaceModeOff, ConsentMissing."""
    require_face_mode(organization)
    if consent is None or consent.withdrawn_at or consent.person_id != person.pk:
        said = _("%(name)s has not agreed yet. Ask for consent first; without it no camera opens.")
        raise ConsentMissing(said % {"name": person})
    if is_due_again(consent):
        said = _("%(name)s has come of age. Their guardian agreed for them until now: ask them themselves.")
        raise ConsentMissing(said % {"name": person}, code="consent_due")
    for earlier in EnrollmentSession.objects.filter(organization=organization, person=person, state="open"):
        cancel_session(organization=organization, session=earlier)
    session = EnrollmentSession.objects.create(
        organization=organization, person=person, consent=consent, started_by=started_by, kind=kind
    )
    new = {"person": person.pk, "consent": consent.pk}
    audit.record(organization=organization, action="enrollment.start", subject=session, new=new)
    return session


@transaction.atomic
def cancel_session(*, organization: Organization, session: EnrollmentSession) -> None:
    """End an open visit without a trace of the face; one that has ended stays as it is.

    Locked first: a draft that another transaction was just writing would outlive the visit.
    """
    locked = EnrollmentSession.objects.select_for_update().get(organization=organization, pk=session.pk)
    if locked.state != EnrollmentSession.State.OPEN:
        return
    selectors.drafts_of(organization, session).delete()
    _end(session, EnrollmentSession.State.CANCELLED)
    new = {"person": session.person_id}
    audit.record(organization=organization, action="enrollment.cancel", subject=session, new=new)


@transaction.atomic
def add_draft(
    *,
    organization: Organization,
    session: EnrollmentSession,
    probe: Probe,
    segment: int | None = None,
    centre: Pose | None = None,
    displaced: Sequence[Reference] = (),
    compared: Sequence[Reference] | None = None,
) -> Reference:
    """Store one good frame's vector, turned and sealed, as a draft of this visit, in the place of `displaced` ones.

    `segment` is that of the ring, None for a look straight ahead; `centre` is how the person looks straight from now
    on; `compared` are the drafts that it shows the same person as. Raises ConsentMissing, KeyUnavailable,
    EnrollmentError, or FrameOvertaken where the visit has others by now.
    """
    live = _live(session)
    if compared is not None:
        _refuse_overtaken(organization, session, probe.space, compared)
    draft = Reference(
        id=uuid.uuid4(),
        organization=organization,
        person=live.person,
        consent=live.consent,
        session=live,
        space=probe.space,
        segment=segment,
        face_px=probe.quality.face_px,
        sharpness=probe.quality.sharpness,
    )
    draft.key, draft.ciphertext = vault.seal(organization, live.person, draft.pk, probe.space, probe.vector)
    draft.save()
    selectors.drafts_of(organization, session).filter(pk__in=[worse.pk for worse in displaced]).delete()
    if centre is not None:
        live.baseline = baseline_of(centre)
        live.save(update_fields=["baseline"])
    return draft


def _refuse_overtaken(
    organization: Organization, session: EnrollmentSession, space: str, compared: Sequence[Reference]
) -> None:
    """Two pages of one visit send at once: the second frame was not compared with the first one's face."""
    known = [draft.pk for draft in compared]
    if selectors.drafts_of(organization, session).filter(space=space).exclude(pk__in=known).exists():
        raise FrameOvertaken(_("One moment, please."))


def baseline_of(centre: Pose) -> dict[str, float]:
    """How a visit keeps the pose of its person looking straight: degrees."""
    return {"yaw": round(centre.yaw, 2), "pitch": round(centre.pitch, 2), "roll": round(centre.roll, 2)}


@transaction.atomic
def cannot_turn(*, organization: Organization, session: EnrollmentSession, supervisor: User | None) -> None:
    """From now on looking straight is enough; what the ring has so far counts too. Raises as add_draft does.

    `supervisor` sits beside the person and says so; without one, on one's own phone, HR looks at it afterwards.
    """
    live = _live(session)
    if live.kind == EnrollmentSession.Kind.STILL:
        return
    live.kind, live.supervised_by = EnrollmentSession.Kind.STILL, supervisor
    change = audit.change_of(live)
    live.save(update_fields=["kind", "supervised_by"])
    audit.record(
        organization=organization, action="enrollment.cannot_turn", subject=live, old=change.old, new=change.new
    )
    session.kind, session.supervised_by = live.kind, live.supervised_by


def note_presence(*, organization: Organization, session_id: UUID) -> None:
    """Somebody is still at the camera page of this visit."""
    EnrollmentSession.objects.filter(organization=organization, pk=session_id).update(seen_at=timezone.now())


@transaction.atomic
def hold_session(*, organization: Organization, session: EnrollmentSession) -> None:
    """Let the visit's drafts wait, inactive, until somebody decides whose face it is. Raises as complete_session."""
    _live(session)
    session.state = EnrollmentSession.State.HELD
    session.save(update_fields=["state"])
    new = {"person": session.person_id}
    audit.record(organization=organization, action="enrollment.hold", subject=session, new=new)


@transaction.atomic
def complete_session(*, organization: Organization, session: EnrollmentSession, held: bool = False) -> int:
    """Activate the visit's drafts in place of the person's older references of the same space; returns how many.

    `held`: a visit that waited for a decision. Raises ConsentMissing or EnrollmentError when consent or the visit ended
    while the last frame was looked at.
    """
    _live(session, EnrollmentSession.State.HELD if held else EnrollmentSession.State.OPEN)
    drafts = selectors.drafts_of(organization, session)
    spaces = set(drafts.values_list("space", flat=True))
    own = Reference.objects.filter(organization=organization, person_id=session.person_id, space__in=spaces)
    older = own.exclude(session=session)
    replaced = selectors.taken(older).count()
    older.delete()
    activated = sum(_activate(organization, session, space) for space in sorted(spaces))
    _end(session, EnrollmentSession.State.COMPLETE)
    renew_gallery(organization=organization)
    new = {"person": session.person_id, "references": activated, "replaced": replaced}
    audit.record(organization=organization, action="enrollment.complete", subject=session, new=new)
    return activated


def _activate(organization: Organization, session: EnrollmentSession, space: str) -> int:
    """Put a visit's drafts of one space to use; of several, their aggregate is what a gallery loads.

    Where one was altered there is none: they stand singly, and the gallery refuses what does not open.
    """
    drafts = selectors.drafts_of(organization, session).filter(space=space)
    parts = list(drafts.select_related("key", "person"))
    kind = Reference.Kind.SINGLE
    if len(parts) > 1 and _aggregate(organization, parts):
        kind = Reference.Kind.PART
    return drafts.update(is_active=True, kind=kind)


def _aggregate(organization: Organization, kept: Sequence[Reference]) -> bool:
    first = kept[0]
    whole = Reference(
        id=uuid.uuid4(),
        organization=organization,
        person=first.person,
        consent_id=first.consent_id,
        session_id=first.session_id,
        space=first.space,
        kind=Reference.Kind.AGGREGATE,
        face_px=fmean(part.face_px for part in kept),
        sharpness=fmean(part.sharpness for part in kept),
        is_active=True,
    )
    try:
        whole.key, whole.ciphertext = vault.seal_mean(organization, kept, whole.pk)
    except ReferenceUnreadable:
        return False
    whole.save()
    return True


def renew_gallery(*, organization: Organization) -> None:
    """Tell every process that its gallery of this organization is old."""
    GalleryVersion.objects.update_or_create(organization=organization, defaults={"token": uuid.uuid4()})


def _live(session: EnrollmentSession, state: str = EnrollmentSession.State.OPEN) -> EnrollmentSession:
    """The visit as it stands now, locked. Raises unless it is in this state and its consent live."""
    sessions = EnrollmentSession.objects.filter(organization=session.organization_id, pk=session.pk)
    live = sessions.select_for_update(of=("self",)).select_related("consent", "person").get()
    if live.consent.withdrawn_at:
        raise ConsentMissing(_("Consent was withdrawn. Nothing of your face was kept."), code="consent_withdrawn")
    if live.state != state:
        raise EnrollmentError(_("This visit has ended. Start a new one."), code="session_ended")
    return live


def _end(session: EnrollmentSession, state: str) -> None:
    session.state = state
    session.ended_at = timezone.now()
    session.save(update_fields=["state", "ended_at"])
