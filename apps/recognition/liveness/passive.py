"""The passive test: two small networks say of each frame how likely it shows a face and not a picture of one.

Importing this is cheap; only `p_real` brings in OpenCV and onnxruntime, on its first call.
"""

import importlib
from collections.abc import Sequence
from statistics import median
from typing import Final, Literal, cast

from .. import store
from ..shapes import Face, Image, Refusal
from ..weights import MINIFASNETS, WEIGHTS

Judged = Literal["live", "unsure", "not_live"]

FRAMES: Final = 3

# Measured on MTCNN's and YuNet's boxes, on whole frames and as the kiosk cuts them (tests/recognition/
# test_liveness_passive.py prints the table): of prints, phones and monitors at most .22; of live faces .85 and up in
# 400 frames of eleven clips, but one old camera's single photo .33 to .70. Between the lines too little was seen to
# decide, so nobody is refused there: the kiosk asks for more.
LIVE_FROM: Final = 0.80
NOT_LIVE_BELOW: Final = 0.30


def passive_installed() -> bool:
    """Whether both networks' files are in the model store; says nothing of what is in them."""
    return all(store.locate(WEIGHTS[name]).is_file() for name in MINIFASNETS)


def p_real(image: Image, face: Face) -> float | Refusal:
    """Return how likely the face is one, 0..1: the mean of both networks' softmax for "real".

    Refused, with a hint that says what to mend, is a face the networks cannot judge: under 120 px, dark, blurred, or
    too near the frame's edge. Raises WeightsMissing or WeightsCorrupt.
    """
    answer = importlib.import_module("apps.recognition.liveness.minifasnet").look(image, face)
    return cast("float | Refusal", answer)


def judge(values: Sequence[float]) -> Judged | None:
    """Judge an approach by the median of its frames' p_real; None while there are fewer than FRAMES."""
    return None if len(values) < FRAMES else judge_middle(median(values))


def judge_turn(values: Sequence[float]) -> Judged | None:
    """Judge the frames of a turn, in their order: not live where any FRAMES in a row are not, else by all of them.

    Else a picture that shows only the turned frames would hide among the straight ones before and after it. Turned
    faces are judged as straight ones are (tests/recognition/test_liveness_turning.py). None while there are too few.
    """
    if len(values) < FRAMES:
        return None
    return "not_live" if judge_middle(lowest_middle(values)) == "not_live" else judge(values)


def lowest_middle(values: Sequence[float]) -> float:
    """Return the lowest median of any FRAMES values in a row; of fewer, their median. At least one is needed."""
    return min(median(values[at : at + FRAMES]) for at in range(max(1, len(values) - FRAMES + 1)))


def judge_middle(middle: float) -> Judged:
    """Judge a median of enough frames' p_real."""
    if middle >= LIVE_FROM:
        return "live"
    return "not_live" if middle < NOT_LIVE_BELOW else "unsure"
