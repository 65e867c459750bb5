"""What the bench prints, and the file of ratios it leaves."""

import json
from collections.abc import Iterator
from pathlib import Path

from bench.limits import Results
from bench.pipeline_rows import POSTED, STREAMED, Measured
from bench.starting import Start
from bench.timing import Rounds

DEFINITIONS = """\
Times are milliseconds of processor time, all threads, of one frame: a 640x480 JPEG in, the two nearest of 10,000
out. Rounds are interleaved; a ratio is the median over rounds of the ratio inside a round. RetinaFace and ArcFace have
random weights of the published shape: what they cost does not depend on what they learned.
Overhead: the whole pipeline over its trained models alone, played again on exactly the inputs this frame gave them:
MTCNN's three nets, YuNet or RetinaFace, a gate's net, dlib's point predictor, the embedder. "over nets" leaves the
predictor, which is an ensemble of trees, out of what is divided by.
First empty: a frame that shows nobody, decoded and looked at. Unchanged: the next one, of which only a small grey
picture is decoded; of empty frames a whole one is looked at every 1.5 s and after each change.
DeepFace is called as it is shipped, with the weights where it looks; the faster of its back ends counts. Its random
RetinaFace sees nobody, so it embeds the frame whole: one forward of each network, as here."""


def pipeline_lines(measured: Measured) -> Iterator[str]:
    """One line a job, one a row of ratios, one a missing part."""
    yield f"\n{'one frame':<46}{'ms':>9}   middle half"
    yield from _costs(measured.rounds)
    yield (
        f"\n{'engine':<16}{'overhead':>9}{'over nets':>11}{'x DeepFace':>12}{'first empty':>13}{'unchanged':>11}"
        f"{'decided track':>15}"
    )
    for row in measured.rows:
        times = "-" if row["ratio_to_deepface"] is None else f"{row['ratio_to_deepface']:.1f}"
        yield (
            f"{row['engine']:<16}{row['overhead_to_forwards']:9.2f}{row['overhead_to_networks']:11.2f}{times:>12}"
            f"{row['empty_frame']:13.1%}{row['unchanged_frame']:11.1%}{row['decided_track']:15.2%}"
        )
    if POSTED in measured.rounds.taken:
        yield f"\n{POSTED} / {STREAMED}, the same engine: {measured.rounds.ratio(POSTED, [STREAMED]):.2f}"
    for sentence in measured.missing:
        yield f"!! NOT MEASURED: {sentence}"


def stage_lines(measured: Measured) -> Iterator[str]:
    """What each step of a frame costs, by engine."""
    for engine, rounds in measured.stages.items():
        yield f"\nstages of {engine}, each on what the step before it gave"
        yield from _costs(rounds)


def _costs(rounds: Rounds) -> Iterator[str]:
    for name in rounds.taken:
        one = rounds.cost(name)
        yield f"  {name:<44}{one.median:9.3f}   {one.low:.3f}-{one.high:.3f}"


def start_lines(starts: dict[str, Start]) -> Iterator[str]:
    yield f"\n{'from nothing to the first answer':<34}{'CPU s':>8}{'MB in memory':>15}"
    for engine, start in starts.items():
        yield f"  {engine:<32}{start.cpu_s:8.2f}{start.rss_mb:15.0f}"


def write(results: Results, path: Path) -> None:
    """Write ratios, rounded to what they are good for; no time of this machine is among them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_rounded(results), indent=1) + "\n", encoding="utf-8")


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value
