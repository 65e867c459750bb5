"""`manage.py demo`: the whole walk in a throw-away database, printed step by step; ends 0 or 1."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.attendance.demo_organization import make_demo
from apps.attendance.own_server import ServerFailed, own_server
from apps.attendance.selectors import punches_of
from apps.attendance.walk import Walk, WalkFailed, sample_photos
from apps.enrollment.engine_choice import choose_engine, chosen_engine
from apps.organizations.tenancy import acting_for


class Command(BaseCommand):
    help = "Enrolls sample faces, plays them through the real socket, refuses a stranger. Leaves nothing behind."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--inside", action="store_true", help="(used by the command itself)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (sample_photos() / "sample1.jpg").is_file():
            raise CommandError("The sample photos are missing. Run `make setup` (it runs npm ci).")
        if options["inside"]:
            self._walk()
            return
        with tempfile.TemporaryDirectory(prefix="attendance-demo-") as folder:
            # A process of its own, so that settings name the throw-away folder from the start.
            environment = os.environ | {"DATA_DIR": folder, "MODELS_DIR": str(settings.MODELS_DIR)}
            for name in ("REDIS_URL", "DATABASE_URL"):
                environment[name] = ""
            command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", "--inside"]
            if code := subprocess.run(command, env=environment, check=False).returncode:  # noqa: S603
                sys.exit(code)

    def _walk(self) -> None:
        started = time.perf_counter()
        call_command("migrate", verbosity=0)
        choose_engine(settings.ENGINE or "dlib")
        engine = chosen_engine()
        demo = make_demo()
        self.stdout.write(f"Engine {engine.name}; database, keys and people made in {_ms(started)}.")
        self.stdout.write("The sample photos are the same pictures jittered: this shows the walk, not accuracy.")
        try:
            with acting_for(demo.organization), own_server(Path(settings.DATA_DIR) / "logs" / "demo.log") as url:
                self.stdout.write(f"Server on {url}, ready after {_ms(started)}.")
                Walk(demo.organization, demo.camera, demo.owner, url, self.stdout.write).play(demo.people)
                punches = punches_of(demo.organization).count()
        except (WalkFailed, ServerFailed) as error:
            raise CommandError(str(error)) from error
        if punches != len(demo.people):
            raise CommandError(f"{len(demo.people)} punches were expected, the database holds {punches}.")
        self.stdout.write(f"{punches} punches in the database, none for the stranger. Done in {_ms(started)}.")


def _ms(started: float) -> str:
    return f"{(time.perf_counter() - started) * 1000:.0f} ms"
