"""`manage.py engine show|set|fill|switch|stop|forget`: the deployment's engine, which never changes by itself."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.enrollment import engine_change
from apps.enrollment.engine_choice import (
    NOT_CALIBRATED,
    choose_engine,
    chosen_engine_name,
    fill_engine,
    next_engine_name,
    unusable_files,
)
from apps.organizations.audit import Actor, acting_as
from apps.recognition.calibration.finding import for_engine
from apps.recognition.errors import RecognitionError
from apps.recognition.registry import ENTRIES, engine_names, entry_named

FILLING = """{name} is filled beside {present}: each enrollment from now on takes references for both, and {present}
goes on deciding. Restart the frame workers, so that they load it before somebody waits for it. `manage.py engine
switch` moves over, `manage.py engine stop` ends it."""


class Command(BaseCommand):
    help = "Shows or changes the engine that this deployment recognises with."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("show", help="which engine is set").add_argument("--json", action="store_true")
        chosen = acts.add_parser("set", help="set it at once; everybody must enroll again")
        chosen.add_argument("--if-unset", action="store_true", help="leave an engine that is set as it is")
        fill = acts.add_parser("fill", help="take references for it beside the present one's")
        for one in (chosen, fill):
            one.add_argument("name", help=", ".join(engine_names()))
            one.add_argument("--without-weights", action="store_true", help="although its files are not here")
        switch = acts.add_parser("switch", help="move over to the engine that was filled")
        switch.add_argument("--anyway", action="store_true", help="although something speaks against it")
        acts.add_parser("stop", help="end filling, and delete what was taken for the next engine")
        acts.add_parser("forget", help="delete the references of an engine that is not used any more").add_argument(
            "name", help=", ".join(engine_names())
        )
        chosen.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with acting_as(Actor("command")):
                getattr(self, f"_{options['act']}")(options)
        except RecognitionError as error:
            raise CommandError(f"{error.code}: {error.message}") from error

    def _show(self, options: dict[str, Any]) -> None:
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
        if following := next_engine_name():
            self._tell_change(following)
        if options["json"]:
            calibrated = entry is not None and for_engine(entry).calibrated
            self.stdout.write(json.dumps({"engine": name, "calibrated": calibrated}))

    def _set(self, options: dict[str, Any]) -> None:
        """Change the engine, unless its weights are missing: every kiosk would stop recognising at once."""
        if not (options["if_unset"] and chosen_engine_name()):
            self._require_weights(options, "no face would be recognised")
            if chosen_engine_name() not in (None, options["name"]):
                self.stdout.write("Engines do not share references: everybody must be enrolled again for this one.")
            choose_engine(options["name"])
        self._show(options)

    def _fill(self, options: dict[str, Any]) -> None:
        self._require_weights(options, "no reference could be taken for it")
        fill_engine(options["name"])
        self.stdout.write(FILLING.format(name=options["name"], present=chosen_engine_name()))

    def _require_weights(self, options: dict[str, Any], what: str) -> None:
        lacking = unusable_files(options["name"])
        if lacking and not options["without_weights"]:
            raise CommandError(
                f"weights_missing: {', '.join(lacking)}: {what}. Run "
                f"`manage.py facemodels pull --engine {options['name']}` first, or add --without-weights."
            )

    def _tell_change(self, following: str) -> engine_change.Readiness:
        ready = engine_change.readiness(entry_named(following))
        self.stdout.write(
            f"{following} is filled beside it: {ready.moved} of {ready.people} enrolled people have moved."
        )
        seen = ready.agreement
        self.stdout.write(f"Shadow mode: {seen.same} the same, {seen.other} somebody else, {seen.nobody} nobody.")
        return ready

    def _switch(self, options: dict[str, Any]) -> None:
        """Move over, once nobody would be left behind and the next engine did well enough; or say what is missing."""
        following = next_engine_name()
        if not following:
            raise CommandError("engine_not_filled: No engine is being filled. Run `manage.py engine fill NAME` first.")
        ready = self._tell_change(following)
        if ready.missing and not options["anyway"]:
            missing = "\n".join(f"- {one}" for one in ready.missing)
            raise CommandError(
                f"engine_not_ready: {following} is not ready:\n{missing}\nAdd --anyway to switch all the same."
            )
        present = chosen_engine_name()
        engine_change.switch(following)
        self.stdout.write(f"{following} decides from now on. Who has no references for it uses the PIN or the badge.")
        self.stdout.write(
            f"`manage.py engine forget {present}` deletes the references of {present}; do it when all is well."
        )

    def _stop(self, options: dict[str, Any]) -> None:
        stopped, deleted = engine_change.stop()
        if not stopped:
            raise CommandError("engine_not_filled: No engine is being filled.")
        self.stdout.write(f"{stopped} is no longer filled. {deleted} references were deleted.")

    def _forget(self, options: dict[str, Any]) -> None:
        deleted = engine_change.forget(options["name"])
        self.stdout.write(f"{deleted} references of {options['name']} were deleted.")
