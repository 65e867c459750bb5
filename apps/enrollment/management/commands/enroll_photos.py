"""`manage.py enroll_photos`: enroll people from a folder with one subfolder per person number."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.enrollment.engine_choice import chosen_engine
from apps.enrollment.photo_import import PhotoReport, enroll_from_photos
from apps.organizations.command import OrganizationCommand
from apps.organizations.models import Organization
from apps.people.services import person_of_photos
from apps.recognition.engine import Engine
from apps.recognition.errors import RecognitionError

SUFFIXES = {".jpg", ".jpeg"}


class Command(OrganizationCommand):
    help = "Enrolls people from photos. Each subfolder of DIR is named by a person number and holds JPEG photos."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument(
            "--consent-reference",
            required=True,
            metavar="TEXT",
            help="where the signed consents are kept, such as a file number; stored with each person",
        )

    def act(self, organization: Organization, **options: Any) -> dict[str, Any]:
        directory: Path = options["directory"]
        if not directory.is_dir():
            raise CommandError(f"{directory} is not a folder.")
        folders = sorted(folder for folder in directory.iterdir() if folder.is_dir())
        if not folders:
            raise CommandError(f"{directory} holds no subfolders. Make one per person number, with their photos in it.")
        try:
            engine = chosen_engine()
        except RecognitionError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        reports = [self._enroll(organization, folder, options["consent_reference"], engine) for folder in folders]
        enrolled = sum(report.enrolled for report in reports)
        self.stdout.write(f"{enrolled} of {len(reports)} people enrolled with {engine.name}.")
        return {
            "engine": engine.name,
            "enrolled": enrolled,
            "not_enrolled": len(reports) - enrolled,
            "people": [asdict(report) for report in reports],
        }

    def _enroll(self, organization: Organization, folder: Path, reference: str, engine: Engine) -> PhotoReport:
        person = person_of_photos(organization=organization, external_id=folder.name)
        photos = sorted(photo for photo in folder.iterdir() if photo.suffix.lower() in SUFFIXES)
        report = enroll_from_photos(organization, person, reference, photos, engine)
        said = f"enrolled with {report.used} photos" if report.enrolled else f"not enrolled ({report.code})"
        refused = ", ".join(f"{name}: {code}" for name, code in report.refused.items())
        self.stdout.write(f"{folder.name}: {said}" + (f"; not used: {refused}" if refused else ""))
        return report
