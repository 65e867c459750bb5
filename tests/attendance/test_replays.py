"""Frames that another session sent before, in both kinds of store."""

import time
import uuid

import pytest

from apps.recognition.liveness import replay
from apps.recognition.short_store import MemoryStore, RedisStore, ShortStore, StoreUnavailable

FRAME = b"\xff\xd8\xff frame"


@pytest.fixture
def store(either_store: ShortStore, monkeypatch: pytest.MonkeyPatch) -> ShortStore:
    monkeypatch.setattr(replay, "short_store", lambda: either_store)
    return either_store


@pytest.fixture
def camera(store: ShortStore) -> tuple[uuid.UUID, uuid.UUID]:
    return uuid.uuid4(), uuid.uuid4()


Camera = tuple[uuid.UUID, uuid.UUID]


def test_a_new_frame_was_not_seen(camera: Camera) -> None:
    assert not replay.was_seen(*camera, "monday", FRAME)


def test_a_frame_of_another_session_was_seen(camera: Camera) -> None:
    replay.remember(*camera, "monday", FRAME)
    assert replay.was_seen(*camera, "tuesday", FRAME)


def test_a_frame_of_the_same_session_is_no_replay(camera: Camera) -> None:
    replay.remember(*camera, "monday", FRAME)
    assert not replay.was_seen(*camera, "monday", FRAME)


def test_sending_it_again_does_not_make_it_ones_own(camera: Camera) -> None:
    for epoch in ("monday", "tuesday"):
        replay.remember(*camera, epoch, FRAME)
    assert replay.was_seen(*camera, "tuesday", FRAME)


def test_one_other_bit_is_another_frame(camera: Camera) -> None:
    replay.remember(*camera, "monday", FRAME)
    assert not replay.was_seen(*camera, "tuesday", FRAME + b"\0")


def test_another_camera_and_another_organization_know_nothing_of_it(camera: Camera) -> None:
    organization, kiosk = camera
    replay.remember(organization, kiosk, "monday", FRAME)
    assert not replay.was_seen(organization, uuid.uuid4(), "tuesday", FRAME)
    assert not replay.was_seen(uuid.uuid4(), kiosk, "tuesday", FRAME)


def test_only_the_newest_frames_are_remembered(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_FRAMES", 5)
    for number in range(8):
        replay.remember(*camera, "monday", bytes([number]))
    seen = [number for number in range(8) if replay.was_seen(*camera, "tuesday", bytes([number]))]
    assert seen == [3, 4, 5, 6, 7]


def test_what_is_kept_holds_nothing_of_the_frame(store: ShortStore, camera: Camera) -> None:
    replay.remember(*camera, "monday", FRAME)
    key = f"organization.{camera[0]}.camera.{camera[1]}.frames_seen"
    assert store.holder(key, replay._sum(FRAME)) == replay._sum(b"monday")
    assert len(replay._sum(FRAME)) == 16


def test_a_set_is_forgotten_in_time(store: ShortStore) -> None:
    key = f"organization.{uuid.uuid4()}.few"
    store.hold(key, b"member", b"holder", most=5, seconds=0.01)
    time.sleep(0.05)
    assert store.holder(key, b"member") is None


def test_twenty_thousand_frames_stay_small_and_quick() -> None:
    """Of the memory store: each look must not walk all of them."""
    kept = MemoryStore()
    for number in range(20_000):
        kept.hold("organization.1.frames", number.to_bytes(16), b"holder", most=20_000, seconds=60)
    began = time.process_time()
    for number in range(1000):
        kept.holder("organization.1.frames", number.to_bytes(16))
    assert time.process_time() - began < 0.1


def test_a_store_that_does_not_answer_is_a_coded_error() -> None:
    gone = RedisStore("redis://127.0.0.1:1")
    with pytest.raises(StoreUnavailable):
        gone.holder("organization.1.frames", b"member")
    with pytest.raises(StoreUnavailable):
        gone.hold("organization.1.frames", b"member", b"holder", most=5, seconds=1)
