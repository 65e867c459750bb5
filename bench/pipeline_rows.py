"""The first table: every engine and every peer on one frame, in turn, and what follows from it."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from apps.attendance import approach
from apps.attendance.identification import known_answer
from apps.recognition.between_frames import EmptyPicture
from apps.recognition.decoding import decode_small
from apps.recognition.errors import RecognitionError
from bench.frames import Frames
from bench.peers import Peer, PeerMissing, peer_names
from bench.pipelines import FrameRefused, Pipeline, pipeline, stages
from bench.timing import Rounds, here, interleaved
from bench.transport import posted, streamed

ENGINES: Final = ("dlib", "dlib-yunet", "arcface", "arcface-yunet")
OF_DEEPFACE: Final[dict[str, tuple[str, ...]]] = {
    "dlib": ("DeepFace: mtcnn, Dlib",),
    "dlib-yunet": ("DeepFace: mtcnn, Dlib",),
    "arcface": ("DeepFace: retinaface, ArcFace, tensorflow", "DeepFace: retinaface, ArcFace, onnx"),
    "arcface-yunet": ("DeepFace: retinaface, ArcFace, tensorflow", "DeepFace: retinaface, ArcFace, onnx"),
}
"""What DeepFace does the same work with; of two back ends the faster one counts."""
POSTED, STREAMED = "base64 in a JSON post, waiting", "bytes on a websocket"
_FAST, _SLOW = 5, 1
_CAMERA, _TRACK = UUID(int=2), "bench:1"

Row = dict[str, Any]


@dataclass
class Measured:
    """What the rounds gave, and what could not be had."""

    rounds: Rounds
    rows: list[Row]
    stages: dict[str, Rounds]
    missing: list[str] = field(default_factory=list)


def measured(frames: Frames, home: Path, jpeg: Path, rounds: int, *, peers: bool) -> Measured:
    """Run everything that is here; what is not is named in `missing`."""
    missing: list[str] = []
    loaded = {name: one for name in ENGINES if (one := _loaded(name, frames, missing))}
    with ExitStack() as open_peers:
        jobs = _own_jobs(loaded, frames)
        for name in peer_names() if peers else []:
            try:
                jobs[name] = open_peers.enter_context(Peer(name, home, jpeg)).measure
            except PeerMissing as error:
                missing.append(str(error))
        if "dlib" in loaded:
            answer = loaded["dlib"].answer
            jobs[POSTED] = here(open_peers.enter_context(posted(answer, frames.person)), _FAST)
            jobs[STREAMED] = here(open_peers.enter_context(streamed(answer, frames.person)), _FAST)
        taken = interleaved(jobs, rounds)
    tables = {name: _staged(one, frames.person, rounds) for name, one in loaded.items()}
    return Measured(taken, [_row(name, taken) for name in loaded], tables, missing)


def _loaded(name: str, frames: Frames, missing: list[str]) -> Pipeline | None:
    try:
        one = pipeline(name)
        one.forwards(frames.person)
    except (RecognitionError, FrameRefused) as error:
        missing.append(f"{name}: {error}")
        return None
    return one


def _own_jobs(loaded: dict[str, Pipeline], frames: Frames) -> dict[str, Callable[[], float]]:
    jobs: dict[str, Callable[[], float]] = {}
    for name, one in loaded.items():
        forwards, repeats = one.forwards(frames.person), _repeats(name)
        jobs[name] = here(partial(one.answer, frames.person), repeats)
        jobs[f"{name}: its networks alone"] = here(forwards.play_networks, repeats)
        jobs[f"{name}: its models alone"] = here(forwards.play_models, repeats)
        jobs[f"{name}: an empty frame"] = here(partial(one.answer, frames.empty), _FAST)
    jobs["an unchanged empty frame"] = here(_unchanged(frames), 20 * _FAST)
    jobs["a decided track"] = here(_decided(), 20 * _FAST)
    return jobs


def _decided() -> Callable[[], object]:
    """The way of a frame whose track has its answer: no picture is decoded."""
    organization = UUID(int=1)
    key = approach.track_key(organization, _CAMERA, _TRACK)
    approach.keep(key, approach.Approach(answer={"state": "recognised"}))
    return lambda: known_answer(organization, _CAMERA, _TRACK, datetime.now(UTC))


def _unchanged(frames: Frames) -> Callable[[], object]:
    """The way of a frame after an empty one that was looked at: an undecided track, then the small picture."""
    empty, track = EmptyPicture(decode_small(frames.empty), looked_at=0.0), f"{_TRACK}.empty"

    def answer() -> bool:
        known = known_answer(UUID(int=1), _CAMERA, track, datetime.now(UTC))
        return known is None and empty.is_still(decode_small(frames.unchanged), now=0.5)

    return answer


def _repeats(engine: str) -> int:
    return _FAST if engine.startswith("dlib") else _SLOW


def _staged(one: Pipeline, jpeg: bytes, rounds: int) -> Rounds:
    return interleaved({name: here(job) for name, job in stages(one, jpeg).items()}, rounds)


def _row(name: str, rounds: Rounds) -> Row:
    """The ratios of one engine: its overhead counts dlib's predictor among the models; without it, beside it."""
    deepface = [rounds.ratio(peer, [name]) for peer in OF_DEEPFACE[name] if peer in rounds.taken]
    return {
        "engine": name,
        "overhead_to_forwards": rounds.ratio(name, [f"{name}: its models alone"]),
        "overhead_to_networks": rounds.ratio(name, [f"{name}: its networks alone"]),
        "ratio_to_deepface": min(deepface, default=None),
        "empty_frame": rounds.ratio(f"{name}: an empty frame", [name]),
        "unchanged_frame": rounds.ratio("an unchanged empty frame", [name]),
        "decided_track": rounds.ratio("a decided track", [name]),
    }
