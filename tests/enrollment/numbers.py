"""Faces as numbers: vectors as near to each other as a test says, and an engine of which its lines are asked."""

from dataclasses import dataclass
from typing import Any, Literal, cast, overload

import numpy as np

from apps.enrollment import duplicates, services, vault
from apps.enrollment.models import EnrollmentSession
from apps.enrollment.progress import Progress
from apps.people.models import Person
from apps.recognition.engine import Engine
from apps.recognition.shapes import Face, Matrix, Probe, Quality, Target, Thresholds, Vector

from .conftest import opened

SPACE = "numbers"
DIMENSION = 16


@dataclass
class Ruler:
    """An engine of which only its lines are asked."""

    space: str = SPACE
    name: str = "ruler"

    def thresholds(self, people: int, target: Target = Target.ONE) -> Thresholds:
        return Thresholds(confirm=0.5, accept=0.6, margin=0.06)


RULER = cast(Engine, Ruler())


def unit(*values: float) -> Vector:
    """A unit vector (DIMENSION,) that begins with these, scaled."""
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def beside(vector: Vector, similarity: float) -> Vector:
    """A unit vector this similar to one that lies in the first DIMENSION - 1 axes."""
    last = np.zeros(DIMENSION, np.float32)
    last[-1] = np.sqrt(1 - similarity**2)
    return np.asarray(similarity * vector + last, np.float32)


def matrix_of(*vectors: Vector) -> Matrix:
    return np.array(vectors, np.float32).reshape(len(vectors), DIMENSION)


def probe_of(vector: Vector, space: str = SPACE) -> Probe:
    face = Face((0.0, 0.0, 99.0, 99.0), 1.0, np.zeros((5, 2), np.float32))
    return Probe(vector, space, face, Quality(99.0, 99.0, 99.0, 1.0))


@overload
def enrolled(person: Person, *vectors: Vector, told: Literal[True], engine: Any = ...) -> Progress: ...
@overload
def enrolled(person: Person, *vectors: Vector, told: Literal[False] = ..., engine: Any = ...) -> EnrollmentSession: ...
def enrolled(person: Person, *vectors: Vector, told: bool = False, engine: Any = RULER) -> Progress | EnrollmentSession:
    """A whole visit of this person with these vectors; `told`: what its page was told, not the visit."""
    organization, session = person.organization, opened(person.organization, person)
    for vector in vectors:
        services.add_draft(organization=organization, session=session, probe=probe_of(vector, engine.space))
    turned = [vault.turned(organization, vector) for vector in vectors]
    progress = duplicates.hold_or_complete(organization, session, engine, turned)
    session.refresh_from_db()
    return progress if told else session
