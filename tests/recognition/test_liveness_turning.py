"""Frames of a turning head through the passive test: live ones stay live, a turning clip played on a phone does not."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.recognition import store
from apps.recognition.liveness import minifasnet, passive
from apps.recognition.pose import pose_of
from apps.recognition.shapes import Image, Refusal
from apps.recognition.weights import MINIFASNETS, WEIGHTS
from tests.recognition import detecting
from tests.recognition.flat_pictures import on_a_phone
from tests.recognition.liveness_sets import Finds, frames

Sized = Callable[[int, int], int]
Eyes = tuple[str, Finds]
TURNING = ("turn_B", "turn_E", "enrol_turn_A_synthetic", "enrol_turn_D_synthetic")
BANDS = (0, 15, 30, 45, 180)
RUN = 5
"""Frames in a row that are judged as one turn; a real turn has more."""


@pytest.fixture(params=["mtcnn", "yunet"])
def eyes(request: pytest.FixtureRequest, models_dir: Path, shared: Path) -> Iterator[Eyes]:
    for name in MINIFASNETS:
        store.take_in(WEIGHTS[name], shared / "models" / name, allow_unlisted=True)
    minifasnet._load.cache_clear()
    yield request.param, detecting.mtcnn() if request.param == "mtcnn" else detecting.yunet(shared / "models")
    for name in MINIFASNETS:
        store.locate(WEIGHTS[name]).unlink()


def looked(eyes: Eyes, pictures: Iterator[Image]) -> Iterator[tuple[float, float | Refusal]]:
    """Degrees aside, and what the passive test says, of each picture with a face."""
    name, find = eyes
    for picture in pictures:
        if faces := find(picture):
            yield abs(pose_of(faces[0].points, name).yaw), passive.p_real(picture, faces[0])


def turns_of(values: list[float]) -> Counter[str | None]:
    runs = (values[at : at + RUN] for at in range(0, len(values) - RUN + 1, RUN))
    return Counter(passive.judge_turn(run) for run in runs)


@pytest.mark.shared
def test_a_turning_head_is_judged_live_however_far_it_turned(eyes: Eyes, shared: Path, sized: Sized) -> None:
    """Nothing of these clips is left out: a frame that cannot be judged would fail here too."""
    seen, judged = [], Counter[str | None]()
    for clip in TURNING:
        own = [(aside, real) for aside, real in looked(eyes, frames(shared, clip, sized(16, 4)))]
        judged += turns_of([real for _, real in own if isinstance(real, float)])
        seen += own
    for low, high in zip(BANDS, BANDS[1:], strict=False):
        band = [real if isinstance(real, float) else -1.0 for aside, real in seen if low <= aside < high]
        print(f"\n{eyes[0]}, {low} to {high} degrees aside: {len(band)} frames, p_real {min(band, default=1):.3f} up")
    print(f"turns: {dict(judged)}")
    assert not [real for _, real in seen if isinstance(real, Refusal) or real < passive.LIVE_FROM]
    assert set(judged) == {"live"}


@pytest.mark.shared
def test_a_turning_clip_on_a_phone_is_not_judged_live(eyes: Eyes, shared: Path, sized: Sized) -> None:
    """A rendering of our own, and four clips: a few of them are merely doubted."""
    find, judged = detecting.mtcnn(), Counter[str | None]()
    for clip in TURNING:
        seen = ((picture, find(picture)) for picture in frames(shared, clip, sized(16, 4)))
        played = (on_a_phone(picture, faces[0].box) for picture, faces in seen if faces)
        judged += turns_of([real for _, real in looked(eyes, played) if isinstance(real, float)])
    print(f"\nturning clips on a rendered phone, {eyes[0]}: {dict(judged)} of {judged.total()}")
    assert judged["live"] <= 0.1 * judged.total() > 0


@pytest.mark.parametrize(
    ("values", "judged"),
    [
        ([0.99] * 2, None),
        ([0.99] * 3, "live"),
        ([0.99] * 9 + [0.05] + [0.99] * 9, "live"),
        ([0.99] * 9 + [0.05, 0.05] + [0.99] * 9, "not_live"),
        ([0.99] * 9 + [0.05, 0.99, 0.05] + [0.99] * 9, "not_live"),
        ([0.99] * 9 + [0.5] * 8, "live"),
        ([0.99] * 8 + [0.5] * 9, "unsure"),
        ([0.05] * 5, "not_live"),
    ],
)
def test_a_picture_among_the_frames_of_a_turn_is_not_outvoted(values: list[float], judged: str | None) -> None:
    assert passive.judge_turn(values) == judged
