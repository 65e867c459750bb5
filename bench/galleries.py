"""Loading a gallery from its sealed rows, against a plain copy of the same numbers and the customary ways of sealing.

What is timed is what enrollment.gallery does once the database has given its rows (ids and ciphertext): decrypt each,
average a person's, bring to unit length. Both the load and the copy take fresh memory.
"""

import json
import uuid
from collections.abc import Callable, Sequence
from uuid import UUID

import numpy as np
from cryptography.fernet import Fernet
from django.conf import settings

from apps.enrollment import cipher
from apps.enrollment.gallery import gallery_of
from apps.recognition.shapes import Matrix
from bench.pipelines import strangers
from bench.timing import Rounds, here, interleaved

SPACE = "bench/space"
NAIVE_SHARE = 50  # the slow ways are timed on one row of so many, and counted so many times


def loaded(people: int, dimension: int, rounds: int) -> Rounds:
    """Time a load of `people` references, one each, beside the copy and the naive ways."""
    matrix = strangers(people, dimension)
    organization = UUID(int=1)
    rows = sealed(matrix, organization)
    few = matrix[: max(1, people // NAIVE_SHARE)]
    fernet = Fernet(Fernet.generate_key())
    tokens = [fernet.encrypt(row.tobytes()) for row in few]
    texts = [json.dumps(row.tolist()) for row in few]
    times = people / len(few)
    naive = {
        "row by row": here(lambda: _row_by_row(rows[: len(few)], organization)),
        "Fernet": here(lambda: [np.frombuffer(fernet.decrypt(token), np.float32) for token in tokens]),
        "JSON": here(lambda: [np.array(json.loads(text), np.float32) for text in texts]),
    }
    jobs = {
        "load": here(lambda: gallery_of(rows, organization, SPACE)),
        "copy": here(lambda: matrix.copy(order="K")),
        **{name: _counted(measure, times) for name, measure in naive.items()},
    }
    return interleaved(jobs, rounds)


def _counted(measure: Callable[[], float], times: float) -> Callable[[], float]:
    return lambda: times * measure()


def sealed(matrix: Matrix, organization: UUID) -> list[cipher.SealedRow]:
    """Seal each row as the reference of a person of its own."""
    ids = [(uuid.uuid4(), uuid.uuid4()) for _ in range(len(matrix))]
    bound = [cipher.Binding(organization, person, reference, SPACE) for person, reference in ids]
    return [
        (one.person_id, one.reference_id, cipher.seal(row, one, settings.MASTER_KEY))
        for one, row in zip(bound, matrix, strict=True)
    ]


def _row_by_row(rows: Sequence[cipher.SealedRow], organization: UUID) -> Matrix:
    vectors = [
        cipher.unseal(content, cipher.Binding(organization, person, reference, SPACE), settings.MASTER_KEY)
        for person, reference, content in rows
    ]
    return np.stack(vectors)
