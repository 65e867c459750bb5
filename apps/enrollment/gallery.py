"""The gallery of an organization: its people's templates as one matrix, kept in this process's memory only."""

import threading
import time
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.conf import settings

from apps.enrollment import cipher
from apps.enrollment.models import GalleryVersion, Reference
from apps.organizations.models import Organization
from apps.recognition.matching import search, unit
from apps.recognition.shapes import Matrix, Vector

KEEP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person and how near they are to the probe."""

    person_id: UUID
    similarity: float


@dataclass(frozen=True, slots=True)
class Gallery:
    """One unit vector a person; row i of `matrix` (N, D) belongs to `person_ids[i]`."""

    space: str
    version: UUID | None
    person_ids: tuple[UUID, ...]
    matrix: Matrix
    lengths: Vector | None = None
    """(N,) How long the mean of each one's references is: 1 where they agree. A mean of scores is shorter by it."""

    def __len__(self) -> int:
        return len(self.person_ids)

    def nearest(self, vector: Vector, top: int = 3) -> list[Candidate]:
        """The `top` nearest people, best first."""
        found = search(vector, self.matrix, top)
        return [Candidate(self.person_ids[one.row], one.similarity) for one in found]

    def similarity_to(self, person_id: UUID, vector: Vector) -> float:
        """How near this vector (D,) is to one person; -1 where they are not in the gallery."""
        if person_id not in self.person_ids:
            return -1.0
        return float(self.matrix[self.person_ids.index(person_id)] @ vector)


_kept: dict[tuple[UUID, str], tuple[float, Gallery]] = {}
_lock = threading.Lock()


def gallery_for(organization: Organization, space: str) -> Gallery:
    """The gallery of one space, from memory while it is young and its version unchanged."""
    version = GalleryVersion.objects.filter(organization=organization).values_list("token", flat=True).first()
    with _lock:
        made_at, gallery = _kept.get((organization.pk, space), (0.0, None))
    if gallery is not None and gallery.version == version and time.monotonic() - made_at < KEEP_SECONDS:
        return gallery
    gallery = load_gallery(organization, space, version)
    with _lock:
        _kept[organization.pk, space] = (time.monotonic(), gallery)
    return gallery


def load_gallery(organization: Organization, space: str, version: UUID | None = None) -> Gallery:
    """Decrypt every active reference of this space and average each person's."""
    rows = Reference.objects.filter(
        organization=organization, space=space, is_active=True, person__is_active=True, consent__withdrawn_at=None
    ).order_by("person_id", "created_at")
    vectors: dict[UUID, list[Vector]] = {}
    for row in rows.iterator(chunk_size=2000):
        vectors.setdefault(row.person_id, []).append(unsealed(row))
    means = [np.stack(own).mean(axis=0) for own in vectors.values()]
    matrix = np.stack(means) if means else np.zeros((0, 0), dtype=np.float32)
    return Gallery(space, version, tuple(vectors), unit(matrix), np.linalg.norm(matrix, axis=-1))


def unsealed(row: Reference) -> Vector:
    """The vector of a stored reference."""
    return cipher.unseal(bytes(row.ciphertext), binding_of(row), settings.MASTER_KEY)


def binding_of(row: Reference) -> cipher.Binding:
    return cipher.Binding(row.organization_id, row.person_id, row.pk, row.space)


def forget_galleries() -> None:
    """Drop what this process keeps (tests, key changes)."""
    with _lock:
        _kept.clear()
