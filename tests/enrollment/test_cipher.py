"""A sealed vector opens under its own organization, person, row and space only, and unaltered only."""

import base64
import uuid
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.enrollment.cipher import Binding, SealedRow, seal, unseal, unseal_all
from apps.enrollment.errors import ReferenceUnreadable
from apps.organizations.master_key import key_bytes
from apps.recognition.shapes import Vector

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.urlsafe_b64encode(bytes(32)).decode()
BINDING = Binding(uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3), "dlib/mtcnn/dlib-points/abc")
VECTOR: Vector = np.linspace(-1, 1, 128, dtype=np.float32)
SEALED = seal(VECTOR, BINDING, KEY)

vectors = st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=64)
bindings = st.builds(Binding, st.uuids(), st.uuids(), st.uuids(), st.text(max_size=40))


def test_it_opens_to_the_same_vector() -> None:
    assert np.array_equal(unseal(SEALED, BINDING, KEY), VECTOR)


def test_it_opens_to_float32() -> None:
    assert unseal(SEALED, BINDING, KEY).dtype == np.float32


def test_a_vector_of_128_seals_to_541_bytes() -> None:
    assert len(SEALED) == 541


def test_no_two_sealings_are_alike() -> None:
    assert len({seal(VECTOR, BINDING, KEY) for _ in range(50)}) == 50


def test_the_vector_is_not_in_it() -> None:
    plain = VECTOR.tobytes()
    assert not any(plain[at : at + 4] in SEALED for at in range(0, 64, 4))


SWAPS: dict[str, Any] = {
    "organization": {"organization_id": uuid.UUID(int=9)},
    "person": {"person_id": uuid.UUID(int=9)},
    "reference": {"reference_id": uuid.UUID(int=9)},
    "space": {"space": "arcface/retinaface"},
}


@pytest.mark.parametrize("swap", SWAPS.values(), ids=SWAPS.keys())
def test_it_does_not_open_as_anothers(swap: dict[str, Any]) -> None:
    with pytest.raises(ReferenceUnreadable):
        unseal(SEALED, replace(BINDING, **swap), KEY)


def test_person_and_reference_cannot_change_places() -> None:
    swapped = replace(BINDING, person_id=BINDING.reference_id, reference_id=BINDING.person_id)
    with pytest.raises(ReferenceUnreadable):
        unseal(SEALED, swapped, KEY)


def test_it_does_not_open_with_another_key() -> None:
    with pytest.raises(ReferenceUnreadable, match="master key"):
        unseal(SEALED, BINDING, OTHER_KEY)


def opens(sealed: bytes) -> bool:
    try:
        unseal(sealed, BINDING, KEY)
    except ReferenceUnreadable:
        return False
    return True


def test_no_byte_may_be_flipped() -> None:
    flipped = (SEALED[:at] + bytes([SEALED[at] ^ 1]) + SEALED[at + 1 :] for at in range(len(SEALED)))
    assert not any(opens(sealed) for sealed in flipped)


@pytest.mark.parametrize("length", [0, 1, 5, 13, 28, 29, 540])
def test_it_may_not_be_cut_short(length: int) -> None:
    with pytest.raises(ReferenceUnreadable):
        unseal(SEALED[:length], BINDING, KEY)


@pytest.mark.parametrize("key", ["", "short", base64.urlsafe_b64encode(bytes(31)).decode(), "not base64 at all!"])
def test_a_key_is_32_bytes(key: str) -> None:
    with pytest.raises(ValueError):
        key_bytes(key)


def test_the_error_says_what_to_do() -> None:
    with pytest.raises(ReferenceUnreadable, match="Restore the key, or enroll this person again"):
        unseal(b"", BINDING, KEY)


@settings(max_examples=50, deadline=None)
@given(vectors, bindings)
def test_every_vector_comes_back_bit_for_bit(values: list[float], binding: Binding) -> None:
    vector = np.array(values, dtype=np.float32)
    assert unseal(seal(vector, binding, KEY), binding, KEY).tobytes() == vector.tobytes()


@settings(max_examples=100, deadline=None)
@given(bindings, bindings)
def test_two_bindings_open_each_other_only_when_they_are_one(one: Binding, other: Binding) -> None:
    assert (one.associated == other.associated) is (one == other)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=600))
def test_noise_never_opens(noise: bytes) -> None:
    with pytest.raises(ReferenceUnreadable):
        unseal(noise, BINDING, KEY)


def sealed_rows(count: int) -> tuple[list[SealedRow], list[Vector]]:
    """Rows of one organization and space, each person's and reference's id its own."""
    people = [replace(BINDING, person_id=uuid.uuid4(), reference_id=uuid.uuid4()) for _ in range(count)]
    vectors = [np.asarray(VECTOR * (at + 1), np.float32) for at in range(count)]
    rows = [(one.person_id, one.reference_id, seal(own, one, KEY)) for one, own in zip(people, vectors, strict=True)]
    return rows, vectors


def test_all_rows_open_to_what_each_opens_to() -> None:
    rows, vectors = sealed_rows(7)
    matrix = unseal_all(rows, BINDING.organization_id, BINDING.space, KEY)
    assert matrix.dtype == np.float32 and np.array_equal(matrix, np.stack(vectors))


def test_no_rows_open_to_an_empty_matrix() -> None:
    assert unseal_all([], BINDING.organization_id, BINDING.space, KEY).shape == (0, 0)


@pytest.mark.parametrize("at", [0, 3, 6])
def test_one_altered_row_among_many_opens_none(at: int) -> None:
    rows, _ = sealed_rows(7)
    person, reference, sealed = rows[at]
    for changed in (
        (uuid.uuid4(), reference, sealed),
        (person, uuid.uuid4(), sealed),
        (person, reference, sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (person, reference, b"\x02" + sealed[1:]),
        (person, reference, sealed[:-4]),
        (person, reference, b""),
    ):
        with pytest.raises(ReferenceUnreadable):
            unseal_all([*rows[:at], changed, *rows[at + 1 :]], BINDING.organization_id, BINDING.space, KEY)


@pytest.mark.parametrize("swap", [{"organization_id": uuid.UUID(int=9)}, {"space": "other"}])
def test_all_rows_do_not_open_as_anothers(swap: dict[str, Any]) -> None:
    rows, _ = sealed_rows(2)
    elsewhere = replace(BINDING, **swap)
    with pytest.raises(ReferenceUnreadable):
        unseal_all(rows, elsewhere.organization_id, elsewhere.space, KEY)
