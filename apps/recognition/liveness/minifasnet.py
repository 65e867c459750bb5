"""MiniFASNet (minivision-ai, Apache-2.0) over our own sessions: the crops it was trained on, and what it cannot judge.

DeepFace's own client says which class won and calls that class's score the face's: here it is always the score of
"real". Loaded once per process and model store; safe to call from several threads.
"""

import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .. import quality, store
from ..errors import WeightsCorrupt
from ..sessions import NETWORK_FAILED, Net, chosen_providers, settle_libraries
from ..shapes import Box, Face, Image, Quality, Refusal
from ..weights import MINIFASNETS, WEIGHTS

SIDE: Final = 80
SCALES: Final = (2.7, 4.0)
REAL: Final = 1


@dataclass(frozen=True)
class Limits:
    """What the networks were seen to judge rightly."""

    face_px: float = 120
    """Of 50 frames with faces of 65 to 71 px, all live, none was judged live."""
    darkest: float = 40
    """Mean luma. Of 45 frames at 13, all live, none was judged live; faces in light start at 58."""
    sharpness: float = 15
    """Of 45 blurred frames (5), all live, 9 % were judged live; sharp ones start at 30."""
    margin: float = 0.25
    """Frame on each side of the face, in widths of its box: a picture is known by its edges."""


LIMITS: Final = Limits()

_loading = threading.Lock()


class MiniFasNets:
    """Both networks."""

    def __init__(self, nets: tuple[Net, Net]) -> None:
        self._nets = nets

    def p_real(self, image: Image, box: Box) -> float:
        """Return the mean of both networks' softmax for "real", 0..1, of a face in an RGB picture."""
        bgr = np.ascontiguousarray(image[:, :, ::-1])
        scores = [
            float(net(cut(bgr, box, scale)[None].astype(np.float32))[0][0, REAL])
            for net, scale in zip(self._nets, SCALES, strict=True)
        ]
        return sum(scores) / len(scores)


def look(image: Image, face: Face) -> float | Refusal:
    """Return p_real of a face, or why it cannot be judged. Raises WeightsMissing or WeightsCorrupt."""
    refusal = unjudgeable(image, face)
    return refusal if refusal else loaded().p_real(image, face.box)


def unjudgeable(image: Image, face: Face) -> Refusal | None:
    """Return why the networks are not asked about a face, the first thing the person can mend first, or None."""
    measured = quality.clearness(image, face)
    if measured.face_px < LIMITS.face_px:
        return Refusal("too_small", "Come a little closer.", face)
    return _misplaced(image, face) or _unclear(measured, face)


def _misplaced(image: Image, face: Face) -> Refusal | None:
    x, _, width, _ = face.box
    left, right = x / width, (image.shape[1] - x - width) / width
    if left < LIMITS.margin and right < LIMITS.margin:
        return Refusal("cut_off", "Step back a little.", face)
    if min(left, right) < LIMITS.margin:
        return Refusal("cut_off", "Move into the middle of the picture.", face)
    return None


def _unclear(measured: Quality, face: Face) -> Refusal | None:
    if measured.luma < LIMITS.darkest:
        return Refusal("too_dark", "More light, please: turn to the light.", face)
    if measured.sharpness < LIMITS.sharpness:
        return Refusal("blurred", "Hold still for a moment.", face)
    return None


def loaded() -> MiniFasNets:
    """Return the networks of the present model store, loading them if this process has not yet."""
    with _loading:  # or two threads at a cold start would both load them
        return _load(store.models_dir())


@cache
def _load(folder: Path) -> MiniFasNets:
    """Raises WeightsMissing or WeightsCorrupt, and is asked again then: an exception is not kept."""
    settle_libraries()
    files = [store.verified(WEIGHTS[name]) for name in MINIFASNETS]
    first, second = (Net(file.path, chosen_providers()) for file in files)
    nets = MiniFasNets((first, second))
    try:
        nets.p_real(np.full((480, 640, 3), 127, np.uint8), (260.0, 180.0, 120.0, 140.0))
    except (*NETWORK_FAILED, ValueError, IndexError) as error:
        raise WeightsCorrupt(
            "weights_unusable",
            f"{' or '.join(MINIFASNETS)} in {folder} is not the network it should be ({error}): delete both and run "
            "`manage.py facemodels pull --liveness`.",
        ) from error
    return nets


def cut(image: NDArray[np.uint8], box: Box, scale: float) -> NDArray[np.uint8]:
    """Cut a face and its surroundings, `scale` times its box, and shrink them to (SIDE, SIDE, 3).

    As minivision's CropImage does: never wider than the picture, moved inside where it would reach over the edge, and
    without anti-aliasing; the networks were trained on just that.
    """
    left, top, right, bottom = _region(box, (image.shape[1], image.shape[0]), scale)
    part = image[top : bottom + 1, left : right + 1]
    return np.asarray(cv2.resize(part, (SIDE, SIDE)), dtype=np.uint8)


def _region(box: Box, size: tuple[int, int], scale: float) -> tuple[int, int, int, int]:
    """Return the first and last column and row of a cut: left, top, right, bottom."""
    x, y, width, height = box
    most_x, most_y = size[0] - 1, size[1] - 1
    scale = min(most_y / height, most_x / width, scale)
    left, right = _inside(x + width / 2, width * scale, most_x)
    top, bottom = _inside(y + height / 2, height * scale, most_y)
    return left, top, right, bottom


def _inside(centre: float, length: float, most: int) -> tuple[int, int]:
    first, last = centre - length / 2, centre + length / 2
    if first < 0:
        first, last = 0.0, last - first
    if last > most:
        first, last = first - (last - most), float(most)
    return int(first), int(last)
