"""`manage.py identify`: who is on these pictures, for every face."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.enrollment.engine_choice import chosen_engine
from apps.enrollment.gallery import Gallery, gallery_for
from apps.enrollment.privacy import require_face_mode
from apps.organizations.command import OrganizationCommand
from apps.organizations.errors import CodedError
from apps.organizations.models import Organization
from apps.organizations.start import look_or_stop
from apps.people.selectors import people_of
from apps.recognition.decoding import decode_photo
from apps.recognition.engine import Engine
from apps.recognition.errors import RecognitionError
from apps.recognition.shapes import Probe


class Command(OrganizationCommand):
    help = "Says for every face on the given pictures which person it is, or unknown. Writes no punch."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")

    def act(self, organization: Organization, **options: Any) -> dict[str, Any]:
        look_or_stop()
        try:
            require_face_mode(organization)
            engine = chosen_engine()
            gallery = gallery_for(organization, engine.space)
        except (CodedError, RecognitionError) as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self.numbers = dict(people_of(organization).values_list("pk", "external_id"))
        self.thresholds = engine.thresholds(len(gallery))
        line = self.thresholds.confirm
        self.stdout.write(f"{len(gallery)} people enrolled for {engine.name}; a match needs {line:.3f}.")
        if self.thresholds.accept:
            self.stdout.write(f"Below {self.thresholds.accept:.3f} a kiosk asks the person to confirm.")
        pictures = [self._identify(image, engine, gallery) for image in options["images"]]
        return {"engine": engine.name, "threshold": line, "people": len(gallery), "images": pictures}

    def _identify(self, image: Path, engine: Engine, gallery: Gallery) -> dict[str, Any]:
        try:
            pixels = decode_photo(image.read_bytes())
        except (RecognitionError, OSError) as error:
            code = getattr(error, "code", "unreadable")
            self.stdout.write(f"{image}: {code}")
            return {"image": str(image), "code": code, "faces": []}
        started = time.perf_counter()
        probes = engine.see_all(pixels)
        spent = (time.perf_counter() - started) * 1000 / max(1, len(probes))
        faces = [self._name(probe, gallery) | {"ms": round(spent, 1)} for probe in probes]
        for face in faces:
            asked = " (to be confirmed)" if face["decision"] == "confirm" else ""
            self.stdout.write(f"{image}: {face['person']}{asked} ({face['similarity']}, {spent:.0f} ms)")
        if not probes:
            self.stdout.write(f"{image}: no face")
        return {"image": str(image), "faces": faces}

    def _name(self, probe: Probe, gallery: Gallery) -> dict[str, Any]:
        """Who a face is: the person from the confirm line on, and whether a kiosk would ask them first."""
        best = next(iter(gallery.nearest(gallery.turned(probe.vector), top=1)), None)
        if best is None or best.similarity < self.thresholds.confirm:
            person, decision = "unknown", "unknown"
        else:
            accept = self.thresholds.accept
            person = self.numbers[best.person_id]
            decision = "accept" if accept is not None and best.similarity >= accept else "confirm"
        similarity = round(best.similarity, 4) if best else None
        return {"person": person, "decision": decision, "similarity": similarity, "box": list(probe.face.box)}
