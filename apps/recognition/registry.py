"""The engines by name, as data: a new one is an entry here, not a new class."""

from dataclasses import dataclass

from .errors import EngineUnknown
from .parts import (
    AlignerName,
    Backend,
    BoxShift,
    DetectorName,
    EmbedderName,
    Gate,
    Licence,
    Look,
    Network,
    Preparation,
    RecipeName,
)
from .thresholds import Calibration, Line
from .weights import DLIB_POINTS, DLIB_RESNET, MTCNN_NETS, SFACE, W600K_R50, YUNET


@dataclass(frozen=True)
class Entry:
    """What an engine is made of and what is known about it."""

    name: str
    title: str
    detector: DetectorName
    look: Look
    aligner: AlignerName
    embedder: EmbedderName
    network: Network
    dimension: int
    punch_recipe: RecipeName
    enroll_recipe: RecipeName
    calibration: Calibration
    """Provisional; what holds is said by calibration.finding."""
    terms: Licence
    box_shift: BoxShift | None = None
    """Where dlib's points are looked for, in this detector's box."""
    gate: Gate | None = None

    @property
    def licence(self) -> str:
        return self.terms.text


# At 640 px MTCNN sees noise in dark frames (70 % found, against 96 % at 320). YuNet at 0.9, DeepFace's default, loses
# faces in 9 of 27 group photos, at 0.6 in none.
_MTCNN = Look(side=320, score=0.8)
_YUNET = Look(side=320, score=0.6)
_RETINAFACE = Look(side=320, score=0.9)

_SMALL_GATE = Gate(
    detectors=(
        ("yunet", Look(side=160, score=0.3)),
        ("mtcnn", Look(side=160, score=0.5, smallest_face=14)),
    )
)

_DLIB_NET = Network("converted", DLIB_RESNET, 150, "dlib-150", Preparation(as_bytes=True))
# DeepFace's normalization "base": BGR, 0..1.
_ARCFACE_NET = Network("deepface", "arcface_weights", 112, "arcface-112", Preparation(bgr=True, scale=1 / 255))
# As OpenCV's FaceRecognizerSF feeds it: RGB 0..255, nothing subtracted.
_SFACE_NET = Network("graph", SFACE, 112, "arcface-112", Preparation(channels_first=True))
_R50_NET = Network(
    "graph", W600K_R50, 112, "arcface-112", Preparation(mean=127.5, scale=1 / 127.5, channels_first=True)
)


def _provisional(one_to_one: float, whose: str, margin: float = 0.06) -> Calibration:
    """Nobody measured these weights here: an author's line for one comparison, .03 higher per tenfold of people."""
    return Calibration(
        confirm=Line(one_to_one, 0.03),
        provenance=f"provisional: {whose} 1:1 line, raised for a search; not calibrated",
        margin=margin,
    )


# Used only while the shipped calibration does not fit the weights: the line of FPIR 1 % for one photo of LFW. Nobody is
# let through unasked below .960: in the camera clips look-alikes stay at .957-.964 frame after frame. dlib's space is
# narrow, so the second-best person is never far.
_DLIB_PROVISIONAL = Calibration(
    confirm=Line(0.9256, 0.0142),
    provenance="provisional: dlib's line on faces of LFW with other weights; not calibrated",
    margin=0.015,
    floor=0.960,
)
# DeepFace's line for ArcFace is a cosine distance of 0.68.
_ARCFACE_PROVISIONAL = _provisional(0.32, "DeepFace's")

_ARCFACE_LICENCE = "DeepFace MIT; its ArcFace and RetinaFace weights state no licence: commercial use is unproven"

ENTRIES: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            name="dlib",
            title="MTCNN and dlib's ResNet, packaged: needs no download",
            detector="mtcnn",
            look=_MTCNN,
            aligner="dlib-points",
            box_shift=BoxShift(-0.034, 0.051, 0.999),
            embedder="dlib",
            network=_DLIB_NET,
            dimension=128,
            punch_recipe="mirrored",
            enroll_recipe="twenty-two",
            calibration=_DLIB_PROVISIONAL,
            terms=Licence("mtcnn MIT; dlib's weights CC0 by its author"),
        ),
        Entry(
            name="dlib-yunet",
            title="dlib's ResNet behind the small YuNet detector: the fastest",
            detector="yunet",
            look=_YUNET,
            aligner="dlib-points",
            box_shift=BoxShift(-0.041, 0.037, 0.983),
            embedder="dlib",
            network=_DLIB_NET,
            dimension=128,
            punch_recipe="mirrored",
            enroll_recipe="twenty-two",
            calibration=_DLIB_PROVISIONAL,
            terms=Licence("YuNet MIT; dlib's weights CC0 by its author"),
        ),
        Entry(
            name="arcface",
            title="DeepFace's RetinaFace and ArcFace",
            detector="retinaface",
            look=_RETINAFACE,
            gate=_SMALL_GATE,
            aligner="arcface-points",
            embedder="arcface",
            network=_ARCFACE_NET,
            dimension=512,
            punch_recipe="single",
            enroll_recipe="mirrored",
            calibration=_ARCFACE_PROVISIONAL,
            terms=Licence(_ARCFACE_LICENCE),
        ),
        Entry(
            name="arcface-yunet",
            title="DeepFace's ArcFace behind the small YuNet detector",
            detector="yunet",
            look=_YUNET,
            aligner="arcface-points",
            embedder="arcface",
            network=_ARCFACE_NET,
            dimension=512,
            punch_recipe="single",
            enroll_recipe="mirrored",
            calibration=_ARCFACE_PROVISIONAL,
            terms=Licence(_ARCFACE_LICENCE + "; YuNet MIT"),
        ),
        Entry(
            name="sface",
            title="OpenCV's YuNet and SFace: small, and free to use at work",
            detector="yunet",
            look=_YUNET,
            aligner="arcface-points",
            embedder="sface",
            network=_SFACE_NET,
            dimension=128,
            punch_recipe="single",
            enroll_recipe="mirrored",
            calibration=_provisional(0.363, "OpenCV's", margin=0.08),
            terms=Licence("SFace Apache-2.0; YuNet MIT"),
        ),
        Entry(
            name="insightface-r50",
            title="InsightFace's ArcFace R50 (WebFace600K) behind the small YuNet detector",
            detector="yunet",
            look=_YUNET,
            aligner="arcface-points",
            embedder="w600k-r50",
            network=_R50_NET,
            dimension=512,
            punch_recipe="single",
            enroll_recipe="mirrored",
            calibration=_provisional(0.32, "DeepFace's ArcFace"),
            terms=Licence(
                "InsightFace's code MIT, its pretrained models for non-commercial research only; YuNet MIT",
                limits="The weights may be used for non-commercial research only. Recording the working hours of "
                "employees is not that: for it, a licence must be bought from InsightFace.",
            ),
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
    """Return the names of the weight files an engine needs under one of DeepFace's back ends; its gate needs none."""
    points = (DLIB_POINTS,) if entry.aligner == "dlib-points" else ()
    return detector_files(entry.detector, backend) + points + (network_file(entry.network, backend),)


def detector_files(detector: DetectorName, backend: Backend) -> tuple[str, ...]:
    """Return the names of a detector's weight files."""
    files = {"mtcnn": MTCNN_NETS, "yunet": (YUNET,), "retinaface": (f"retinaface.{_DEEPFACE_SUFFIX[backend]}",)}
    return files[detector]


def network_file(network: Network, backend: Backend) -> str:
    """Return the name of the embedder's weight file."""
    return f"{network.file}.{_DEEPFACE_SUFFIX[backend]}" if network.runtime == "deepface" else network.file
