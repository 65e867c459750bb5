"""The passive test against live faces and pictures of faces, per species; and what it does without its files."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from apps.recognition import store
from apps.recognition.errors import WeightsCorrupt, WeightsMissing
from apps.recognition.liveness import minifasnet, passive
from apps.recognition.liveness.figures import LIVE, Count
from apps.recognition.shapes import Face, Image, Refusal
from apps.recognition.weights import MINIFASNETS, WEIGHTS
from tests.recognition import detecting
from tests.recognition.liveness_sets import (
    ATTACK_CLIPS,
    LIVE_CLIPS,
    POOR_CLIPS,
    Finds,
    approaches,
    frames,
    p_reals,
    photos,
    table,
)

Sized = Callable[[int, int], int]
POINTS = np.array([[290, 220], [350, 220], [320, 260], [295, 290], [345, 290]], np.float32)


def face(x: float = 220, y: float = 140, width: float = 200, height: float = 240) -> Face:
    return Face((x, y, width, height), 1.0, POINTS)


def room(luma: int = 120) -> Image:
    """A frame with enough detail to look sharp."""
    grain = np.random.default_rng(3).integers(-60, 60, (480, 640, 3))
    return np.clip(luma + grain * luma / 120, 0, 255).astype(np.uint8)


@pytest.fixture
def weights(models_dir: Path, shared: Path) -> Iterator[None]:
    """The two networks in the store of this room, as an operator takes them in."""
    for name in MINIFASNETS:
        store.take_in(WEIGHTS[name], shared / "models" / name, allow_unlisted=True)
    minifasnet._load.cache_clear()
    yield
    for name in MINIFASNETS:
        store.locate(WEIGHTS[name]).unlink()


@pytest.fixture(params=["mtcnn", "yunet"])
def find(request: pytest.FixtureRequest, weights: None, shared: Path) -> Finds:
    return detecting.mtcnn() if request.param == "mtcnn" else detecting.yunet(shared / "models")


@pytest.mark.shared
def test_prints_phones_and_monitors_are_told_from_faces_photo_by_photo(find: Finds, shared: Path) -> None:
    tries: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    for species, picture in photos(shared):
        answer = passive.p_real(picture, find(picture)[0])
        tries[species] += 1
        accepted[species] += isinstance(answer, float) and answer >= passive.LIVE_FROM
        if species == LIVE:  # nobody who is there is called a picture
            assert isinstance(answer, float) and answer >= passive.NOT_LIVE_BELOW
    print(f"\n{table([Count(species, tries[species], accepted[species]) for species in tries])}")
    assert accepted[LIVE] >= tries[LIVE] - 1  # one old camera's photo lies in the grey zone
    assert [accepted[species] for species in tries if species != LIVE] == [0] * 4


@pytest.mark.shared
def test_every_approach_of_a_live_clip_is_live(find: Finds, shared: Path, sized: Sized) -> None:
    judged = [one for clip in LIVE_CLIPS for one in approaches(p_reals(frames(shared, clip, sized(15, 5)), find))]
    print(f"\n{table([Count(LIVE, len(judged), judged.count('live'))])}")
    assert judged == ["live"] * len(judged)
    assert len(judged) >= sized(14, 60)


@pytest.mark.shared
def test_every_approach_of_a_replayed_clip_is_not_live(find: Finds, shared: Path, sized: Sized) -> None:
    counts = []
    for clip, species in ATTACK_CLIPS.items():
        judged = approaches(p_reals(frames(shared, clip, sized(15, 5)), find))
        counts.append(Count(species, len(judged), judged.count("live")))
        assert judged == ["not_live"] * len(judged) and judged
    print(f"\n{table(counts)}")


@pytest.mark.shared
@pytest.mark.parametrize(("clip", "code"), POOR_CLIPS.items())
def test_a_live_face_that_cannot_be_judged_is_told_what_to_mend(
    find: Finds, shared: Path, clip: str, code: str
) -> None:
    answers = p_reals(frames(shared, clip, 30), find)
    assert [answer.code for answer in answers if isinstance(answer, Refusal)] == [code] * len(answers)


@pytest.mark.shared
def test_a_still_behind_the_camera_is_judged_live(find: Finds, shared: Path) -> None:
    """Nothing in a frame shows that it was injected: only a turn asked for does."""
    assert set(approaches(p_reals(frames(shared, "static_photo_D", 30), find))) == {"live"}


@pytest.mark.shared
@pytest.mark.deepface
def test_the_crops_are_those_the_networks_were_trained_on(weights: None, shared: Path) -> None:
    from deepface.models.spoofing.FasNetUtils import crop

    picture = next(frames(shared, "front_D", 30))
    boxes = [
        (220, 90, 200, 260),
        (5, 5, 120, 150),
        (500, 330, 130, 140),
        (20.5, 30.2, 600.0, 440.0),
        (300, 200, 30, 40),
    ]
    for box in boxes:
        for scale in minifasnet.SCALES:
            assert np.array_equal(minifasnet.cut(picture, box, scale), crop(picture, box, scale, 80, 80))


@pytest.mark.parametrize(
    ("values", "judged"),
    [
        ([0.99, 0.98], None),
        ([0.99, 0.0, 0.98], "live"),
        ([0.80, 0.80, 0.80], "live"),
        ([0.79, 0.79, 0.99], "unsure"),
        ([0.30, 0.0, 0.99], "unsure"),
        ([0.29, 0.0, 0.99], "not_live"),
        ([0.99, 0.99, 0.1, 0.1], "unsure"),
    ],
)
def test_the_median_of_three_frames_decides(values: list[float], judged: str | None) -> None:
    assert passive.judge(values) == judged


@pytest.mark.parametrize(
    ("picture", "seen", "code", "hint"),
    [
        (room(), face(width=119), "too_small", "Come a little closer."),
        (room(), face(x=20), "cut_off", "Move into the middle of the picture."),
        (room(), face(x=60, width=520), "cut_off", "Step back a little."),
        (room(20), face(), "too_dark", "More light, please: turn to the light."),
        (np.full((480, 640, 3), 120, np.uint8), face(), "blurred", "Hold still for a moment."),
    ],
)
def test_what_cannot_be_judged_says_what_to_mend(picture: Image, seen: Face, code: str, hint: str) -> None:
    refusal = minifasnet.unjudgeable(picture, seen)
    assert refusal is not None
    assert (refusal.code, refusal.hint, refusal.face) == (code, hint, seen)


def test_a_clear_face_of_120_px_is_judged() -> None:
    assert minifasnet.unjudgeable(room(), face(width=120, height=150)) is None


def test_no_hint_accuses() -> None:
    texts = [passive.__file__, minifasnet.__file__]
    hints = " ".join(line for path in texts for line in Path(path).read_text().splitlines() if "Refusal(" in line)
    assert "Refusal(" in hints
    assert not {"spoof", "fake", "photo", "picture of"} & set(hints.lower().replace(".", " ").split())


def test_without_its_files_it_is_not_installed(empty_store: Path) -> None:
    assert not passive.passive_installed()
    with pytest.raises(WeightsMissing, match="facemodels pull --liveness"):
        passive.p_real(room(), face())


@pytest.mark.shared
def test_one_of_two_files_is_not_enough(empty_store: Path, shared: Path) -> None:
    store.take_in(WEIGHTS[MINIFASNETS[0]], shared / "models" / MINIFASNETS[0], allow_unlisted=True)
    assert not passive.passive_installed()


@pytest.mark.shared
@pytest.mark.parametrize("damage", [b"no network", None])
def test_a_damaged_or_swapped_file_gives_no_answer(empty_store: Path, shared: Path, damage: bytes | None) -> None:
    for name in MINIFASNETS:
        store.take_in(WEIGHTS[name], shared / "models" / name, allow_unlisted=True)
    other = store.locate(WEIGHTS[MINIFASNETS[1]]).read_bytes()
    store.locate(WEIGHTS[MINIFASNETS[0]]).write_bytes(damage or other)
    with pytest.raises(WeightsCorrupt):
        passive.p_real(room(), face())


@pytest.mark.shared
def test_it_is_loaded_once(weights: None, monkeypatch: Any) -> None:
    first = minifasnet.loaded()
    monkeypatch.setattr(store, "verified", None)
    assert minifasnet.loaded() is first
