"""Loading a gallery from its sealed rows, against a plain copy of the same numbers and the customary ways of sealing.

What is timed is what enrollment.gallery does once the database has given its rows (ids, keys and ciphertext): unwrap
each person's key, decrypt what was sealed of them, bring to unit length. Both the load and the copy take fresh memory.
A guided enrollment keeps about nine references of a person under one key, and their aggregate, which is the one that a
gallery loads; the copy is of all of them. Before there were aggregates each one was loaded and averaged, which is timed
as "all nine". As many people with one reference each cost a key for every row, which no copy is near: they are held to
the bare calls of AES-GCM for them instead. A reload is what one changed person costs.
"""

import json
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import numpy as np
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.enrollment import cipher
from apps.enrollment.gallery import Gallery, gallery_of, joined, unchanged
from apps.recognition.shapes import Matrix
from bench.pipelines import strangers
from bench.sealed_rows import ORGANIZATION_KEY, sealed_rows
from bench.timing import Rounds, here, interleaved

SPACE = "bench/space"
NAIVE_SHARE = 50  # the slow ways are timed on one row of so many, and counted so many times
EACH = 9
"""References a person: one straight ahead and one of each of eight segments."""
BARE_CALLS = "calls for one each"
ORGANIZATION = UUID(int=1)
KEYS = {1: ORGANIZATION_KEY}


def loaded(references: int, dimension: int, rounds: int) -> Rounds:
    """Time a load of so many references, EACH a person, beside one of as many people, a copy and the naive ways."""
    matrix = strangers(references, dimension)
    rows, single = (sealed_rows(ORGANIZATION, SPACE, owners(references, each), matrix) for each in (EACH, 1))
    aggregates = sealed_rows(ORGANIZATION, SPACE, [row.person_id for row in rows[::EACH]], aggregates_of(matrix))
    few = matrix[: max(1, references // NAIVE_SHARE)]
    fernet = Fernet(Fernet.generate_key())
    tokens = [fernet.encrypt(row.tobytes()) for row in few]
    texts = [json.dumps(row.tolist()) for row in few]
    times = references / len(few)
    naive = {
        "row by row": here(lambda: _row_by_row(rows[: len(few)])),
        "Fernet": here(lambda: [np.frombuffer(fernet.decrypt(token), np.float32) for token in tokens]),
        "JSON": here(lambda: [np.array(json.loads(text), np.float32) for text in texts]),
    }
    before, changed = _before(aggregates)
    calls = bare_calls(single)
    jobs = {
        "load": here(lambda: gallery_of(aggregates, ORGANIZATION, SPACE, KEYS)),
        "all nine": here(lambda: gallery_of(rows, ORGANIZATION, SPACE, KEYS)),
        BARE_CALLS: here(calls),
        "one each": here(lambda: gallery_of(single, ORGANIZATION, SPACE, KEYS)),
        "reload": here(lambda: _reload(before, changed)),
        "copy": here(lambda: matrix.copy(order="K")),
        **{name: _counted(measure, times) for name, measure in naive.items()},
    }
    return interleaved(jobs, rounds)


def owners(references: int, each: int) -> list[UUID]:
    """Whose each reference is: `each` beside each other are of one person."""
    people = [uuid4() for _ in range(-(-references // each))]
    return [person for person in people for _ in range(each)][:references]


def aggregates_of(matrix: Matrix) -> Matrix:
    """The mean of each person's rows (people, D); they are strangers to each other here, so it is a short one."""
    starts = range(0, len(matrix), EACH)
    return np.stack([matrix[start : start + EACH].mean(axis=0) for start in starts])


def bare_calls(rows: Sequence[cipher.SealedRow]) -> Callable[[], None]:
    """Prepare everything but the calls that nothing can spare: unwrap a row's key, make it ready, decrypt the row."""
    place = bytearray(len(rows[0].sealed) - cipher.SEALED_EXTRA)
    prepared = []
    for row in rows:
        above = cipher.KeyBinding(ORGANIZATION, row.person_id, row.key_id, row.version).associated
        ids = (ORGANIZATION, row.person_id, row.reference_id)
        below = cipher.Binding(*ids, SPACE, row.version, row.key_id).associated
        wrapped, sealed = _parted(row.wrapped), _parted(row.sealed[len(cipher.VERSION) :])
        prepared.append((*wrapped, above, *sealed, below))
    unwrap = AESGCM(ORGANIZATION_KEY).decrypt

    def call() -> None:
        for key_nonce, key, above, nonce, body, below in prepared:
            AESGCM(unwrap(key_nonce, key, above)).decrypt_into(nonce, body, below, place)

    return call


def _parted(sealed: bytes) -> tuple[bytes, bytes]:
    """The nonce, and what was encrypted with it."""
    return sealed[: cipher.NONCE_BYTES], sealed[cipher.NONCE_BYTES :]


def _before(rows: Sequence[cipher.SealedRow]) -> tuple[Gallery, Sequence[cipher.SealedRow]]:
    """Return the gallery of these rows, and the rows as they are after the first person was enrolled again."""
    again = sealed_rows(ORGANIZATION, SPACE, [rows[0].person_id], strangers(1, _dimension(rows)))
    return gallery_of(rows, ORGANIZATION, SPACE, KEYS), [*again, *rows[1:]]


def _dimension(rows: Sequence[cipher.SealedRow]) -> int:
    return (len(rows[0].sealed) - cipher.SEALED_EXTRA) // 4


def _reload(before: Gallery, rows: Sequence[cipher.SealedRow]) -> Gallery:
    kept, changed = unchanged(before, rows)
    fresh = [row for row in rows if row.person_id in {*changed}]
    return joined(before, kept, gallery_of(fresh, ORGANIZATION, SPACE, KEYS))


def _counted(measure: Callable[[], float], times: float) -> Callable[[], float]:
    return lambda: times * measure()


def _row_by_row(rows: Sequence[cipher.SealedRow]) -> Matrix:
    """Open each by itself, key and all."""
    vectors = []
    for row in rows:
        above = cipher.KeyBinding(ORGANIZATION, row.person_id, row.key_id, row.version)
        key = cipher.unwrap(row.wrapped, above, ORGANIZATION_KEY)
        ids = (ORGANIZATION, row.person_id, row.reference_id)
        vectors.append(cipher.unseal(row.sealed, cipher.Binding(*ids, SPACE, row.version, row.key_id), key))
    return np.stack(vectors)
