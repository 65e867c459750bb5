"""Frames of one approach become one decision, by the mean of the similarities of spread frames."""

import json
import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.attendance.approach import (
    ACCEPT,
    CONFIRM,
    FRAMES,
    SPREAD_MS,
    UNKNOWN,
    Approach,
    Glimpse,
    decide,
    keep,
    resume,
    track_key,
)
from apps.recognition.engine import Engine, engine_names, thresholds_of
from apps.recognition.matching import search
from apps.recognition.shapes import Probe, Purpose, Thresholds, Vector
from apps.recognition.short_store import short_store
from tests.attendance.conftest import reference_of
from tests.recognition.pictures import portrait

LINES = Thresholds(confirm=0.90, accept=0.96)
UNCALIBRATED = Thresholds(confirm=0.90, accept=None)


def glimpse(at_ms: int = 0, **people: float) -> Glimpse:
    return seen(people, at_ms)


def seen(people: dict[str, float], at_ms: int = 0) -> Glimpse:
    ranked = sorted(people.items(), key=lambda one: -one[1])
    return Glimpse(at_ms, tuple(ranked))


def three(*similarities: float) -> list[Glimpse]:
    return [glimpse(ann=one, ben=0.80) for one in similarities]


def test_nothing_is_decided_before_three_frames() -> None:
    assert decide(three(0.99, 0.99), LINES) is None


def test_a_site_may_ask_for_fewer_frames() -> None:
    assert decide(three(0.99), LINES, frames=1) is not None


@pytest.mark.parametrize(
    ("similarities", "kind"),
    [
        ((0.97, 0.97, 0.97), ACCEPT),
        ((0.96, 0.96, 0.96), ACCEPT),
        ((0.99, 0.99, 0.91), ACCEPT),
        ((0.95, 0.95, 0.95), CONFIRM),
        ((0.97, 0.93, 0.97), CONFIRM),
        ((0.90, 0.90, 0.90), CONFIRM),
        ((0.89, 0.89, 0.89), UNKNOWN),
        ((0.99, 0.81, 0.82), UNKNOWN),
    ],
)
def test_the_mean_of_the_similarities_decides(similarities: tuple[float, ...], kind: str) -> None:
    verdict = decide(three(*similarities), LINES)
    assert verdict is not None
    assert verdict.kind == kind


def test_the_verdict_names_the_person_and_the_mean() -> None:
    verdict = decide(three(0.97, 0.98, 0.99), LINES)
    assert verdict is not None
    assert verdict.person_id == "ann"
    assert verdict.similarity == pytest.approx(0.98)


def test_an_unknown_approach_names_nobody() -> None:
    verdict = decide(three(0.5, 0.5, 0.5), LINES)
    assert verdict is not None
    assert verdict.person_id is None


def test_an_empty_gallery_is_unknown() -> None:
    verdict = decide([glimpse(), glimpse(), glimpse()], LINES)
    assert verdict is not None
    assert verdict.kind == UNKNOWN


@pytest.mark.parametrize("similarity", [0.91, 0.97, 1.0])
def test_an_engine_without_calibration_never_accepts(similarity: float) -> None:
    verdict = decide(three(similarity, similarity, similarity), UNCALIBRATED)
    assert verdict is not None
    assert verdict.kind == CONFIRM


def test_every_engine_without_calibration_is_in_confirm_mode() -> None:
    uncalibrated = [name for name in engine_names() if thresholds_of(name, people=50).accept is None]
    assert "arcface" in uncalibrated
    assert "dlib" not in uncalibrated


@pytest.mark.parametrize("other", [0.90, 0.95, 0.99, 1.0])
def test_two_people_in_one_track_are_never_accepted(other: float) -> None:
    mixed = [glimpse(ann=1.0, ben=other), glimpse(ann=1.0, ben=other), glimpse(ben=1.0, ann=other)]
    verdict = decide(mixed, LINES)
    assert verdict is not None
    assert verdict.kind != ACCEPT


def test_a_stranger_in_one_frame_of_somebodys_track_is_not_accepted() -> None:
    verdict = decide(three(1.0, 1.0, LINES.confirm - 0.01), LINES)
    assert verdict is not None
    assert verdict.kind == CONFIRM


NAMES = st.sampled_from(["ann", "ben", "cid", "dot"])
GLIMPSES = st.lists(st.dictionaries(NAMES, st.floats(-1, 1), max_size=3).map(seen), min_size=3, max_size=6)


@given(GLIMPSES)
def test_who_is_accepted_was_the_nearest_in_every_frame(glimpses: list[Glimpse]) -> None:
    verdict = decide(glimpses, LINES)
    if verdict is not None and verdict.kind == ACCEPT:
        assert {one.candidates[0][0] for one in glimpses} == {verdict.person_id}


@given(GLIMPSES)
def test_nobody_is_named_whose_best_frame_is_below_the_line(glimpses: list[Glimpse]) -> None:
    verdict = decide(glimpses, LINES)
    if verdict is not None and verdict.person_id is not None:
        best = max(dict(one.candidates).get(verdict.person_id, -1.0) for one in glimpses)
        assert best >= LINES.confirm or verdict.similarity >= LINES.confirm


@given(GLIMPSES)
def test_the_order_of_the_frames_does_not_matter(glimpses: list[Glimpse]) -> None:
    forth, back = decide(glimpses, LINES), decide(glimpses[::-1], LINES)
    assert forth is not None
    assert back is not None
    assert forth.kind == back.kind
    assert forth.similarity == pytest.approx(back.similarity)


def test_frames_of_the_same_moment_count_once() -> None:
    approach = Approach()
    taken = [approach.add(glimpse(at, ann=0.99)) for at in (0, 40, SPREAD_MS - 1, SPREAD_MS, SPREAD_MS + 1)]
    assert taken == [True, False, False, True, False]


def test_an_approach_lasts_at_least_two_gaps() -> None:
    approach = Approach()
    for at in range(0, 10 * SPREAD_MS, 33):
        if approach.add(glimpse(at, ann=0.99)) and decide(approach.glimpses, LINES):
            break
    assert approach.glimpses[-1].at_ms - approach.glimpses[0].at_ms >= (FRAMES - 1) * SPREAD_MS


@pytest.fixture
def key() -> str:
    return track_key(uuid.uuid4(), uuid.uuid4(), "socket.1")


def test_an_approach_is_resumed_as_it_was_kept(key: str) -> None:
    approach = Approach(glimpses=[glimpse(5, ann=0.9, ben=0.8)], answer={"state": "unknown"})
    keep(key, approach)
    assert resume(key) == approach


def test_an_absent_track_begins_a_new_approach(key: str) -> None:
    assert resume(key).glimpses == []
    assert resume(key).id != resume(key).id


def test_what_is_kept_of_an_approach_is_people_and_numbers(key: str) -> None:
    keep(key, Approach(glimpses=[glimpse(5, ann=0.9)]))
    kept = short_store().peek(key)
    assert kept is not None
    assert json.loads(kept)["glimpses"] == [{"at_ms": 5, "candidates": [["ann", 0.9]]}]


def test_the_key_of_a_track_begins_with_its_organization() -> None:
    organization_id, camera_id = uuid.uuid4(), uuid.uuid4()
    assert track_key(organization_id, camera_id, "s.7").startswith(f"organization.{organization_id}.")


def test_real_faces_of_two_people_in_one_track_are_never_accepted(engine: Engine) -> None:
    ann, ben = reference_of("ann").vector, reference_of("ben").vector
    looks = [engine.see(portrait(face), Purpose.PUNCH) for face in ("ann", "ann", "ben")]
    gallery = [("ann", ann), ("ben", ben)]
    glimpses = [_against(gallery, one) for one in looks if isinstance(one, Probe)]
    verdict = decide(glimpses, engine.thresholds(len(gallery)))
    assert verdict is not None
    assert verdict.kind != ACCEPT


def _against(gallery: list[tuple[str, Vector]], probe: Probe) -> Glimpse:
    matrix = np.stack([vector for _, vector in gallery])
    return Glimpse(0, tuple((gallery[one.row][0], one.similarity) for one in search(probe.vector, matrix)))
