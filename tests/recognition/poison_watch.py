"""Looks at poison in a process that has little memory left, and notes what each frame cost. Run by test_poison.py."""

import re
import resource
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from apps.recognition.decoding import decode_frame
from apps.recognition.engine import Engine, engine_named
from apps.recognition.errors import FrameRefused
from apps.recognition.matching import search
from apps.recognition.shapes import Image, Matrix, Probe, Purpose, Refusal

from .pictures import FACES, jpeg, portrait
from .poison import corpus, mutations

SPARE_MIB: Final = 512
"""Address space beyond what the warm engine holds; a frame that needs more fails instead of starving the host."""
_STATUS = Path("/proc/self/status")


@dataclass
class Cost:
    """What one frame took."""

    name: str
    outcome: str
    """probe, or the code of a refusal."""
    decode_ms: float
    see_ms: float
    """Process CPU time, as is decode_ms."""
    grown_mib: float
    """Peak of the resident memory over what it was before."""
    nearest: str = ""
    similarity: float = -1.0


def of_corpus() -> list[dict[str, Any]]:
    """Every poison file, looked at once; and the good frame once more at the end."""
    files = corpus(portrait("fay"))
    return [asdict(cost) for cost in _watched([*files.items(), ("good again", files["good"])], [])]


def of_mutations(each: int, people: list[str]) -> list[dict[str, Any]]:
    """So many damaged frames of each of these people; four of the six are enrolled from the undamaged frame."""
    frames = {name: jpeg(portrait(name)) for name in people}
    damaged = ((name, one) for name, good in frames.items() for one in mutations(good, each, seed=len(name) + each))
    return [asdict(cost) for cost in _watched(damaged, list(FACES)[:4])]


def _watched(frames: Iterable[tuple[str, bytes]], enrolled: list[str]) -> Iterator[Cost]:
    engine = engine_named("dlib")
    templates = _templates(engine, [portrait(name) for name in enrolled])
    for good in ("ann", "ben"):
        _looked(engine, good, jpeg(portrait(good)))
    _limit_memory()
    for name, frame in frames:
        cost, probe = _looked(engine, name, frame)
        if max(cost.decode_ms, cost.see_ms) > 80:  # another program's turn, or the frame's own doing?
            again, _ = _looked(engine, name, frame)
            cost.decode_ms, cost.see_ms = min(cost.decode_ms, again.decode_ms), min(cost.see_ms, again.see_ms)
        if probe and enrolled:
            best = search(probe.vector, templates)[0]
            cost.nearest, cost.similarity = enrolled[best.row], best.similarity
        yield cost


def _looked(engine: Engine, name: str, frame: bytes) -> tuple[Cost, Probe | None]:
    _forget_peak()
    before, started = _mib("VmRSS"), time.process_time()
    try:
        image = decode_frame(frame)
    except FrameRefused as refused:
        return Cost(name, refused.code, _ms_since(started), 0.0, _mib("VmHWM") - before), None
    decode_ms, started = _ms_since(started), time.process_time()
    seen = engine.see(image, Purpose.PUNCH)
    outcome = seen.code if isinstance(seen, Refusal) else "probe"
    cost = Cost(name, outcome, decode_ms, _ms_since(started), _mib("VmHWM") - before)
    return cost, seen if isinstance(seen, Probe) else None


def _templates(engine: Engine, images: list[Image]) -> Matrix:
    rows = [engine.embed(image, engine.faces(image)[0], Purpose.ENROLL) for image in images]
    return np.stack(rows) if rows else np.zeros((0, engine.dimension), np.float32)


def _limit_memory() -> None:
    limit = int((_mib("VmSize") + SPARE_MIB) * 2**20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _mib(field: str) -> float:
    found = re.search(rf"^{field}:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    assert found, field
    return int(found[1]) / 1024


def _ms_since(started: float) -> float:
    return (time.process_time() - started) * 1000
