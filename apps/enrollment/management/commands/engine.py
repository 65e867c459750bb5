"""`manage.py engine show|set NAME`: the deployment's engine, which never changes by itself."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.enrollment.engine_choice import NOT_CALIBRATED, choose_engine, chosen_engine_name, unusable_files
from apps.organizations.audit import Actor, acting_as
from apps.recognition.calibration.finding import for_engine
from apps.recognition.errors import RecognitionError
from apps.recognition.registry import ENTRIES, engine_names


class Command(BaseCommand):
    help = "Shows or sets the engine that this deployment recognises with."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("show").add_argument("--json", action="store_true")
        chosen = acts.add_parser("set")
        chosen.add_argument("name", help=", ".join(engine_names()))
        chosen.add_argument("--if-unset", action="store_true", help="leave an engine that is set as it is")
        chosen.add_argument("--without-weights", action="store_true", help="set it although its files are not here")
        chosen.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["act"] == "set" and not (options["if_unset"] and chosen_engine_name()):
                self._set(options["name"], options["without_weights"])
        except RecognitionError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        name = chosen_engine_name()
        entry = ENTRIES.get(name or "")
        if entry is None:
            self.stdout.write("No engine is set. Choose one with `manage.py engine set NAME`.")
        else:
            self.stdout.write(f"{entry.name}: {entry.title}\nLicence: {entry.licence}")
            if entry.terms.limits:
                self.stdout.write(self.style.WARNING(entry.terms.limits))
            lines = for_engine(entry)
            self.stdout.write(f"Calibrated on {lines.since}." if lines.calibrated else NOT_CALIBRATED)
        if options["json"]:
            calibrated = entry is not None and for_engine(entry).calibrated
            self.stdout.write(json.dumps({"engine": name, "calibrated": calibrated}))

    def _set(self, name: str, without_weights: bool) -> None:
        """Change the engine, unless its weights are missing: every kiosk would stop recognising at once."""
        lacking = unusable_files(name)
        if lacking and not without_weights:
            raise CommandError(
                f"weights_missing: {', '.join(lacking)}: no face would be recognised. Run "
                f"`manage.py facemodels pull --engine {name}` first, or add --without-weights."
            )
        if chosen_engine_name() not in (None, name):
            self.stdout.write("Engines do not share references: everybody must be enrolled again for this one.")
        with acting_as(Actor("command")):
            choose_engine(name)
