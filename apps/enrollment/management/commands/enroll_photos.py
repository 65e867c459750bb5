"""`manage.py enroll_photos`: enroll people from a folder or a ZIP of photos."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tablib import Dataset

from apps.enrollment import photo_import
from apps.enrollment.engine_choice import chosen_engine
from apps.enrollment.photo_files import Found, Photo, number_meant, photos_in
from apps.enrollment.photo_import import PhotoReport, enroll_from_photos
from apps.enrollment.photo_rules import Terms
from apps.enrollment.privacy import require_face_mode
from apps.organizations.command import OrganizationCommand
from apps.organizations.errors import CodedError
from apps.organizations.exports import harmless
from apps.organizations.models import Organization
from apps.organizations.start import look_or_stop
from apps.people.models import Person
from apps.people.services import person_of_photos
from apps.recognition.engine import Engine
from apps.recognition.errors import RecognitionError

HEADERS = ("file", "person", "result")
USED = "used"
ENDS = {".csv": "csv", ".xlsx": "xlsx"}


@dataclass(slots=True)
class Sorted:
    """The photos of a source by person number, and what belongs to nobody: path to code."""

    people: dict[str, list[Photo]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


class Command(OrganizationCommand):
    help = (
        "Enrolls people from photos. SOURCE is a ZIP or a folder: 1001.jpg, 1001_2.jpg or 1001/any name.jpg belong "
        "to person 1001."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("source", type=Path, metavar="SOURCE", help="a ZIP or a folder of JPEG photos")
        parser.add_argument(
            "--consent-reference",
            required=True,
            metavar="TEXT",
            help="where the signed consents are kept, such as a file number; stored with who did not agree here",
        )
        parser.add_argument("--dry-run", action="store_true", help="look at every photo, and write nothing")
        parser.add_argument("--keep", action="store_true", help="leave those who are enrolled already as they are")
        parser.add_argument(
            "--known-only", action="store_true", help="add nobody: a subfolder of an unknown number is left out"
        )
        parser.add_argument("--report", type=Path, metavar="FILE", help="one row a photo, as FILE.csv or FILE.xlsx")

    def act(self, organization: Organization, **options: Any) -> dict[str, Any]:
        look_or_stop()
        source, report, terms = options["source"], options["report"], terms_of(options)
        if report and report.suffix.lower() not in ENDS:
            raise CommandError(f"{report} must end in .csv or .xlsx.")
        engine = _engine()
        try:
            require_face_mode(organization)
            with photos_in(source) as found:
                sorted_ = sort_photos(organization, found, adds=not options["known_only"])
                if not sorted_.people:
                    raise CommandError(f"{source} holds no photo whose name is a person number, such as 1001.jpg.")
                photo_import.note_run(organization=organization, terms=terms)
                reports = list(self._each(organization, sorted_, engine, terms))
        except CodedError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        if report:
            write_report(report, sorted_, reports)
        return self._told(engine, terms, sorted_, reports)

    def _each(self, organization: Organization, photos: Sorted, engine: Engine, terms: Terms) -> Iterator[PhotoReport]:
        total, done = sum(map(len, photos.people.values())), 0
        for number, own in photos.people.items():
            person = _person(organization, number, terms)
            report = enroll_from_photos(organization, person, own, engine, terms)
            done += len(own)
            self.stdout.write(f"[{done}/{total}] {number}: {_said(report, terms)}")
            yield report

    def _told(self, engine: Engine, terms: Terms, photos: Sorted, reports: list[PhotoReport]) -> dict[str, Any]:
        enrolled, total = sum(one.enrolled for one in reports), len(reports)
        would = "would be enrolled" if terms.dry_run else "enrolled"
        for name, code in photos.left_out.items():
            self.stdout.write(f"{name}: left out ({code})")
        self.stdout.write(f"{enrolled} of {total} people {would} with {engine.name}.")
        return {
            "engine": engine.name,
            "dry_run": terms.dry_run,
            "enrolled": enrolled,
            "not_enrolled": total - enrolled,
            "people": [asdict(one) for one in reports],
            "left_out": photos.left_out,
        }


def terms_of(options: dict[str, Any]) -> Terms:
    return Terms(options["dry_run"], not options["keep"], options["consent_reference"].strip())


def _engine() -> Engine:
    try:
        return chosen_engine()
    except RecognitionError as error:
        raise CommandError(f"{error.code}: {error.message}") from error


def sort_photos(organization: Organization, found: Found, *, adds: bool) -> Sorted:
    """By the numbers that the names mean. Where `adds`, a folder's subfolder may name somebody HR has not sent yet."""
    known = set(Person.objects.filter(organization=organization, erased_at=None).values_list("external_id", flat=True))
    photos = Sorted(left_out=dict(found.left_out))
    for photo in found.photos:
        number, code = number_meant(photo.name, known.__contains__)
        parts = PurePosixPath(photo.name).parts
        if code == "unmatched" and adds and found.is_folder and len(parts) == 2:
            number, code = parts[0], ""
        if code:
            photos.left_out[photo.name] = code
        else:
            photos.people.setdefault(number, []).append(photo)
    photos.people = dict(sorted(photos.people.items()))
    return photos


def _person(organization: Organization, number: str, terms: Terms) -> Person:
    """The person; who is unknown is added, and in a dry run only thought of."""
    if not terms.dry_run:
        return person_of_photos(organization=organization, external_id=number)
    known = Person.objects.filter(organization=organization, external_id=number).first()
    return known or Person(organization=organization, external_id=number, given_name=number)


def _said(report: PhotoReport, terms: Terms) -> str:
    would = "would be enrolled" if terms.dry_run else "enrolled"
    said = f"{would} with {report.used} photos" if report.enrolled else f"not enrolled ({report.code})"
    refused = ", ".join(f"{PurePosixPath(name).name}: {code}" for name, code in report.refused.items())
    return said + (f"; not used: {refused}" if refused else "")


def write_report(file: Path, photos: Sorted, reports: list[PhotoReport]) -> None:
    """One row a photo; no cell is a formula."""
    rows = harmless(Dataset(*_rows(photos, reports), headers=HEADERS))
    written = rows.export(ENDS[file.suffix.lower()])
    file.write_bytes(written if isinstance(written, bytes) else written.encode("utf-8-sig"))


def _rows(photos: Sorted, reports: list[PhotoReport]) -> Iterator[tuple[str, str, str]]:
    for report in reports:
        for photo in photos.people[report.person]:
            yield photo.name, report.person, report.refused.get(photo.name) or report.code or USED
    yield from ((name, "", code) for name, code in photos.left_out.items())
