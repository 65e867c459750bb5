"""A sealed vector opens under its own organization, person, row, space and key only, and unaltered only."""

import base64
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.enrollment import cipher
from apps.enrollment.cipher import Binding, KeyBinding, SealedRow, seal, unseal, unseal_all, unwrap, wrap
from apps.enrollment.errors import ReferenceUnreadable
from apps.organizations.master_key import key_bytes
from apps.recognition.shapes import Vector

KEY, OTHER_KEY, ABOVE = bytes(range(32)), bytes(32), bytes(range(1, 33))
ONE, TWO, THREE, FOUR = (uuid.UUID(int=at) for at in range(1, 5))
BINDING = Binding(ONE, TWO, THREE, "dlib/mtcnn/dlib-points/abc", 1, FOUR)
KEY_BINDING = KeyBinding(BINDING.organization_id, BINDING.person_id, BINDING.key_id, BINDING.version)
VECTOR: Vector = np.linspace(-1, 1, 128, dtype=np.float32)
SEALED, WRAPPED = seal(VECTOR, BINDING, KEY), wrap(KEY, KEY_BINDING, ABOVE)
OTHER = uuid.UUID(int=9)
SWAPS: dict[str, Any] = {
    "organization_id": OTHER,
    "person_id": OTHER,
    "reference_id": OTHER,
    "space": "arcface/retinaface",
    "version": 2,
    "key_id": OTHER,
}
KEY_SWAPS = {name: other for name, other in SWAPS.items() if name not in {"reference_id", "space"}}

ids = st.uuids()
vectors = st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=64)
bindings = st.builds(Binding, ids, ids, ids, st.text(max_size=40), st.integers(1, 10**9), ids)


def opens(act: Callable[[], Any]) -> bool:
    try:
        act()
    except ReferenceUnreadable:
        return False
    return True


def test_it_opens_to_the_same_vector() -> None:
    opened = unseal(SEALED, BINDING, KEY)
    assert opened.dtype == np.float32 and np.array_equal(opened, VECTOR)


def test_a_vector_of_128_seals_to_541_bytes() -> None:
    assert len(SEALED) == 541


def test_no_two_sealings_are_alike() -> None:
    assert len({seal(VECTOR, BINDING, KEY) for _ in range(50)}) == 50


def test_the_vector_is_not_in_it() -> None:
    plain = VECTOR.tobytes()
    assert not any(plain[at : at + 4] in SEALED for at in range(0, 64, 4))


@pytest.mark.parametrize("name", SWAPS)
def test_it_does_not_open_as_anothers(name: str) -> None:
    assert not opens(lambda: unseal(SEALED, replace(BINDING, **{name: SWAPS[name]}), KEY))


@pytest.mark.parametrize("name", KEY_SWAPS)
def test_a_persons_key_does_not_open_as_anothers(name: str) -> None:
    assert not opens(lambda: unwrap(WRAPPED, replace(KEY_BINDING, **{name: KEY_SWAPS[name]}), ABOVE))


@settings(max_examples=200, deadline=None)
@given(bindings, st.data())
def test_no_swap_of_one_part_or_several_opens(binding: Binding, data: st.DataObject) -> None:
    other = data.draw(bindings)
    swapped = {name: getattr(other, name) for name in data.draw(st.sets(st.sampled_from([*SWAPS]), min_size=1))}
    there = replace(binding, **swapped)
    assert opens(lambda: unseal(seal(VECTOR, binding, KEY), there, KEY)) is (there == binding)


def test_it_does_not_open_with_another_key() -> None:
    assert not opens(lambda: unseal(SEALED, BINDING, OTHER_KEY))
    assert not opens(lambda: unwrap(WRAPPED, KEY_BINDING, OTHER_KEY))


@pytest.mark.parametrize("bit", range(8))
def test_no_bit_may_be_flipped(bit: int) -> None:
    def flipped(whole: bytes) -> list[bytes]:
        return [whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :] for at in range(len(whole))]

    assert not any(opens(lambda one=one: unseal(one, BINDING, KEY)) for one in flipped(SEALED))  # type: ignore[misc]
    assert not any(opens(lambda one=one: unwrap(one, KEY_BINDING, ABOVE)) for one in flipped(WRAPPED))  # type: ignore[misc]


@pytest.mark.parametrize("length", [0, 1, 5, 13, 28, 29, 540])
def test_it_may_not_be_cut_short(length: int) -> None:
    assert not opens(lambda: unseal(SEALED[:length], BINDING, KEY))


@pytest.mark.parametrize("length", [0, 5, 12, 28, 59])
def test_a_persons_key_may_not_be_cut_short(length: int) -> None:
    assert not opens(lambda: unwrap(WRAPPED[:length], KEY_BINDING, ABOVE))


@pytest.mark.parametrize("key", ["", "short", base64.urlsafe_b64encode(bytes(31)).decode(), "not base64 at all!"])
def test_a_key_is_32_bytes(key: str) -> None:
    with pytest.raises(ValueError):
        key_bytes(key)


def test_the_error_says_what_to_do() -> None:
    with pytest.raises(ReferenceUnreadable, match="Restore it from a backup, or enroll this person again"):
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
    assert not opens(lambda: unseal(noise, BINDING, KEY))


class TestManyRows:
    """A gallery's rows at once: what opens is the same, and a row that does not leaves the others as they are."""

    VERSIONS = {1: ABOVE, 2: KEY}

    def rows(self, count: int, version: int = 1) -> tuple[list[SealedRow], list[Vector]]:
        """Rows of one organization and space, two of each person."""
        rows = []
        for at in range(count):
            if at % 2 == 0:
                person, key_id, key = uuid.uuid4(), uuid.uuid4(), cipher.fresh_key()
                bound = KeyBinding(BINDING.organization_id, person, key_id, version)
                wrapped = wrap(key, bound, self.VERSIONS[version])
            binding = Binding(BINDING.organization_id, person, uuid.uuid4(), BINDING.space, version, key_id)
            sealed = seal(VECTOR * (at + 1), binding, key)
            rows.append(SealedRow(person, binding.reference_id, key_id, version, wrapped, sealed))
        return rows, [np.asarray(VECTOR * (at + 1), np.float32) for at in range(count)]

    def opened(self, rows: list[SealedRow], organization: uuid.UUID = BINDING.organization_id, **more: Any) -> Any:
        return unseal_all(rows, organization, more.get("space", BINDING.space), self.VERSIONS)

    @pytest.mark.parametrize("count", [1, 7, 1100])
    def test_all_open_to_what_each_opens_to(self, count: int) -> None:
        rows, vectors = self.rows(count)
        matrix, refused = self.opened(rows)
        assert matrix.dtype == np.float32 and np.array_equal(matrix, np.stack(vectors)) and refused == ()

    def test_those_of_two_versions_open_side_by_side(self) -> None:
        (older, first), (newer, second) = self.rows(4), self.rows(4, version=2)
        matrix, refused = self.opened([*older, *newer])
        assert np.array_equal(matrix, np.stack([*first, *second])) and refused == ()

    def test_no_rows_open_to_an_empty_matrix(self) -> None:
        assert self.opened([]).vectors.shape == (0, 0)

    @pytest.mark.parametrize("at", [0, 3, 6])
    @pytest.mark.parametrize("field", [name for name in SealedRow._fields if name != "wrapped"])
    def test_an_altered_one_is_refused_and_no_other(self, at: int, field: str) -> None:
        rows, vectors = self.rows(7)
        was = getattr(rows[at], field)
        altered = {bytes: lambda: was[:-1] + bytes([was[-1] ^ 1]), int: lambda: 2, uuid.UUID: uuid.uuid4}[type(was)]()
        matrix, refused = self.opened([*rows[:at], rows[at]._replace(**{field: altered}), *rows[at + 1 :]])
        assert at in refused
        kept = [place for place in range(7) if place not in refused]
        assert len(kept) >= 5 and np.array_equal(matrix[kept], np.stack([vectors[place] for place in kept]))

    @pytest.mark.parametrize("wrapped", [b"", WRAPPED, WRAPPED[:-1]])
    def test_what_an_altered_key_seals_is_refused_and_nothing_else(self, wrapped: bytes) -> None:
        rows, vectors = self.rows(6)
        altered = [row._replace(wrapped=wrapped) if row.key_id == rows[2].key_id else row for row in rows]
        matrix, refused = self.opened(altered)
        assert refused == (2, 3) and np.array_equal(matrix[[0, 1, 4, 5]], np.stack(vectors)[[0, 1, 4, 5]])

    @pytest.mark.parametrize("sealed", [b"", b"\x01" + SEALED[1:], SEALED[:-4], SEALED * 2])
    def test_one_of_another_form_is_refused(self, sealed: bytes) -> None:
        rows, _ = self.rows(5)
        assert self.opened([*rows, rows[0]._replace(sealed=sealed)]).refused == (5,)

    def test_none_opens_as_anothers(self) -> None:
        rows, _ = self.rows(3)
        assert self.opened(rows, OTHER).refused == self.opened(rows, space="other").refused == (0, 1, 2)

    def test_a_version_whose_key_is_not_given_is_refused(self) -> None:
        rows, _ = self.rows(2)
        assert self.opened([row._replace(version=3) for row in rows]).refused == (0, 1)
