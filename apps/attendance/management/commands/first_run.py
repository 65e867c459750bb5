"""`manage.py first_run`: what a fresh machine needs once: an engine, a demo organization, the walk played."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.attendance.demo_organization import Demo, make_demo
from apps.attendance.own_server import own_server
from apps.attendance.walk import Walk, sample_photos
from apps.enrollment.engine_choice import NOT_CALIBRATED, choose_engine, chosen_engine_name, unusable_files
from apps.organizations import doors
from apps.organizations.checks import is_loopback
from apps.organizations.tenancy import acting_for
from apps.recognition.calibration.finding import for_engine
from apps.recognition.errors import RecognitionError
from apps.recognition.registry import ENTRIES

PACKAGED, DOWNLOADED = "dlib", "arcface"


def first_engine() -> str:
    """DeepFace's engine where its weights are in the model store and verified, else the packaged one."""
    return PACKAGED if unusable_files(DOWNLOADED) else DOWNLOADED


class Command(BaseCommand):
    help = "On the first start: sets the engine, makes a demo organization, plays the walk once. Later: nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if chosen_engine_name() is None:
            try:
                choose_engine(settings.ENGINE or first_engine())
            except RecognitionError as error:
                raise CommandError(f"{error.message} [{error.code}]") from error
        entry = ENTRIES[str(chosen_engine_name())]
        self.stdout.write(f"Engine: {entry.name} ({entry.title})")
        if not for_engine(entry).calibrated:
            self.stdout.write(NOT_CALIBRATED)
        if doors.organization_ids():
            return
        if not is_loopback(urlsplit(settings.PUBLIC_URL).hostname or ""):
            self.stdout.write("No organization yet. Make yours: manage.py found_organization (see --help)")
            return
        demo = make_demo()
        self._print_logins(demo)
        if (sample_photos() / "sample1.jpg").is_file():
            self._play(demo)

    def _print_logins(self, demo: Demo) -> None:
        self.stdout.write("\nA demo organization was made. Its logins, printed this once:\n")
        for email, password in demo.passwords.items():
            self.stdout.write(f"  {email:<24} {password}")
        self.stdout.write("")

    def _play(self, demo: Demo) -> None:
        self.stdout.write("Playing the walk once, through the real socket (sample photos, not a measure of accuracy):")
        with acting_for(demo.organization), own_server(settings.DATA_DIR / "logs" / "first_run.log") as url:
            Walk(demo.organization, demo.camera, demo.owner, url, self.stdout.write).play(demo.people)
        self.stdout.write("")
