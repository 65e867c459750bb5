"""One face under two people: what was taken waits, inactive, until a person decides."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

import numpy as np
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.enrollment import cases, gallery, impostors, services, turning
from apps.enrollment.errors import EnrollmentError
from apps.enrollment.gallery import Candidate, Gallery
from apps.enrollment.lines import lines_for
from apps.enrollment.models import DuplicateCase, EnrollmentSession, LookAlike, Reference
from apps.enrollment.progress import Progress
from apps.organizations import audit, jobs
from apps.organizations.models import Organization, User
from apps.recognition.engine import Engine
from apps.recognition.shapes import Vector

HELD = "held"
WAIT = gettext_noop(
    "This face is enrolled under another person number. HR looks at both records and decides. Until then, use a PIN."
)
MOST_OTHERS = 5
"""So many people at most are named beside one visit; more than that are no look-alikes but a broken camera."""
WAITS = timedelta(days=30)
"""What was taken is deleted when nobody has decided by then."""


class CaseDecided(EnrollmentError):
    """Somebody else has decided meanwhile."""

    code = "case_decided"


def hold_or_complete(
    organization: Organization,
    session: EnrollmentSession,
    engine: Engine,
    vectors: Sequence[Vector],
    turned_with: bytes = b"",
) -> Progress:
    """Complete the visit; hold it where the face belongs to somebody else who is enrolled, until somebody decides.

    `vectors` (each (D,)) are of the engine's space, turned with this key; without one, as the gallery holds its own.
    """
    if shown := shown_elsewhere(organization, session.person_id, engine, vectors, turned_with):
        hold(organization=organization, session=session, space=engine.space, others=shown)
        return waiting()
    accepted = _complete(organization=organization, session=session)
    impostors.note(organization, engine, session.person_id)
    return Progress(accepted)


def waiting() -> Progress:
    """What the page of a visit that waits for a decision is told."""
    return Progress(0, code=HELD, hint=_(WAIT), final=True)


def shown_elsewhere(
    organization: Organization, person_id: UUID, engine: Engine, vectors: Sequence[Vector], turned_with: bytes = b""
) -> list[Candidate]:
    """The other enrolled people whom these vectors show, less those whom somebody told apart from this person."""
    others = gallery.gallery_for(organization, engine.space)
    if turned_with and others.key not in (b"", turned_with):  # the organization's keys changed since they were turned
        vectors = [turning.turn_over(vector, turned_with, others.key) for vector in vectors]
    lines = lines_for(organization, engine, len(others))
    known = {person_id, *cases.told_apart(organization, person_id, engine.space)}
    return somebody_else(vectors, others, known, lines.accept or lines.confirm)


@audit.held()
def _complete(*, organization: Organization, session: EnrollmentSession) -> int:
    accepted = services.complete_session(organization=organization, session=session)
    cases.end_waiting(organization, session.person_id)
    return accepted


def somebody_else(
    vectors: Sequence[Vector], others: Gallery, known: Collection[UUID], threshold: float
) -> list[Candidate]:
    """The other enrolled people whom these frames show, by the mean of the frames' similarities, nearest first."""
    if not len(others):
        return []
    means = np.mean([others.matrix @ vector for vector in vectors], axis=0)
    means[[other in known for other in others.person_ids]] = -1.0
    nearest = np.argsort(-means)[:MOST_OTHERS]
    return [Candidate(others.person_ids[row], float(means[row])) for row in nearest if means[row] >= threshold]


@audit.held()
def hold(*, organization: Organization, session: EnrollmentSession, space: str, others: Sequence[Candidate]) -> None:
    """Let a visit wait, and open a case for each of the others. Raises ConsentMissing, EnrollmentError."""
    cases.end_waiting(organization, session.person_id)
    services.hold_session(organization=organization, session=session)
    for other in others:
        DuplicateCase.objects.update_or_create(
            organization=organization,
            person_id=session.person_id,
            other_id=other.person_id,
            space=space,
            decision=DuplicateCase.Decision.OPEN,
            defaults={"session": session, "similarity": other.similarity, "opened_at": timezone.now()},
        )


@audit.held()
def decide(
    *, organization: Organization, case: DuplicateCase, decision: str, decided_by: User | None, note: str = ""
) -> DuplicateCase:
    """Say whether the two are one person, and do what follows of it. Raises CaseDecided, ConsentMissing.

    One person: what was enrolled last is deleted. Two people: what waited is activated, and the pair is noted, so that
    neither is named by face alone.
    """
    locked = DuplicateCase.objects.select_for_update(of=("self",)).filter(organization=organization, pk=case.pk).first()
    if locked is None or locked.decision != DuplicateCase.Decision.OPEN:
        raise CaseDecided(_("Somebody has decided this in the meantime."))
    locked.decision, locked.decided_by, locked.note = decision, decided_by, note
    locked.decided_at = timezone.now()
    locked.save(update_fields=["decision", "decided_by", "note", "decided_at"])
    if decision == DuplicateCase.Decision.SAME_PERSON:
        _discard(organization, locked)
    else:
        _let_both_be(organization, locked)
    new = {"person": locked.person_id, "other": locked.other_id, "decision": decision}
    audit.record(
        organization=organization, action="duplicate_case.decide", subject=locked, old={"decision": "open"}, new=new
    )
    return locked


def _discard(organization: Organization, case: DuplicateCase) -> None:
    """Delete what was enrolled last: the visit that waits, or all references of whoever was enrolled later.

    Of somebody who waits and was enrolled before, those references go too if they look like the other's; else they are
    of another face, and stay.
    """
    if case.session is not None:
        cases.end_visit(organization, case.session)
        if not _are_noted(organization, case):
            return
    # Of every engine: what one takes for the same face, the next one would.
    Reference.objects.filter(organization=organization, person=case.person_id).delete()
    impostors.forget_pairs(organization=organization, person_id=case.person_id)
    services.renew_gallery(organization=organization)


def _are_noted(organization: Organization, case: DuplicateCase) -> bool:
    """Whether the references of these two look alike, besides what waits."""
    pair = (case.person_id, case.other_id)
    noted = LookAlike.objects.filter(organization=organization, space=case.space)
    return noted.filter(person__in=pair, other__in=pair).exists()


def _let_both_be(organization: Organization, case: DuplicateCase) -> None:
    one, other = sorted((case.person_id, case.other_id), key=lambda key: key.int)
    LookAlike.objects.update_or_create(
        organization=organization,
        space=case.space,
        person_id=one,
        other_id=other,
        defaults={"similarity": case.similarity},
    )
    services.renew_gallery(organization=organization)
    visit = case.session
    if visit is not None and not cases.open_cases(organization).filter(session=visit).exists():
        services.complete_session(organization=organization, session=visit, held=True)
        # Who else looks like them is noted as after any enrollment; not here, where no gallery is held.
        jobs.enqueue(organization=organization, kind="enrollment.compare_everybody", key=str(visit.pk))


def open_between(organization: Organization, one: UUID, other: UUID, space: str, similarity: float) -> None:
    """Open a case about two people who were both enrolled before, unless there is one or somebody told them apart.

    None either where one of them is enrolled no more, since they were compared.
    """
    if other in cases.told_apart(organization, one, space):
        return
    pair = {one, other}
    if cases.open_cases(organization).filter(space=space, person__in=pair, other__in=pair).exists():
        return
    enrolled = _by_enrollment(organization, pair, space)
    if len(enrolled) < len(pair):
        return
    later, earlier = enrolled
    case = DuplicateCase.objects.create(
        organization=organization, person_id=later, other_id=earlier, space=space, similarity=similarity
    )
    new = {"person": later, "other": earlier}
    audit.record(organization=organization, action="duplicate_case.open", subject=case, new=new)


def _by_enrollment(organization: Organization, pair: set[UUID], space: str) -> list[UUID]:
    """Those of the two who are enrolled, whoever was later first."""
    rows = Reference.objects.filter(organization=organization, person__in=pair, space=space, is_active=True)
    since = dict(rows.values_list("person").annotate(first=Min("created_at")))
    return sorted(since, key=lambda one: (since[one], one.int), reverse=True)


@audit.held()
def end_stale_cases(*, organization: Organization) -> None:
    """End what waits for longer than WAITS, and visits that wait for no case any more."""
    late = cases.open_cases(organization).filter(opened_at__lt=timezone.now() - WAITS).exclude(session=None)
    for case in late.select_related("session"):
        _lapse(organization, case)
    held = EnrollmentSession.objects.filter(organization=organization, state=EnrollmentSession.State.HELD)
    asked = cases.open_cases(organization).exclude(session=None).values("session")
    for visit in held.exclude(pk__in=asked):
        cases.end_visit(organization, visit)


@audit.held()
def close_settled(*, organization: Organization, space: str, near: Collection[frozenset[UUID]]) -> None:
    """Close the cases of people, all enrolled before, of whom `near` names those that still look alike."""
    for case in cases.open_cases(organization).filter(space=space, session=None):
        if frozenset({case.person_id, case.other_id}) not in near:
            _lapse(organization, case)


def _lapse(organization: Organization, case: DuplicateCase) -> None:
    if case.session is not None:
        cases.end_visit(organization, case.session)
    old = {"person": case.person_id, "other": case.other_id}
    audit.record(organization=organization, action="duplicate_case.lapse", subject=case, old=old)
    DuplicateCase.objects.filter(organization=organization, pk=case.pk).delete()
