"""Draws what hides a face: sunglasses, a mask, blur. Drawn, not worn: good for counting, not for claims about cloth."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from apps.recognition.alignment import similarity
from apps.recognition.shapes import Face, Image, Points

Colour = tuple[int, int, int]

MASK_COLOURS: Final[tuple[Colour, ...]] = ((150, 190, 215), (225, 225, 220), (25, 25, 28), (60, 90, 70), (140, 60, 70))
LENS_COLOURS: Final[tuple[Colour, ...]] = ((12, 12, 14), (40, 30, 25), (30, 35, 55))

# A drawing's own frame: eyes at (-1, 0) and (1, 0), mouth corners about (-0.8, 2.1) and (0.8, 2.1).
_FACE_AT: Final = np.array([[-1, 0], [1, 0], [0, 1.15], [-0.8, 2.1], [0.8, 2.1]], np.float32)
_MASK: Final = np.array(
    [[-2.0, 0.85], [-1.0, 0.7], [0, 0.45], [1.0, 0.7], [2.0, 0.85], [1.85, 2.0], [1.1, 3.2], [0, 3.6]]
    + [[-1.1, 3.2], [-1.85, 2.0]],
    np.float32,
)
_SOFTNESS: Final = 8
_REACH: Final = 3 * _SOFTNESS
"""How far the blur of the light looks, in pixels."""
_ARMS: Final = ([[-1.8, -0.2], [-2.4, -0.25]], [[1.8, -0.2], [2.4, -0.25]], [[-0.4, -0.1], [0.4, -0.1]])


def masked(image: Image, face: Face, colour: Colour = MASK_COLOURS[0]) -> Image:
    """Return the picture with a cloth mask from the bridge of the nose over the chin, lit as the face is."""
    cover = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(cover, [_placed(_MASK, face)], 255, lineType=cv2.LINE_AA)
    return _laid(image, cover, colour, folds=0.06)


def in_sunglasses(image: Image, face: Face, colour: Colour = LENS_COLOURS[0]) -> Image:
    """Return the picture with two dark lenses, a bridge and arms."""
    cover = np.zeros(image.shape[:2], np.uint8)
    turn = np.arange(0, 2 * np.pi, 0.2)
    for side in (-1, 1):
        lens = np.stack([side * 1.05 + 0.8 * np.cos(turn), 0.05 + 0.58 * np.sin(turn)], axis=1)
        cv2.fillPoly(cover, [_placed(lens.astype(np.float32), face)], 255, lineType=cv2.LINE_AA)
    width = max(1, round(0.12 * _unit_length(face)))
    for arm in _ARMS:
        cv2.polylines(cover, [_placed(np.array(arm, np.float32), face)], False, 255, width, cv2.LINE_AA)
    return _laid(image, cover, colour, folds=0.02)


def blurred(image: Image, face: Face, share: float) -> Image:
    """Return the picture out of focus: a Gaussian whose sigma is a share of the face's width."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), share * face.box[2]), dtype=np.uint8)


Draw = Callable[[Image, Face, int], Image]

COVERS: Final[dict[str, Draw]] = {
    "as it is": lambda image, face, nth: image,
    "sunglasses": lambda image, face, nth: in_sunglasses(image, face, LENS_COLOURS[nth % len(LENS_COLOURS)]),
    "mask": lambda image, face, nth: masked(image, face, MASK_COLOURS[nth % len(MASK_COLOURS)]),
    "mask and sunglasses": lambda image, face, nth: in_sunglasses(
        masked(image, face, MASK_COLOURS[nth % len(MASK_COLOURS)]), face
    ),
}
"""By name: (picture, its face, a running number that picks the colour) -> the picture with a cover."""


def _blurring(share: float) -> Draw:
    return lambda image, face, nth: blurred(image, face, share)


BLURS: Final = (0.01, 0.02, 0.04, 0.08)
SERIES: Final[dict[str, Draw]] = {
    **COVERS,
    **{f"blur {share}": _blurring(share) for share in BLURS},
}


def _placed(shape: Points, face: Face) -> NDArray[np.int32]:
    to_face = similarity(_FACE_AT, face.points)
    return np.round(shape @ to_face[:, :2].T + to_face[:, 2]).astype(np.int32)


def _unit_length(face: Face) -> float:
    return float(np.linalg.norm(face.points[1] - face.points[0])) / 2


def _laid(image: Image, cover: NDArray[np.uint8], colour: Colour, folds: float) -> Image:
    """Lay a colour over the picture where `cover` is, lit like what it covers, with low waves as cloth has."""
    x, y, width, height = cv2.boundingRect(cover)
    rows, columns = (slice(max(0, at - _REACH), at + side + _REACH) for at, side in ((y, height), (x, width)))
    part, share = image[rows, columns], (cover[rows, columns].astype(np.float32) / 255)[..., None]
    heights = np.arange(image.shape[0], dtype=np.float32)[rows, None]
    waves = 1 + folds * np.sin(heights / max(2.0, image.shape[0] / 60))
    shade = _light(part, cover[rows, columns] > 127) * waves
    painted = np.clip(np.array(colour, np.float32) * shade[..., None], 0, 255)
    laid = image.copy()
    laid[rows, columns] = part * (1 - share) + painted * share
    return laid


def _light(part: Image, covered: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How bright a cloth looks at each place, by what it covers."""
    luma = cv2.GaussianBlur(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), (0, 0), _SOFTNESS).astype(np.float32)
    mean = float(luma[covered].mean()) if covered.any() else 0.0
    level = float(np.clip(mean / 130, 0.3, 1.3)) if covered.any() else 1.0
    return np.asarray(np.clip(luma / max(1.0, mean), 0.5, 1.6) ** 0.7 * level, dtype=np.float32)
