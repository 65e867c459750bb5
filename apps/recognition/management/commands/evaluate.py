"""`manage.py evaluate`: how many people an engine finds in photos, at a stated share of false alarms; and what it takes
for a live face."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.recognition import store
from apps.recognition.engine import Engine, engine_named
from apps.recognition.errors import RecognitionError
from apps.recognition.evaluation import wording
from apps.recognition.evaluation.attacks import attack, require_passive
from apps.recognition.evaluation.looking import EngineSight, Looker, read_cache, write_cache
from apps.recognition.evaluation.measuring import Identified, Wish, identify
from apps.recognition.evaluation.presentations import Presentation, attacks, lives
from apps.recognition.evaluation.report import html
from apps.recognition.evaluation.results import Results
from apps.recognition.photos import PhotoSet, from_folders, from_manifest
from apps.recognition.registry import ENTRIES


class Command(BaseCommand):
    help = (
        "Measure an engine on photos; touches no database. A person of the probes who is not in the gallery "
        "counts as a stranger."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--engine",
            default=getattr(settings, "ENGINE", "") or "dlib",
            help=f"one of {', '.join(ENTRIES)} (%(default)s)",
        )
        _add_photos(parser)
        _add_ways(parser)
        _add_attacks(parser)
        parser.add_argument("--html", type=Path, metavar="FILE", help="write a report that any browser opens")
        parser.add_argument(
            "--cache", type=Path, metavar="FILE.npz", help="keep vectors of faces there (personal data!) for next time"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            results = self._results(options)
            if options["html"]:
                store.write_atomically(options["html"], lambda part: part.write_text(html(results), encoding="utf-8"))
        except RecognitionError as error:
            raise CommandError(f"{error.message} [{error.code}]") from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}. Choose a place that can be written to.") from error
        for line in wording.lines(results):
            self.stdout.write(line)
        if options["json"]:
            self.stdout.write(json.dumps(results.as_json()))

    def _results(self, options: dict[str, Any]) -> Results:
        wish = _wish(options)
        photos = _photos(options)
        engine = engine_named(options["engine"])
        presented = _presented(options)
        if presented:
            require_passive()
        identified = self._identified(engine, photos, wish, options["cache"]) if photos else None
        attacked = attack(engine, presented, self.stdout.write) if presented else None
        return Results(engine, timezone.localdate(), wish, identified, attacked)

    def _identified(self, engine: Engine, photos: PhotoSet, wish: Wish, cache: Path | None) -> Identified:
        looker = Looker(EngineSight(engine), read_cache(cache) if cache else {})
        try:
            return identify(engine, looker, photos, wish, self.stdout.write)
        finally:
            if cache:
                write_cache(cache, looker.kept)


def _add_photos(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--manifest", type=Path, help="CSV with person, file, role (enrol, probe, stranger); group, condition if wanted"
    )
    parser.add_argument("--gallery", type=Path, help="folder with one subfolder per person, to enrol")
    parser.add_argument("--probes", type=Path, help="folder with one subfolder per person, to find")
    parser.add_argument("--strangers", type=Path, help="folder of photos of people who are not enrolled")
    parser.add_argument(
        "--groups", action="store_true", help="folders are DIR/GROUP/PERSON/PHOTO: figures by group too"
    )


def _add_ways(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--fpir",
        type=float,
        nargs="+",
        default=[0.01, 0.003],
        help="shares of strangers that may be named (0.01 0.003)",
    )
    parser.add_argument("--frames", type=int, default=3, help="photos that one approach is decided by (%(default)s)")
    parser.add_argument(
        "--references",
        nargs="+",
        choices=["plain", "guided"],
        default=["plain", "guided"],
        help="how people are enrolled: plain photos, guided as in the product (both)",
    )
    parser.add_argument(
        "--guided-clips", type=Path, metavar="DIR", help="clips of guided enrollments, PERSON.mjpeg: compared too"
    )
    parser.add_argument(
        "--splits", type=int, default=0, help="calibrate on half the people, judge the others: so often"
    )
    parser.add_argument("--customary", action="store_true", help="compare with dlib as it is usually used")


def _add_attacks(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--live", type=Path, nargs="+", metavar="PATH", help="photos and clips of people who were really there"
    )
    parser.add_argument(
        "--attack",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="what was held up instead: folders with one subfolder per species, files, or a CSV with file, species",
    )


def _wish(options: dict[str, Any]) -> Wish:
    targets = options["fpir"] if isinstance(options["fpir"], list) else [options["fpir"]]
    if not all(0 <= target < 1 for target in targets):
        raise CommandError("--fpir is a share: 0.01 means 1 %.")
    if not 1 <= options["frames"] <= 10:
        raise CommandError("--frames is a number from 1 to 10.")
    if not 0 <= options["splits"] <= 50:
        raise CommandError("--splits is a number from 0 to 50.")
    return Wish(
        targets=tuple(targets),
        frames=options["frames"],
        references=tuple(dict.fromkeys(options["references"])),
        splits=options["splits"],
        customary=options["customary"],
        guided_clips=options["guided_clips"],
    )


def _presented(options: dict[str, Any]) -> list[Presentation]:
    live = lives(options["live"] or [])
    return [*live, *attacks(options["attack"] or [], live)]


def _photos(options: dict[str, Any]) -> PhotoSet | None:
    by_folders = options["gallery"] is not None and options["probes"] is not None
    if options["manifest"] is None and not by_folders and (options["live"] or options["attack"]):
        return None
    if (options["manifest"] is not None) == by_folders:
        raise CommandError("Give either --manifest CSV, or --gallery DIR and --probes DIR.")
    if by_folders:
        photos = from_folders(options["gallery"], options["probes"], grouped=options["groups"])
    else:
        photos = from_manifest(options["manifest"])
    if options["strangers"] is not None:
        photos.add_strangers(options["strangers"], grouped=options["groups"])
    return photos
