"""`manage.py calibrate`: measures on this machine where an engine's lines lie, from photos of people."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.recognition import store
from apps.recognition.calibration import finding, words
from apps.recognition.calibration.collecting import collect, measure, photos_of
from apps.recognition.calibration.measured import Measured, to_json
from apps.recognition.engine import engine_named
from apps.recognition.errors import RecognitionError
from apps.recognition.registry import ENTRIES, entry_named
from apps.recognition.shapes import Target

GALLERIES = (10, 100, 1000)


class Command(BaseCommand):
    help = (
        "Calibrate an engine for the weights on this machine: DIR has a subfolder of JPEG photos for each person. "
        "Keeps scores only, in the model store; touches no database. Until it has run, an engine without shipped "
        "calibration asks every person to confirm."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="one subfolder per person")
        parser.add_argument(
            "--engine",
            default=getattr(settings, "ENGINE", "") or "dlib",
            help=f"one of {', '.join(ENTRIES)} (%(default)s)",
        )
        parser.add_argument("--strangers", type=Path, metavar="DIR", help="photos of others, loose or in subfolders")
        parser.add_argument("--source", default="photos of this machine's operator", help="what they are, in words")
        parser.add_argument("--to", type=Path, metavar="FILE", help="write it there instead of into the model store")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            measured = self._measured(options)
        except RecognitionError as error:
            raise CommandError(f"{error.message} [{error.code}]") from error
        path = self._keep(measured, options["to"])
        self._print(measured, path)
        if options["json"]:
            self.stdout.write(json.dumps(_report(measured, path)))

    def _measured(self, options: dict[str, Any]) -> Measured:
        people = photos_of(options["folder"])
        strangers = photos_of(options["strangers"]) if options["strangers"] else {}
        engine = engine_named(options["engine"])
        collected = collect(engine, people, strangers, self.stdout.write)
        if collected.unusable:
            self.stdout.write(f"{collected.unusable} photos were left out: no face, or too small, dark or blurred.")
        return measure(
            entry_named(engine.name), engine.space, collected, timezone.localdate(), source=options["source"]
        )

    def _keep(self, measured: Measured, to: Path | None) -> Path:
        if to is None:
            return finding.keep(measured)
        store.write_atomically(to, lambda part: part.write_text(to_json(measured), encoding="utf-8"))
        return to

    def _print(self, measured: Measured, path: Path) -> None:
        self.stdout.write(f"{measured.engine}, {measured.space}\n{measured.provenance}")
        for people in GALLERIES:
            self.stdout.write(f"With {people} people enrolled:")
            for target in Target:
                lines = measured.at(people, target)
                told = words.plain(measured, people, lines)
                self.stdout.write(f"  target {target.value} %: asks from {lines.confirm:.3f}. {told}")
        self.stdout.write(f"Kept in {path}. It holds for these weights only: calibrate again after other ones.")


def _report(measured: Measured, path: Path) -> dict[str, Any]:
    return {
        "engine": measured.engine,
        "space": measured.space,
        "people": measured.people,
        "strangers": measured.strangers,
        "file": str(path),
        "lines": {
            str(people): {target.value: _told(measured, people, target) for target in Target} for people in GALLERIES
        },
    }


def _told(measured: Measured, people: int, target: Target) -> dict[str, float | None]:
    lines = measured.at(people, target)
    rate = measured.rate(lines.confirm, people)
    return {"confirm": lines.confirm, "accept": lines.accept, "fpir": rate.expected, "fpir_bound": rate.bound}
