"""The challenge against what cameras see: turning people pass, tilted photos and looped clips hardly do; with n."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from apps.recognition.liveness.challenge import (
    SEQUENCES,
    SIDEWAYS,
    Challenge,
    Observation,
    Step,
    direction_of,
    judge_challenge,
    shows,
)
from apps.recognition.pose import pose_of
from apps.recognition.shapes import Image
from tests.recognition import detecting
from tests.recognition.clips import frames_of
from tests.recognition.flat_pictures import TILTS, bent, tilted
from tests.recognition.liveness_sets import Finds
from tests.recognition.pictures import read

Sized = Callable[[int, int], int]
LINE = 0.95
FRAME_MS = 1000 / 30
LOOK_MS = 150
# Frames of the clips in which the head is on its way to a side and there, read off the clips.
SEGMENTS = {
    Step.LEFT: ("enrol_turn_A_synthetic", 24, 44),
    Step.RIGHT: ("enrol_turn_A_synthetic", 56, 80),
    Step.DOWN: ("enrol_turn_A_synthetic", 100, 116),
    Step.UP: ("enrol_turn_A_synthetic", 128, 144),
}


class Eyes:
    """A detector with its name, as the server's pose needs it."""

    def __init__(self, name: str, find: Finds) -> None:
        self.name, self.find = name, find

    def look(self, picture: Image, at_ms: int = 0) -> Observation | None:
        """The largest face, as a frame that answers a challenge; of the right person throughout."""
        faces = self.find(picture)
        if not faces:
            return None
        size = (picture.shape[1], picture.shape[0])
        return Observation(at_ms, pose_of(faces[0].points, self.name), faces[0].points, 0.99, size)


@pytest.fixture
def both(models_dir: Path, shared: Path) -> list[Eyes]:
    """Both detectors, for what takes longer to paint than to look at."""
    return [Eyes("mtcnn", detecting.mtcnn()), Eyes("yunet", detecting.yunet(shared / "models"))]


@pytest.fixture(params=["mtcnn", "yunet"])
def eyes(request: pytest.FixtureRequest, both: list[Eyes]) -> Eyes:
    return next(one for one in both if one.name == request.param)


def looked(eyes: Eyes, shared: Path, clip: str, every: int) -> list[Observation]:
    """Every nth frame of a clip that shows a face, at the time it has in the clip."""
    pictures = frames_of(shared / "camera" / f"{clip}.mjpeg", every=every)
    seen = (eyes.look(picture, int(nth * every * FRAME_MS)) for nth, picture in enumerate(pictures))
    return [one for one in seen if one is not None]


def at(observation: Observation, at_ms: float) -> Observation:
    return Observation(int(at_ms), observation.pose, observation.points, observation.similarity, observation.frame_px)


def state_of(steps: tuple[Step, ...], observations: Sequence[Observation]) -> str:
    """What comes of a challenge that is asked again with each frame, as the kiosk asks."""
    challenge = Challenge("b" * 32, steps, 0)
    for count in range(1, len(observations) + 1):
        progress = judge_challenge(challenge, observations[:count], observations[count - 1].at_ms, LINE)
        if progress.state != "waiting":
            break
    return progress.state


def obeying(clip: Sequence[Observation], steps: Sequence[Step]) -> list[Observation]:
    """The clip's person, doing what is asked: looks straight, reads, then turns as its segments show."""
    frames, now = [at(clip[0], LOOK_MS)], LOOK_MS
    for step in steps:
        _name, first, last = SEGMENTS[step]
        segment = [one for one in clip if first * FRAME_MS <= one.at_ms <= last * FRAME_MS]
        for observation in [*[clip[0]] * 3, *segment, clip[0]]:
            now += LOOK_MS
            frames.append(at(observation, now))
    return frames


def looped(clip: Sequence[Observation], start: int) -> Iterator[Observation]:
    """Eleven seconds of a clip that plays round and round before the camera, from one of its frames on."""
    ends = clip[-1].at_ms + LOOK_MS
    for now in range(LOOK_MS, 11_000, LOOK_MS):
        place = (clip[start].at_ms + now) % ends
        yield at(min(clip, key=lambda one: abs(one.at_ms - place)), now)


@pytest.mark.shared
@pytest.mark.parametrize(("clip", "step"), [("turn_B", Step.RIGHT), ("turn_E", Step.LEFT)])
def test_people_who_turn_their_heads_are_seen_to_turn(eyes: Eyes, shared: Path, clip: str, step: Step) -> None:
    """turn_B looks straight in its first frame, turn_E in its fifth."""
    first, *rest = looked(eyes, shared, clip, 4)[int(clip == "turn_E") :]
    turned = [one for one in rest if direction_of(one.pose, first.pose) is step]
    shown = sum(shows(step, first, one) for one in turned)
    print(f"\n{clip} {eyes.name}: {shown} of {len(turned)} turned frames move as a head does")
    assert shown >= 0.9 * len(turned) > 0


@pytest.mark.shared
def test_who_does_as_asked_passes_on_a_synthetic_clip(eyes: Eyes, shared: Path) -> None:
    """Behind YuNet its look up reads as just under ten degrees: what MTCNN reads as fifteen."""
    clip = looked(eyes, shared, "enrol_turn_A_synthetic", 2)
    asked = [steps for steps in SEQUENCES if eyes.name == "mtcnn" or Step.UP not in steps]
    passed = [steps for steps in asked if state_of(steps, obeying(clip, steps)) == "passed"]
    print(f"\nenrol_turn_A_synthetic {eyes.name}: {len(passed)} of {len(asked)} sequences passed at the first try")
    assert passed == asked


@pytest.mark.shared
@pytest.mark.parametrize(
    ("clip", "most"),
    [("front_D", 0.0), ("static_photo_D", 0.0), ("turn_B", 0.05), ("enrol_turn_A_synthetic", 0.05)],
)
def test_a_looped_clip_passes_no_oftener_than_chance(
    eyes: Eyes, shared: Path, sized: Sized, clip: str, most: float
) -> None:
    frames = looked(eyes, shared, clip, 4)
    starts = range(0, len(frames), sized(15, 2))
    states = Counter(state_of(steps, list(looped(frames, start))) for steps in SEQUENCES for start in starts)
    print(f"\n{clip} {eyes.name}, looped: {states['passed']} of {states.total()} tries passed")
    assert states["passed"] <= most * states.total()


@pytest.mark.shared
@pytest.mark.parametrize(("degrees", "most"), [(0, 0.03), (70, 0.15)])
def test_a_tilted_photo_seldom_looks_like_a_turned_head(
    both: list[Eyes], shared: Path, sized: Sized, degrees: int, most: float
) -> None:
    """Sideways, the turn that every sequence has; up and down are printed, and promise nothing."""
    tries: dict[str, Counter[str]] = {eyes.name: Counter() for eyes in both}
    paths = sorted((shared / "faces" / "webcam_people").glob("*/[14].jpg"))[:: sized(6, 1)]
    tilts = TILTS[:: sized(10, 1)] if degrees else TILTS
    for photo in map(read, paths):
        straight = bent(photo, 0, 0, degrees) if degrees else photo
        held = {eyes.name: eyes.look(straight) for eyes in both}
        for tilt in tilts:
            picture = bent(photo, *tilt, degrees) if degrees else tilted(photo, *tilt)
            for eyes in both:
                tries[eyes.name][passes_for(held[eyes.name], eyes.look(picture))] += 1
    for name, came in tries.items():
        print(f"\nphoto bent by {degrees} degrees, {name}: {dict(came)} of {came.total()}")
        assert came["aside"] <= most * came.total()


def passes_for(held: Observation | None, seen: Observation | None) -> str:
    """What a step would take the second frame for, after the first."""
    step = direction_of(seen.pose, held.pose) if seen and held else None
    if step is None or seen is None or held is None or not shows(step, held, seen):
        return "nothing"
    return "aside" if step in SIDEWAYS else "up or down"


def test_the_segments_follow_one_another() -> None:
    spans = [span for _clip, *span in SEGMENTS.values()]
    assert all(first < last for first, last in spans)
    assert all(one[1] < other[0] for one, other in pairwise(sorted(spans)))
