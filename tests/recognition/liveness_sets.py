"""Live faces and attacks beside the repository, by species, as the passive test meets them.

Photos: 50 of live people, 4 real attacks (2 prints, 2 phone replays), 18 renderings of a face on a phone or monitor.
Clips: eight of live people, one of a real phone replay, two renderings. The renderings are a synthetic attack set: what
is caught of them is no APCER of the product.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from apps.recognition.liveness import passive
from apps.recognition.liveness.figures import LIVE, Count, apcer, bpcer
from apps.recognition.shapes import Face, Image, Refusal
from tests.recognition.clips import frames_of
from tests.recognition.pictures import read

Finds = Callable[[Image], list[Face]]

LIVE_CLIPS = ("front_A", "front_D", "front_F", "turn_B", "turn_E", "stranger_C", "come_and_go_D", "live_T1_jitter")
ATTACK_CLIPS = {
    "spoof_real_replay_F2": "real phone",
    "spoof_phone_D": "synthetic phone",
    "spoof_monitor_A": "synthetic monitor",
}
POOR_CLIPS = {"dark_D": "too_dark", "blur_D": "blurred", "far_D": "too_small"}


def photos(shared: Path) -> Iterator[tuple[str, Image]]:
    """Each photo with its species."""
    for folder in ("antispoof/live", "webcam_people"):
        yield from ((LIVE, read(path)) for path in sorted((shared / "faces" / folder).rglob("*.jpg")))
    for path in sorted((shared / "faces" / "antispoof").glob("spoof*/*.jpg")):
        made = "synthetic" if path.parent.name == "spoof_synthetic" else "real"
        kind = "print" if "print" in path.stem else "monitor" if path.stem.endswith("mon") else "phone"
        yield f"{made} {kind}", read(path)


def frames(shared: Path, clip: str, every: int) -> Iterator[Image]:
    return frames_of(shared / "camera" / f"{clip}.mjpeg", every=every)


def p_reals(pictures: Iterator[Image], find: Finds) -> list[float | Refusal]:
    """What the passive test says of the largest face of each picture that has one."""
    found = ((picture, find(picture)) for picture in pictures)
    return [passive.p_real(picture, faces[0]) for picture, faces in found if faces]


def approaches(answers: list[float | Refusal]) -> list[str]:
    """Judge each three frames that follow one another; what was refused is not counted, as at the kiosk."""
    values = [answer for answer in answers if isinstance(answer, float)]
    threes = (values[at : at + passive.FRAMES] for at in range(0, len(values) - passive.FRAMES + 1, passive.FRAMES))
    return [str(passive.judge(three)) for three in threes]


def table(counts: list[Count]) -> str:
    """One line a species: what was wrong of how many, and the 95 % interval."""
    lines = []
    for count in counts:
        rate = bpcer(count) if count.species == LIVE else apcer(count)
        kind = "BPCER" if count.species == LIVE else "APCER"
        between = f"{100 * rate.low:.1f} to {100 * rate.high:.1f} %"
        lines.append(f"{count.species:20}{kind} {rate.hits:3} of {rate.of:3}  ({between})")
    return "\n".join(lines)
