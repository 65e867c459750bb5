"""The engines by name, as data: a new one is an entry here, not a new class."""

from dataclasses import dataclass
from typing import Literal

from .errors import EngineUnknown
from .thresholds import Calibration, Line
from .weights import DLIB_POINTS, DLIB_RESNET, MTCNN_NETS, YUNET

DetectorName = Literal["mtcnn", "yunet", "retinaface"]
EmbedderName = Literal["dlib", "arcface"]
AlignerName = Literal["dlib-points", "arcface-points"]
RecipeName = Literal["single", "mirrored", "twenty-two"]
Backend = Literal["onnx", "tensorflow"]


@dataclass(frozen=True)
class Entry:
    """What an engine is made of and what is known about it."""

    name: str
    title: str
    detector: DetectorName
    aligner: AlignerName
    embedder: EmbedderName
    dimension: int
    punch_recipe: RecipeName
    enroll_recipe: RecipeName
    calibration: Calibration
    licence: str


# LFW, 100 people and 300 + 500 strangers; checked on 80 other people and 500 other strangers. `confirm` is the
# line of FPIR 1 % for one photo. `accept` starts from the line of 0.3 %, plus .003: at 100 people that is .960,
# the lowest threshold at which none of the strangers passed; and never below .960, because in the camera clips
# look-alikes stay at .957-.964 frame after frame and small galleries were never measured with them.
_DLIB_CALIBRATION = Calibration(
    confirm=Line(0.9256, 0.0142),
    accept=Line(0.9347 + 0.003, 0.0111, floor=0.960),
    provenance="LFW, 100 people, 800 strangers; beyond 1,000 people extrapolated",
)

# Nobody measured the published weights here. 0.32 is DeepFace's own line for one comparison with ArcFace (cosine
# distance 0.68); a search is as many comparisons as there are people, so the line rises by .03 per tenfold.
_ARCFACE_PROVISIONAL = Calibration(
    confirm=Line(0.32, 0.03),
    accept=None,
    provenance="provisional: DeepFace's 1:1 line, raised for a search; not calibrated",
)

_ARCFACE_LICENCE = "DeepFace MIT; its ArcFace and RetinaFace weights state no licence: commercial use is unproven"

ENTRIES: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            name="dlib",
            title="MTCNN and dlib's ResNet, packaged: needs no download",
            detector="mtcnn",
            aligner="dlib-points",
            embedder="dlib",
            dimension=128,
            punch_recipe="mirrored",
            enroll_recipe="twenty-two",
            calibration=_DLIB_CALIBRATION,
            licence="mtcnn MIT; dlib's weights CC0 by its author",
        ),
        Entry(
            name="arcface",
            title="DeepFace's RetinaFace and ArcFace",
            detector="retinaface",
            aligner="arcface-points",
            embedder="arcface",
            dimension=512,
            punch_recipe="single",
            enroll_recipe="mirrored",
            calibration=_ARCFACE_PROVISIONAL,
            licence=_ARCFACE_LICENCE,
        ),
        Entry(
            name="arcface-yunet",
            title="DeepFace's ArcFace behind the small YuNet detector",
            detector="yunet",
            aligner="arcface-points",
            embedder="arcface",
            dimension=512,
            punch_recipe="single",
            enroll_recipe="mirrored",
            calibration=_ARCFACE_PROVISIONAL,
            licence=_ARCFACE_LICENCE + "; YuNet MIT",
        ),
    )
}

_DEEPFACE_SUFFIX: dict[Backend, str] = {"onnx": "onnx", "tensorflow": "h5"}


def engine_names() -> list[str]:
    """Return the names that `entry_named` knows."""
    return list(ENTRIES)


def entry_named(name: str) -> Entry:
    """Return an engine's entry. Raises EngineUnknown, naming those there are."""
    if name not in ENTRIES:
        raise EngineUnknown("engine_unknown", f"There is no engine {name!r}: choose one of {', '.join(ENTRIES)}.")
    return ENTRIES[name]


def files_of(entry: Entry, backend: Backend) -> tuple[str, ...]:
    """Return the names of the weight files an engine needs under one of DeepFace's back ends."""
    suffix = _DEEPFACE_SUFFIX[backend]
    by_part: dict[str, tuple[str, ...]] = {
        "mtcnn": MTCNN_NETS,
        "yunet": (YUNET,),
        "retinaface": (f"retinaface.{suffix}",),
        "dlib-points": (DLIB_POINTS,),
        "arcface-points": (),
        "dlib": (DLIB_RESNET,),
        "arcface": (f"arcface_weights.{suffix}",),
    }
    return by_part[entry.detector] + by_part[entry.aligner] + by_part[entry.embedder]
