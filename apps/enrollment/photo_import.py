"""Enrolls one person from photos: the same rules as the camera page, without a camera."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from apps.enrollment import capture, selectors, services
from apps.enrollment.models import Consent
from apps.organizations.models import Organization
from apps.people.models import Person
from apps.recognition.decoding import decode_photo
from apps.recognition.engine import Engine
from apps.recognition.errors import RecognitionError
from apps.recognition.shapes import Probe, Purpose, Refusal


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
    organization: Organization, person: Person, reference: str, photos: Iterable[Path], engine: Engine
) -> PhotoReport:
    """Look at every photo, keep the good ones of one person, and activate them unless the face is known already.

    `reference` says where the signed consent is kept. It is stored for who is enrolled, and for nobody else.
    """
    report = PhotoReport(person.external_id)
    probes = _good_probes(photos, engine, report)
    if not probes:
        report.code = "no_usable_photo"
        return report
    earlier = selectors.live_consent(organization, person)
    consent = consent_on_paper(organization, person, reference)
    session = services.start_session(organization=organization, person=person, consent=consent)
    for probe in probes:
        services.add_draft(organization=organization, session=session, probe=probe)
    progress = capture.finish(organization, session, engine, [probe.vector for probe in probes])
    report.used, report.code = progress.accepted, progress.code
    if not report.enrolled and consent != earlier:
        services.discard_consent(organization=organization, consent=consent)
    return report


def _good_probes(photos: Iterable[Path], engine: Engine, report: PhotoReport) -> list[Probe]:
    probes: list[Probe] = []
    line = engine.thresholds(people=1).confirm
    for photo in photos:
        seen = _look(photo, engine)
        if isinstance(seen, str):
            report.refused[photo.name] = seen
        elif not capture.same_person(seen.vector, [probe.vector for probe in probes], line):
            report.refused[photo.name] = "different_person"
        else:
            probes.append(seen)
    return probes


def _look(photo: Path, engine: Engine) -> Probe | str:
    """The probe, or the code of why there is none."""
    try:
        seen = engine.see(decode_photo(photo.read_bytes()), Purpose.ENROLL)
    except RecognitionError as error:
        return error.code
    except OSError:
        return "unreadable"
    return seen.code if isinstance(seen, Refusal) else seen


def consent_on_paper(organization: Organization, person: Person, reference: str) -> Consent:
    """The consent collected elsewhere, by its reference; not stored twice."""
    live = selectors.live_consent(organization, person)
    if live and live.paper_reference == reference:
        return live
    text = services.consent_text(organization=organization)
    return services.give_consent(
        organization=organization,
        person=person,
        text=text,
        method=Consent.Method.ON_PAPER,
        paper_reference=reference,
    )
