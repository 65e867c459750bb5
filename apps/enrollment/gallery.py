"""The gallery of an organization: its people's templates as one matrix, kept in this process's memory only.

The vectors in it are turned into the organization's own space, and so must a probe be: `vault.turned`, or `turned` of
the gallery itself where keys may be changing meanwhile.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, compress, islice, pairwise
from operator import add, attrgetter, itemgetter, ne
from uuid import UUID

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from apps.enrollment import cipher, refusals, selectors, turning, vault
from apps.enrollment.models import GalleryVersion, Reference
from apps.organizations import keyring
from apps.organizations.master_key import KeyUnavailable
from apps.organizations.models import Organization, OrganizationKey
from apps.recognition.matching import room_for, search
from apps.recognition.shapes import Matrix, Vector

KEEP_SECONDS = 60.0
SWEEP_SECONDS = 5.0


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
    key: bytes = field(default=b"", repr=False)
    """The organization's key whose rotation the vectors have; empty where nobody is in it."""
    marks: tuple[int, ...] = ()
    """Of each person, which references under which key they came of."""
    refused: tuple[UUID, ...] = ()
    """References that did not open; whose they are is not in the gallery."""

    def __len__(self) -> int:
        return len(self.person_ids)

    def turned(self, vector: Vector) -> Vector:
        """A vector (D,) of an engine in the space of this gallery, also when the organization's key changed since."""
        return turning.turn(vector, self.key) if self.key else vector

    def nearest(self, vector: Vector, top: int = 3) -> list[Candidate]:
        """The `top` nearest people to a turned vector, best first."""
        found = search(vector, self.matrix, top)
        return [Candidate(self.person_ids[one.row], one.similarity) for one in found]

    def similarity_to(self, person_id: UUID, vector: Vector) -> float:
        """How near this turned vector (D,) is to one person; -1 where they are not in the gallery."""
        if person_id not in self.person_ids:
            return -1.0
        return float(self.matrix[self.person_ids.index(person_id)] @ vector)


_kept: dict[tuple[UUID, str], tuple[float, Gallery]] = {}
_asked: dict[tuple[UUID, str], float] = {}
_lock = threading.Lock()
_sweeps = threading.Event()


def gallery_for(organization: Organization, space: str) -> Gallery:
    """The gallery of one space, from memory while it is young and its version unchanged. Raises KeyUnavailable."""
    version = GalleryVersion.objects.filter(organization=organization).values_list("token", flat=True).first()
    with _lock:
        made_at, gallery = _kept.get((organization.pk, space), (0.0, None))
        _asked[organization.pk, space] = time.monotonic()
    if gallery is not None and gallery.version == version and time.monotonic() - made_at < KEEP_SECONDS:
        return gallery
    gallery = load_gallery(organization, space, version, gallery)
    with _lock:
        _kept[organization.pk, space] = (time.monotonic(), gallery)
    _sweep_from_now_on()
    return gallery


def forget_unasked() -> None:
    """Drop what nobody asked for lately: where no frame comes, nothing else would notice that somebody was erased."""
    with _lock:
        oldest = time.monotonic() - (KEEP_SECONDS - SWEEP_SECONDS)
        for place in [place for place, at in _asked.items() if at <= oldest]:
            _asked.pop(place)
            _kept.pop(place, None)


def _sweep_from_now_on() -> None:
    if not _sweeps.is_set():
        _sweeps.set()
        threading.Thread(target=_sweep, name="galleries", daemon=True).start()


def _sweep() -> None:
    while True:
        time.sleep(SWEEP_SECONDS)
        forget_unasked()


def load_gallery(
    organization: Organization, space: str, version: UUID | None = None, before: Gallery | None = None
) -> Gallery:
    """Decrypt the active references of this space and average each person's; who is in `before` is taken from there.

    Raises KeyUnavailable.
    """
    rows = selectors.searched_references(organization, space)
    try:
        gallery = _load(organization.pk, space, rows, before)
    except OrganizationKey.DoesNotExist:  # a change of keys ended between reading the rows and reading their key
        gallery = _load_again(organization.pk, space, rows)
    if before and before.key != gallery.key:
        turning.forget()
    refusals.note(organization, gallery.refused)
    return replace(gallery, version=version)


_FIELDS = ("person_id", "pk", "key_id", "key__version", "key__wrapped", "ciphertext")
_MOST_CHANGED = 500
"""People whose rows are asked for by name; beyond that all are read."""


def _load(organization_id: UUID, space: str, rows: "QuerySet[Reference]", before: Gallery | None) -> Gallery:
    if before and before.key == _newest_key(organization_id):
        kept, changed = unchanged(before, list(rows.values_list("person_id", "pk", "key_id")))
        if len(changed) <= _MOST_CHANGED:
            fresh = _opened(organization_id, space, rows.filter(person_id__in=changed)) if changed else None
            return joined(before, kept, fresh)
    return _opened(organization_id, space, rows)


def _load_again(organization_id: UUID, space: str, rows: "QuerySet[Reference]") -> Gallery:
    try:
        return _load(organization_id, space, rows, None)
    except OrganizationKey.DoesNotExist as error:
        said = "A key that the keys of people here were wrapped with is gone. Restore that row from a backup."
        raise KeyUnavailable(said, code="key_altered") from error


def _newest_key(organization_id: UUID) -> bytes | None:
    """The organization's newest key; None where none is stored, which none is made for."""
    versions = keyring.versions_of(organization_id, vault.PURPOSE)
    if not versions:
        return None
    keyring.forget_before(organization_id, vault.PURPOSE, versions[0])
    return keyring.key_of(organization_id, vault.PURPOSE, versions[-1])


def _opened(organization_id: UUID, space: str, rows: "QuerySet[Reference]") -> Gallery:
    sealed = [*_sealed(rows)]
    keys = _keys(organization_id, {row.version for row in sealed})[0] if sealed else {}
    return gallery_of(sealed, organization_id, space, keys)


def _sealed(rows: "QuerySet[Reference]") -> Iterator[cipher.SealedRow]:
    for person, pk, key, version, wrapped, content in rows.values_list(*_FIELDS).iterator(chunk_size=2000):
        yield cipher.SealedRow(person, pk, key, version, bytes(wrapped), bytes(content))


def open_parts(organization: Organization, space: str) -> None:
    """Open the frames behind the aggregates of a space, which no gallery opens, and note those that were altered.

    While keys are changed it ends with those that are gone: the next time sees them under the new one. Raises
    KeyUnavailable.
    """
    rows = _sealed(selectors.parts(organization, space))
    while some := [*islice(rows, _PARTS_AT_ONCE)]:
        try:
            keys, _newest = _keys(organization.pk, {row.version for row in some})
        except OrganizationKey.DoesNotExist:
            return
        refused = cipher.unseal_all(some, organization.pk, space, keys).refused
        refusals.note(organization, tuple(some[at].reference_id for at in refused))


_PARTS_AT_ONCE = 5000


def _keys(organization_id: UUID, versions: Iterable[int]) -> tuple[dict[int, bytes], bytes]:
    """The organization's keys of these versions and of the newest; and the newest.

    Asked in this order: where the key of stored rows is gone, no new one may be made in its place.
    """
    keys = {one: keyring.key_of(organization_id, vault.PURPOSE, one) for one in versions}
    newest = keyring.newest_version(organization_id, vault.PURPOSE)
    if newest not in keys:
        keys[newest] = keyring.key_of(organization_id, vault.PURPOSE, newest)
    keyring.forget_before(organization_id, vault.PURPOSE, min(keys))
    return keys, keys[newest]


Ids = Sequence[tuple[UUID, UUID, UUID]] | Sequence[cipher.SealedRow]
"""Rows that begin with the person, the reference and the key; those of one person beside each other."""


def unchanged(before: Gallery, rows: Ids) -> tuple[list[int], list[UUID]]:
    """Which rows of an earlier gallery's matrix stand as they are, and the people who must be opened."""
    marks = dict(_marks(rows))
    kept = [row for row, one in enumerate(before.person_ids) if marks.get(one) == before.marks[row]]
    known = {before.person_ids[row] for row in kept}
    return kept, [person for person in marks if person not in known]


def joined(before: Gallery, kept: list[int], fresh: Gallery | None) -> Gallery:
    """An earlier gallery's `kept` rows and those just opened; nothing else of the earlier one is held any longer."""
    refused = fresh.refused if fresh is not None else ()
    if not fresh and len(kept) == len(before):
        return replace(before, refused=refused)
    standing = replace(
        before,
        person_ids=tuple(before.person_ids[row] for row in kept),
        matrix=before.matrix[kept],
        lengths=_lengths(before)[kept],
        marks=tuple(before.marks[row] for row in kept),
        refused=refused,
    )
    if not fresh:
        return standing
    matrix = room_for(len(kept) + len(fresh), fresh.matrix.shape[1])
    matrix[: len(kept)], matrix[len(kept) :] = standing.matrix, fresh.matrix
    people, marks = standing.person_ids + fresh.person_ids, standing.marks + fresh.marks
    lengths = np.concatenate([_lengths(standing), _lengths(fresh)])
    return replace(standing, person_ids=people, matrix=matrix, lengths=lengths, marks=marks)


def _lengths(gallery: Gallery) -> Vector:
    return np.ones(len(gallery), np.float32) if gallery.lengths is None else gallery.lengths


def _marks(rows: Ids) -> Iterator[tuple[UUID, int]]:
    """Of each person the sum of the ids of their references and of the keys these are under."""
    owners = [*map(itemgetter(0), rows)]
    starts = [*compress(range(len(rows)), _begins([*map(_NUMBER, owners)])), len(rows)]
    references, keys = (map(_NUMBER, map(itemgetter(at), rows)) for at in (1, 2))
    sums = [0, *accumulate(map(add, references, keys))]
    for start, end in pairwise(starts):
        yield owners[start], sums[end] - sums[start]


_NUMBER = attrgetter("int")


def gallery_of(
    rows: Sequence[cipher.SealedRow], organization_id: UUID, space: str, keys: Mapping[int, bytes]
) -> Gallery:
    """Decrypt rows, those of one person beside each other, and average each person's.

    `keys` are the organization's by version; all vectors come to have the rotation of the newest.
    """
    vectors, refused = cipher.unseal_all(rows, organization_id, space, keys)
    lost = tuple(rows[at].reference_id for at in refused)
    if refused:
        rows, vectors = _without_people(rows, vectors, {rows[at].person_id for at in refused})
    if not rows:
        return Gallery(space, None, (), np.zeros((0, 0), np.float32), np.zeros(0, np.float32), refused=lost)
    _turn_older(rows, vectors, keys)
    owners = [*map(itemgetter(0), rows)]
    begins = _begins([*map(_NUMBER, owners)])
    people = tuple(compress(owners, begins))
    if len(people) < len(rows):
        vectors = _means(vectors, np.flatnonzero(begins))
    lengths = _to_unit_length(vectors)
    return Gallery(
        space, None, people, vectors, lengths, keys[max(keys)], tuple(mark for _, mark in _marks(rows)), lost
    )


def _without_people(
    rows: Sequence[cipher.SealedRow], vectors: Matrix, people: set[UUID]
) -> tuple[list[cipher.SealedRow], Matrix]:
    kept = [at for at, row in enumerate(rows) if row.person_id not in people]
    room = room_for(len(kept), vectors.shape[1])
    room[:] = vectors[kept]
    return [rows[at] for at in kept], room


def _turn_older(rows: Sequence[cipher.SealedRow], vectors: Matrix, keys: Mapping[int, bytes]) -> None:
    """While keys are changed: give vectors with an older version's rotation that of the newest, in place."""
    newest = max(keys)
    for older in keys.keys() - {newest}:
        at = [place for place, row in enumerate(rows) if row.version == older]
        vectors[at] = turning.turn_over(vectors[at], keys[older], keys[newest])


def _to_unit_length(vectors: Matrix) -> Vector:
    """Bring (N, D) vectors to unit length, in place; returns how long each was (N,).

    What an engine made is of unit length but for rounding, and stays as it was sealed; an aggregate is shorter.
    """
    lengths: Vector = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    lengths[np.abs(lengths - 1) < _ROUNDING] = 1
    if (lengths != 1).any():
        vectors /= np.maximum(lengths, 1e-9)[:, None]
    return lengths


_ROUNDING = 1e-5


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


def forget_galleries() -> None:
    """Drop what this process keeps (tests, key changes)."""
    with _lock:
        _kept.clear()
        _asked.clear()
