"""`manage.py evaluate`: how many people an engine finds in photos, at a stated share of false alarms."""

import json
import statistics
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.recognition import quality
from apps.recognition.decoding import decode_photo
from apps.recognition.engine import Engine, engine_named
from apps.recognition.errors import FrameRefused, RecognitionError
from apps.recognition.evaluation import Answer, Figures, Look, answer, clopper_pearson, figures, threshold_for
from apps.recognition.matching import template
from apps.recognition.photos import PhotoSet, from_folders, from_manifest
from apps.recognition.shapes import Matrix, Purpose, Vector


@dataclass(frozen=True)
class Gallery:
    """The people who could be enrolled, one template each, and those who could not."""

    names: list[str]
    templates: Matrix
    not_enrolled: list[str]


class Command(BaseCommand):
    help = (
        "Measure an engine on photos; touches no database. A person of the probes who is not in the gallery "
        "counts as a stranger."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--engine", default=getattr(settings, "ENGINE", "") or "dlib")
        parser.add_argument("--manifest", type=Path, help="CSV with person, file, role (enrol or probe)")
        parser.add_argument("--gallery", type=Path, help="folder with one subfolder per person, to enrol")
        parser.add_argument("--probes", type=Path, help="folder with one subfolder per person, to find")
        parser.add_argument("--strangers", type=Path, help="folder of photos of people who are not enrolled")
        parser.add_argument("--fpir", type=float, default=0.01, help="share of strangers that may be named")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: object, **options: Any) -> None:
        if not 0 <= options["fpir"] < 1:
            raise CommandError("--fpir is a share: 0.01 means 1 %.")
        try:
            photos = _photos(options)
            engine = engine_named(options["engine"])
        except RecognitionError as error:
            raise CommandError(f"{error.message} [{error.code}]") from error
        gallery = _enrol(engine, photos)
        answers, milliseconds = _probe(engine, photos, gallery)
        strangers = [one for one in answers if one.person is None]
        if strangers:
            threshold = threshold_for(strangers, options["fpir"])
        else:
            threshold = engine.thresholds(len(gallery.names)).confirm
        report = _report(engine, gallery, figures(answers, threshold), milliseconds)
        self._print(report, gallery, options["fpir"])
        if options["json"]:
            self.stdout.write(json.dumps(report))

    def _print(self, report: dict[str, Any], gallery: Gallery, fpir: float) -> None:
        for key, value in report.items():
            if key not in {"intervals", "interval_method"}:
                between = report["intervals"].get(key)
                shown = f"{value:.4f}" if isinstance(value, float) else str(value)
                self.stdout.write(
                    f"{key:14} {shown}" + (f"   ({between[0]:.4f} to {between[1]:.4f})" if between else "")
                )
        self.stdout.write(f"Intervals: {report['interval_method']}.")
        if report["strangers"]:
            self.stdout.write(
                f"The threshold was read off the {report['strangers']} strangers for FPIR {fpir:g}, and the same "
                "strangers are counted: mildly optimistic."
            )
        else:
            self.stdout.write("Without strangers the engine's own threshold is used, and FPIR is unknown.")
        if gallery.not_enrolled:
            self.stdout.write(f"Not enrolled, no usable photo: {', '.join(gallery.not_enrolled)}")


def _photos(options: dict[str, Any]) -> PhotoSet:
    by_folders = options["gallery"] is not None and options["probes"] is not None
    if (options["manifest"] is not None) == by_folders:
        raise CommandError("Give either --manifest CSV, or --gallery DIR and --probes DIR.")
    if by_folders:
        photos = from_folders(options["gallery"], options["probes"])
    else:
        photos = from_manifest(options["manifest"])
    if options["strangers"] is not None:
        photos.add_strangers(options["strangers"])
    return photos


def _enrol(engine: Engine, photos: PhotoSet) -> Gallery:
    names, templates, not_enrolled = [], [], []
    for name, files in photos.gallery.items():
        vectors = [vector for file in files if (vector := _vector(engine, file, Purpose.ENROLL)) is not None]
        if vectors:
            names.append(name)
            templates.append(template(np.stack(vectors)))
        else:
            not_enrolled.append(name)
    matrix = np.stack(templates) if templates else np.zeros((0, engine.dimension), np.float32)
    return Gallery(names, matrix, not_enrolled)


def _probe(engine: Engine, photos: PhotoSet, gallery: Gallery) -> tuple[list[Answer], float]:
    answers, seconds = [], []
    for person, file in photos.probes:
        started = time.perf_counter()
        look = Look(person, _vector(engine, file, Purpose.PUNCH))
        answers.append(answer(look, gallery.names, gallery.templates))
        seconds.append(time.perf_counter() - started)
    return answers, statistics.median(seconds) * 1000 if seconds else 0.0


def _vector(engine: Engine, photo: Path, purpose: Purpose) -> Vector | None:
    """Return the vector of the face that a photo is about, if it passes the same gate as a camera's frame."""
    try:
        image = decode_photo(photo.read_bytes())
    except (FrameRefused, OSError):
        return None
    face = quality.principal(engine.faces(image), image)
    if face is None or quality.judge(quality.measure(image, face), purpose) is not None:
        return None
    return engine.embed(image, face, purpose)


def _report(engine: Engine, gallery: Gallery, counted: Figures, milliseconds: float) -> dict[str, Any]:
    probes, strangers = max(1, counted.probes), counted.strangers
    lost = counted.probes - counted.found
    return {
        "engine": engine.name,
        "people": len(gallery.names),
        "probes": counted.probes,
        "strangers": strangers,
        "rank1": counted.nearest_right / probes,
        "found": counted.found / probes,
        "fnir": lost / probes,
        "fpir": counted.strangers_named / strangers if strangers else None,
        "misidentified": counted.misidentified,
        "threshold": counted.threshold,
        "intervals": {
            "rank1": clopper_pearson(counted.nearest_right, counted.probes),
            "found": clopper_pearson(counted.found, counted.probes),
            "fnir": clopper_pearson(lost, counted.probes),
            "fpir": clopper_pearson(counted.strangers_named, strangers) if strangers else None,
        },
        "interval_method": "Clopper-Pearson, 95 %",
        "not_enrolled": len(gallery.not_enrolled),
        "ms_per_frame": round(milliseconds, 2),
    }
