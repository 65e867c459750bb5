"""Faces of the sweep: one vector an organization, sealed as the product seals them, and an engine that sees it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction

from apps.enrollment import vault
from apps.enrollment.engine_choice import prefix_of
from apps.enrollment.models import Reference
from apps.recognition.registry import ENTRIES
from apps.recognition.shapes import Face, Probe, Purpose, Quality, Target, Thresholds, Vector

# The engine that is set; its space is that of no weights there are.
ENTRY = ENTRIES["dlib"]
SPACE = f"{prefix_of(ENTRY)}sweep"
DIMENSION = 8


def vector_of(number: int) -> Vector:
    """A unit vector, at right angles to that of any other number."""
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[int(number)] = 1
    return vector


def seal_face(reference: Reference, vector: Vector) -> None:
    """Give a reference its content, as the product seals it."""
    with transaction.atomic():
        sealed = vault.seal(reference.organization, reference.person, reference.pk, reference.space, vector)
        reference.key, reference.ciphertext = sealed
        reference.save(update_fields=["key", "ciphertext"])


def probe_of(vector: Vector) -> Probe:
    face = Face((0.0, 0.0, 100.0, 100.0), 0.9, np.zeros((5, 2), dtype=np.float32))
    return Probe(vector, SPACE, face, Quality(100.0, 100.0, 100.0, 1.0))


@dataclass
class Lens:
    """An engine that sees the same face in every frame."""

    vector: Vector
    name: str = "lens"
    space: str = SPACE

    def thresholds(self, people: int, target: Target = Target.ONE) -> Thresholds:
        return Thresholds(confirm=0.5, accept=0.8)

    def see(self, image: Any, purpose: Purpose) -> Probe:
        return probe_of(self.vector)
