"""Enrolls people from photos: the rules of the camera page, without a camera.

The command has all photos of a person at once, the page one after the other. Both look at each with `look_at`, and end
a person with `conclude`, which is the first to write anything, and in a dry run writes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from apps.enrollment import duplicates, moving, photo_rules, selectors, services, turning, vault
from apps.enrollment.capture import same_person
from apps.enrollment.consents import is_due_again
from apps.enrollment.errors import EnrollmentError, FaceModeOff, PhotosRefused
from apps.enrollment.models import Consent, EnrollmentSession
from apps.enrollment.photo_files import Photo
from apps.enrollment.photo_rules import HINTS, MOST_PHOTOS, Terms
from apps.enrollment.privacy import require_face_mode
from apps.organizations import audit
from apps.organizations.errors import CodedError
from apps.organizations.models import Organization, User
from apps.people.models import Person
from apps.recognition.decoding import decode_photo
from apps.recognition.engine import Engine
from apps.recognition.errors import FrameRefused
from apps.recognition.shapes import Image, Probe, Purpose, Refusal, Vector

SAME_PICTURE = 0.9999
"""Similarity from which two photos are one picture: sent again, or saved twice."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A photo that is not used, and what to do about it."""

    code: str
    hint: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person's photos came to; an empty code is an enrollment, or in a dry run one that would be."""

    used: int = 0
    code: str = ""
    hint: str = ""

    @property
    def enrolled(self) -> bool:
        return self.used > 0 and not self.code


@dataclass(slots=True)
class PhotoReport:
    """What became of one person's photos; `refused` maps a file name to its code."""

    person: str
    used: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    code: str = ""

    @property
    def enrolled(self) -> bool:
        return self.used > 0 and not self.code


def enroll_from_photos(
    organization: Organization, person: Person, photos: Iterable[Photo], engine: Engine, terms: Terms
) -> PhotoReport:
    """Look at every photo, keep the good ones of one person, and enroll them unless something stands in the way.

    The paper's reference of `terms` is stored for who is enrolled, and for nobody else. A person whose row is not
    stored yet is one that a dry run would add.
    """
    report = PhotoReport(person.external_id)
    if person._state.adding is False:
        report.code = photo_rules.standing_of(organization, person, terms).code
    if report.code:
        return report
    probes: list[Probe] = []
    for photo in photos:
        seen = _look(photo, engine, probes)
        if isinstance(seen, Refused):
            report.refused[photo.name] = seen.code
        else:
            probes += seen
    outcome = conclude(organization, person, probes, engine, terms)
    report.used, report.code = outcome.used, outcome.code
    return report


def _look(photo: Photo, engine: Engine, earlier: Sequence[Probe]) -> list[Probe] | Refused:
    try:
        return look_with_both(decode_photo(photo.read()), engine, earlier)
    except (FrameRefused, PhotosRefused) as error:
        return Refused(error.code, error.message)


def look_with_both(image: Image, engine: Engine, earlier: Sequence[Probe]) -> list[Probe] | Refused:
    """What `look_at` gives, and while another engine is filled beside this one, what that made of the photo too."""
    seen = look_at(image, engine, earlier)
    if isinstance(seen, Refused):
        return seen
    beside = moving.seen_beside(image)
    return [seen] if beside is None else [seen, beside]


def own_of(probes: Sequence[Probe], engine: Engine) -> list[Probe]:
    """Those of the engine that decides: one for each photo that was taken."""
    return [one for one in probes if one.space == engine.space]


def look_at(image: Image, engine: Engine, earlier: Sequence[Probe]) -> Probe | Refused:
    """The probe of a photo that shows one good face, of the same person as the earlier ones."""
    if len(own_of(earlier, engine)) >= MOST_PHOTOS:
        return _refusal("too_many_photos")
    seen = engine.see(image, Purpose.ENROLL)
    if isinstance(seen, Refusal):
        return _refusal(seen.code)
    vectors = [one.vector for one in earlier if one.space == seen.space]
    if any(float(seen.vector @ vector) >= SAME_PICTURE for vector in vectors):
        return _refusal("same_picture")
    if not same_person(seen.vector, vectors, engine.thresholds(people=1).confirm):
        return _refusal("different_person")
    return seen


def conclude(
    organization: Organization,
    person: Person,
    probes: Sequence[Probe],
    engine: Engine,
    terms: Terms,
    by: User | None = None,
) -> Outcome:
    """End a person's photos. Raises FaceModeOff; all else that stands in the way is an outcome."""
    require_face_mode(organization)
    code = "" if person._state.adding else photo_rules.standing_of(organization, person, terms).code
    if code or not own_of(probes, engine):
        return _ended(code or "no_usable_photo")
    if terms.dry_run:
        return _would_be(organization, person, probes, engine)
    return _enroll(organization, person, probes, engine, terms, by)


def _would_be(organization: Organization, person: Person, probes: Sequence[Probe], engine: Engine) -> Outcome:
    """What enrolling would come to. Two of the same run who share a face are found when the second one is enrolled."""
    own = own_of(probes, engine)
    if duplicates.shown_elsewhere(organization, person.pk, engine, *_turned(organization, own)):
        return _ended(duplicates.HELD)
    return Outcome(len(own))


def _enroll(
    organization: Organization,
    person: Person,
    probes: Sequence[Probe],
    engine: Engine,
    terms: Terms,
    by: User | None,
) -> Outcome:
    """Store consent, visit and drafts at once, and end the visit as any other.

    A face that is known under another number waits with its consent; of who is refused nothing stays.
    """
    earlier = _live_consent(organization, person)
    try:
        consent, session = _begun(organization, person, probes, earlier, terms, by)
    except FaceModeOff:
        raise  # about everybody: the run ends
    except EnrollmentError as error:
        return Outcome(0, error.code, error.message)
    own = own_of(probes, engine)
    try:
        progress = duplicates.hold_or_complete(organization, session, engine, *_turned(organization, own))
    except CodedError as error:
        _undo(organization, session, None if earlier else consent)
        return Outcome(0, error.code, error.message)
    return Outcome(len(own) if progress.accepted else 0, progress.code, str(progress.hint))


@audit.held()
def _begun(
    organization: Organization,
    person: Person,
    probes: Sequence[Probe],
    earlier: Consent | None,
    terms: Terms,
    by: User | None,
) -> tuple[Consent, EnrollmentSession]:
    """Consent, visit and drafts: all of it, or where something is refused nothing."""
    consent = earlier or consent_on_paper(organization, person, terms.paper_reference, by)
    kind = EnrollmentSession.Kind.PHOTOS
    session = services.start_session(
        organization=organization, person=person, consent=consent, started_by=by, kind=kind
    )
    for probe in probes:
        services.add_draft(organization=organization, session=session, probe=probe)
    return consent, session


def _undo(organization: Organization, session: EnrollmentSession, consent: Consent | None) -> None:
    services.cancel_session(organization=organization, session=session)
    if consent is not None:
        services.discard_consent(organization=organization, consent=consent)


def _turned(organization: Organization, probes: Sequence[Probe]) -> tuple[list[Vector], bytes]:
    """Their vectors in the organization's space, and the key that they were turned with."""
    key = vault.newest_key(organization)
    return [turning.turn(probe.vector, key) for probe in probes], key


def _refusal(code: str) -> Refused:
    return Refused(code, str(HINTS[code]))


def _ended(code: str) -> Outcome:
    return Outcome(0, code, str(HINTS[code]))


def consent_on_paper(
    organization: Organization, person: Person, reference: str, witness: User | None = None
) -> Consent:
    """The consent collected elsewhere, by its reference; not stored twice."""
    live = _live_consent(organization, person)
    if live and live.paper_reference == reference:
        return live
    text = services.consent_text(organization=organization)
    return services.give_consent(
        organization=organization,
        person=person,
        text=text,
        method=Consent.Method.ON_PAPER,
        paper_reference=reference,
        witness=witness,
    )


def _live_consent(organization: Organization, person: Person) -> Consent | None:
    """The person's consent; not a guardian's for somebody who has come of age since."""
    live = selectors.live_consent(organization, person)
    return None if live is None or is_due_again(live) else live


@audit.held()
def note_run(*, organization: Organization, terms: Terms) -> None:
    """Write down that somebody began to look at photos, and under which terms."""
    action = "photos.dry_run" if terms.dry_run else "photos.import"
    new = {"paper_reference": terms.paper_reference, "replaces": terms.replaces}
    audit.record(organization=organization, action=action, new=new)
