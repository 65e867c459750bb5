"""`manage.py jobs`: the loop that runs due work, as a process of its own."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.organizations import jobs
from apps.organizations.no_dumps import forbid_dumps
from apps.organizations.start import look_or_stop


class Command(BaseCommand):
    help = "Runs due jobs until stopped (the embedded server runs the same loop in a thread)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="run what is due now, then end")
        parser.add_argument("--seconds", type=float, default=5, help="pause between two looks (default 5)")

    def handle(self, *args: Any, **options: Any) -> None:
        look_or_stop()
        if options["once"]:
            self.stdout.write(f"{jobs.run_due()} jobs ran.")
        else:
            forbid_dumps()  # at night it compares everybody
            jobs.run_forever(options["seconds"])
