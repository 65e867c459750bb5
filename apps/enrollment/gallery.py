"""The gallery of an organization: its people's templates as one matrix, kept in this process's memory only."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from operator import attrgetter, itemgetter, ne
from uuid import UUID

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from apps.enrollment import cipher
from apps.enrollment.models import GalleryVersion, Reference
from apps.organizations.models import Organization
from apps.recognition.matching import room_for, search
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
    fields = rows.values_list("person_id", "pk", "ciphertext").iterator(chunk_size=2000)
    sealed = [(person_id, pk, bytes(ciphertext)) for person_id, pk, ciphertext in fields]
    return gallery_of(sealed, organization.pk, space, version)


def gallery_of(
    rows: Sequence[cipher.SealedRow], organization_id: UUID, space: str, version: UUID | None = None
) -> Gallery:
    """Decrypt rows, those of one person beside each other, and average each person's. Raises ReferenceUnreadable."""
    vectors = cipher.unseal_all(rows, organization_id, space, settings.MASTER_KEY)
    owners = [*map(itemgetter(0), rows)]
    begins = _begins([*map(attrgetter("int"), owners)])
    people = tuple(compress(owners, begins))
    lengths = np.ones(len(people), np.float32)  # what an engine made, and was sealed, is of unit length
    if len(people) < len(rows):
        vectors = _means(vectors, np.flatnonzero(begins))
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        vectors /= np.maximum(lengths, 1e-9)[:, None]
    return Gallery(space, version, people, vectors, lengths)


def _begins(owners: Sequence[int]) -> list[bool]:
    """Return which rows are the first of their owner's, which lie beside each other."""
    return [True, *map(ne, owners[1:], owners)] if owners else []


def _means(vectors: Matrix, starts: NDArray[np.intp]) -> Matrix:
    """Average the rows of each owner: their first ones, then their second ones."""
    counts = np.diff(starts, append=len(vectors))
    means = room_for(len(starts), vectors.shape[1])
    means[:] = vectors[starts]
    for nth in range(1, counts.max()):
        having = np.flatnonzero(counts > nth)
        means[having] += vectors[starts[having] + nth]
    means /= counts[:, None].astype(np.float32)
    return means


def unsealed(row: Reference) -> Vector:
    """The vector of a stored reference."""
    return cipher.unseal(bytes(row.ciphertext), binding_of(row), settings.MASTER_KEY)


def binding_of(row: Reference) -> cipher.Binding:
    return cipher.Binding(row.organization_id, row.person_id, row.pk, row.space)


def forget_galleries() -> None:
    """Drop what this process keeps (tests, key changes)."""
    with _lock:
        _kept.clear()
