"""What each detector finds, by condition. At SCALE=full the whole table: `pytest -s tests/recognition/test_recall.py`.

RetinaFace is not in it: its published weights are not part of any package, so nothing is claimed for it here. That
the packaged engine finds its faces without TensorFlow is in test_engine.py.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from apps.recognition.parts import Look
from apps.recognition.shapes import Box, Face, Image

from .clips import frames_of
from .detecting import Finds, hog, mtcnn, yunet
from .pictures import read

WHOLE = Look(side=4096, score=0.6)
"""Truth where nobody annotated boxes: YuNet on the picture as large as it is. It favours YuNet."""


@dataclass(frozen=True)
class Scene:
    """One picture, where its faces are, and which row of the table each of them counts for."""

    image: Image
    faces: list[tuple[str, Box]]


# What was measured when the detectors were chosen, less what sampling moves: MTCNN 100 throughout, 96 in the dark and
# 88/98/95 in groups; YuNet 100 and 96/100/98. A row without a floor is printed only.
FLOORS: Final[dict[str, dict[str, float]]] = {
    "mtcnn@320": {
        **dict.fromkeys(("LFW, one face", "turned < .1", "turned .1-.2", "turned .2-.3", "far, 68 px", "blur"), 0.95),
        **{"dark": 0.9, "two people": 0.95, "group < 40 px": 0.8, "group 40-80 px": 0.92, "group > 80 px": 0.88},
    },
    "yunet@320": {
        **dict.fromkeys(("LFW, one face", "turned < .1", "turned .1-.2", "turned .2-.3", "far, 68 px", "blur"), 0.97),
        **{"dark": 0.95, "two people": 0.97, "group < 40 px": 0.88, "group 40-80 px": 0.95, "group > 80 px": 0.93},
    },
}
CLIPS: Final = {
    "far_D": "far, 68 px",
    "dark_D": "dark",
    "blur_D": "blur",
    "two_D_A": "two people",
    "two_D_C": "two people",
}


def lfw(shared: Path, most: int) -> Iterator[Scene]:
    """Photos at their own size in the middle of a camera's frame; the box is the manifest's."""
    with (shared / "faces" / "manifest_lfw.csv").open() as file:
        rows = list(csv.DictReader(file))
    for row in rows[:: max(1, len(rows) // most)][:most]:
        photo = read(shared / "faces" / row["file"])
        frame = np.full((480, 640, 3), 128, np.uint8)
        frame[115 : 115 + photo.shape[0], 195 : 195 + photo.shape[1]] = photo
        x, y, width, height = (float(row[f"face_{side}"]) for side in "xywh")
        yield Scene(frame, [("LFW, one face", (x + 195, y + 115, width, height))])


def clips(shared: Path, truth: Finds, every: int) -> Iterator[Scene]:
    for clip, row in CLIPS.items():
        count = 2 if row == "two people" else 1
        for frame in frames_of(shared / "camera" / f"{clip}.mjpeg", every=every):
            yield Scene(frame, [(row, face.box) for face in surest(truth(frame))[:count]])
    for clip in ("turn_B", "turn_E"):
        for frame in frames_of(shared / "camera" / f"{clip}.mjpeg", every=every):
            face = surest(truth(frame))[0]
            yield Scene(frame, [(turned(face), face.box)])


def surest(faces: list[Face]) -> list[Face]:
    """In a blurred clip the largest box of the whole picture is at times no face, and says so by its score."""
    return sorted(faces, key=lambda face: -face.score)


def turned(face: Face) -> str:
    """How far the nose stands from the middle of the eyes, in distances between them."""
    left, right, nose = face.points[:3]
    aside = abs(float(nose[0] - (left[0] + right[0]) / 2)) / float(np.linalg.norm(right - left))
    return next(name for name, most in zip(TURNS, (0.1, 0.2, 0.3, 9), strict=True) if aside < most)


TURNS: Final = ("turned < .1", "turned .1-.2", "turned .2-.3", "turned > .3")


def groups(shared: Path, truth: Finds, most: int) -> Iterator[Scene]:
    photos = sorted((shared / "faces" / "groups").glob("*.jpg"))
    for photo in photos[:: max(1, len(photos) // most)]:
        image = read(photo)
        yield Scene(image, [(by_width(face.box[2]), face.box) for face in truth(image)])


def by_width(pixels: float) -> str:
    return "group < 40 px" if pixels < 40 else "group 40-80 px" if pixels <= 80 else "group > 80 px"


def same(one: Box, two: Box) -> bool:
    """Detectors draw boxes differently: the same face if each middle lies in the other's box and sizes are alike."""
    (ax, ay, aw, ah), (bx, by, bw, bh) = one, two
    apart_x, apart_y = abs(ax + aw / 2 - bx - bw / 2), abs(ay + ah / 2 - by - bh / 2)
    alike = 0.4 < (aw * ah) ** 0.5 / max(1.0, (bw * bh) ** 0.5) < 2.5
    return alike and apart_x < min(aw, bw) / 2 and apart_y < min(ah, bh) / 2


Counts = dict[str, dict[str, list[bool]]]


def found_in(scenes: Iterator[Scene], detectors: dict[str, Finds]) -> Counts:
    """For each row and detector, of every face whether it was found."""
    counts: Counts = defaultdict(lambda: defaultdict(list))
    for scene in scenes:
        for name, finds in detectors.items():
            boxes = [face.box for face in finds(scene.image)]
            for row, box in scene.faces:
                counts[row][name].append(any(same(box, other) for other in boxes))
    return counts


def printed(counts: Counts, detectors: dict[str, Finds]) -> None:
    print("\nfound, percent" + " " * 10 + "n" + "".join(f"{name:>15}" for name in detectors))
    for row, by_name in sorted(counts.items()):
        shares = "".join(f"{100 * float(np.mean(by_name[name])):15.0f}" for name in detectors)
        print(f"{row:20} {len(next(iter(by_name.values()))):4}{shares}")


@pytest.fixture(scope="module")
def detectors(models_dir: Path) -> dict[str, Finds]:
    return {"mtcnn@320": mtcnn(), "hog@320, up 1": hog()}


@pytest.mark.shared
@pytest.mark.timeout(900)
def test_recall_by_condition_does_not_fall(
    detectors: dict[str, Finds], shared: Path, sized: Callable[[int, int], int]
) -> None:
    all_three = {"yunet@320": yunet(shared / "models"), **detectors}
    truth = yunet(shared / "models", WHOLE)
    scenes = (
        *lfw(shared, sized(10, 200)),
        *clips(shared, truth, every=sized(40, 5)),
        *groups(shared, truth, sized(8, 99)),
    )
    counts = found_in(iter(scenes), all_three)
    printed(counts, all_three)
    slack = sized(8, 0) / 100  # one face in a dozen
    for name, floors in FLOORS.items():
        shares = {row: float(np.mean(counts[row][name])) for row in floors if counts[row][name]}
        assert len(shares) == len(floors), f"rows without a face: {floors.keys() - shares.keys()}"
        assert not {row: share for row, share in shares.items() if share < floors[row] - slack}, name


@pytest.mark.shared
def test_an_empty_room_shows_nobody(
    detectors: dict[str, Finds], shared: Path, sized: Callable[[int, int], int]
) -> None:
    all_three = {"yunet@320": yunet(shared / "models"), **detectors}
    for frame in frames_of(shared / "camera" / "noface.mjpeg", every=sized(40, 5)):
        assert {name: len(finds(frame)) for name, finds in all_three.items()} == dict.fromkeys(all_three, 0)
