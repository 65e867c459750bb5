import numpy as np
import pytest

from apps.recognition.matching import room_for, search, template, unit


def gallery(rows: int = 50, dimension: int = 128) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return unit(np.random.default_rng(0).standard_normal((rows, dimension)).astype(np.float32))


def test_the_nearest_row_comes_first() -> None:
    people = gallery()
    best = search(people[7], people)[0]
    assert (best.row, round(best.similarity, 5)) == (7, 1.0)


def test_candidates_come_best_first() -> None:
    similarities = [one.similarity for one in search(gallery()[0], gallery(), top=10)]
    assert similarities == sorted(similarities, reverse=True)


def test_it_agrees_with_comparing_one_by_one() -> None:
    people, probe = gallery(300), gallery(301)[300]
    slow = sorted(range(300), key=lambda row: -float(people[row] @ probe))[:3]
    assert [one.row for one in search(probe, people)] == slow


def test_a_gallery_beyond_the_cache_agrees_too() -> None:
    people = unit(np.random.default_rng(2).standard_normal((10_000, 512), dtype=np.float32))
    slow = np.argsort(-(people.astype(np.float64) @ people[7]), kind="stable")[:3]
    assert [one.row for one in search(people[7], people)] == slow.tolist()


@pytest.mark.parametrize("shape", [(1, 3), (7, 128), (3, 512)])
def test_room_for_vectors_begins_where_a_cache_line_does(shape: tuple[int, int]) -> None:
    room = room_for(*shape)
    assert room.shape == shape and room.dtype == np.float32
    assert room.ctypes.data % 64 == 0


def test_a_small_gallery_gives_what_it_has() -> None:
    assert len(search(gallery()[0], gallery()[:2], top=3)) == 2


def test_an_empty_gallery_gives_nothing() -> None:
    assert search(gallery()[0], gallery()[:0]) == []


def test_vectors_of_another_dimension_are_never_compared() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        search(gallery()[0], gallery(dimension=512))


def test_a_template_is_of_unit_length() -> None:
    assert np.linalg.norm(template(gallery()[:3])) == pytest.approx(1, abs=1e-6)


def test_a_template_lies_between_its_vectors() -> None:
    first, second = gallery()[:2]
    between = template(np.stack([first, second]))
    assert between @ first == pytest.approx(between @ second, abs=1e-6)


def test_a_zero_vector_does_not_become_not_a_number() -> None:
    assert np.isfinite(unit(np.zeros(128, np.float32))).all()
