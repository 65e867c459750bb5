"""Turns asked in vain are counted one by one, however many pages of a camera ask at the same moment."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from apps.attendance import turns
from apps.recognition.short_store import RedisStore, ShortStore, StoreUnavailable

PERSON = uuid.uuid4()


@pytest.fixture
def store(either_store: ShortStore, monkeypatch: pytest.MonkeyPatch) -> ShortStore:
    monkeypatch.setattr(turns, "short_store", lambda: either_store)
    return either_store


@pytest.fixture
def camera(store: ShortStore) -> Any:
    return SimpleNamespace(organization_id=uuid.uuid4(), pk=uuid.uuid4())


def test_each_of_many_at_once_gets_its_own_number(camera: Any) -> None:
    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(lambda _: turns.count_asked(camera, PERSON), range(200)))
    assert sorted(numbers) == list(range(1, 201))
    assert turns.asked_in_vain(camera, PERSON) == 200


def test_a_passed_turn_clears_the_count(camera: Any) -> None:
    turns.count_asked(camera, PERSON)
    turns.forget_asked(camera, PERSON)
    assert (turns.asked_in_vain(camera, PERSON), turns.count_asked(camera, PERSON)) == (0, 1)


def test_another_person_and_another_camera_have_counts_of_their_own(camera: Any) -> None:
    turns.count_asked(camera, PERSON)
    beside = SimpleNamespace(organization_id=camera.organization_id, pk=uuid.uuid4())
    assert [turns.asked_in_vain(*of) for of in ((camera, uuid.uuid4()), (beside, PERSON))] == [0, 0]


def test_a_count_is_forgotten_in_time(camera: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "FORGET_SECONDS", 0.0)
    turns.count_asked(camera, PERSON)
    assert turns.asked_in_vain(camera, PERSON) == 0


def test_a_store_that_does_not_answer_is_said() -> None:
    with pytest.raises(StoreUnavailable):
        RedisStore("redis://127.0.0.1:1").count("key", 1.0)
