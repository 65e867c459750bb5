"""Every model file the engines use: where it comes from, how it is recognised, under which licence. Data only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Weight:
    """One file of numbers."""

    name: str
    licence: str
    sha256: str | None
    """None: nobody published it; recorded when the file is first taken in, and held to ever after."""
    size: int | None = None
    addresses: tuple[str, ...] = ()
    """Published addresses, tried in order; empty for a file that came with a package. From a .zip, the file in it."""
    package: str = ""
    """Import name of the package the file came with; it is located, never imported."""
    path: str = ""
    """Path inside that package."""


_RELEASE = "https://github.com/serengil/deepface_models/releases/download/v1.0/"
_MIRROR = "https://huggingface.co/serengil/deepface/resolve/main/"
_ZOO = "https://github.com/opencv/opencv_zoo/raw/main/models/"
_ZOO_MIRROR = "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/"

_DEEPFACE_LICENCE = "code MIT; the authors of the weights state no licence: commercial use is unproven"


def _published_by_deepface(name: str, size: int | None = None, sha256: str | None = None) -> Weight:
    return Weight(name, _DEEPFACE_LICENCE, sha256, size, (_RELEASE + name, _MIRROR + name))


def _of_minivision(name: str) -> Weight:
    """DeepFace publishes its conversions beside its own files, and no sum for them."""
    return Weight(name, "Apache-2.0, by minivision-ai", None, None, (_RELEASE + name, _MIRROR + name))


def _of_mtcnn(net: str, size: int, sha256: str) -> Weight:
    return Weight(f"{net}.lz4", "MIT", sha256, size, package="mtcnn", path=f"assets/weights/{net}.lz4")


def _of_dlib(name: str, size: int, sha256: str) -> Weight:
    licence = "CC0, by dlib's author"
    return Weight(name, licence, sha256, size, package="face_recognition_models", path=f"models/{name}")


DLIB_RESNET = "dlib_face_recognition_resnet_model_v1.dat"
DLIB_POINTS = "shape_predictor_5_face_landmarks.dat"
MTCNN_NETS = ("pnet.lz4", "rnet.lz4", "onet.lz4")
YUNET = "face_detection_yunet_2023mar.onnx"
SFACE = "face_recognition_sface_2021dec.onnx"
W600K_R50 = "w600k_r50.onnx"
MINIFASNETS = ("2.7_80x80_MiniFASNetV2.onnx", "4_0_0_80x80_MiniFASNetV1SE.onnx")
"""Passive liveness: one looks at 2.7 times the face's size, the other at 4 times."""

WEIGHTS: dict[str, Weight] = {
    weight.name: weight
    for weight in (
        _of_mtcnn("pnet", 27119, "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5"),
        _of_mtcnn("rnet", 401659, "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee"),
        _of_mtcnn("onet", 1557637, "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3"),
        _of_dlib(DLIB_RESNET, 22466066, "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"),
        _of_dlib(DLIB_POINTS, 9150489, "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888"),
        _published_by_deepface("arcface_weights.onnx"),
        _published_by_deepface("retinaface.onnx"),
        _published_by_deepface(
            "arcface_weights.h5", 137026640, "6336979c0c602cae08d1122a66f4dfb862d059bbcd8ef80306aef2b2249b0c93"
        ),
        _published_by_deepface(
            "retinaface.h5", 118667368, "ecb2393a89da3dd3d6796ad86660e298f62a0c8ae7578d92eb6af14e0bb93adf"
        ),
        Weight(
            YUNET,
            "MIT",
            "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
            232589,
            (_ZOO + f"face_detection_yunet/{YUNET}", _ZOO_MIRROR + f"face_detection_yunet/{YUNET}"),
        ),
        Weight(
            SFACE,
            "Apache-2.0",
            "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
            38696353,
            (_ZOO + f"face_recognition_sface/{SFACE}", _ZOO_MIRROR + f"face_recognition_sface/{SFACE}"),
        ),
        # Its authors publish it inside a pack of 288 MB; the second address is a third party's copy of the one file.
        # Several public projects recorded this sha256 of it.
        Weight(
            W600K_R50,
            "non-commercial research only (InsightFace)",
            "4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43",
            174383860,
            (
                "https://github.com/deepinsight/insightface/releases/download/v0.7/buffalo_l.zip",
                "https://huggingface.co/deepghs/insightface/resolve/main/buffalo_l/w600k_r50.onnx",
            ),
        ),
        *(_of_minivision(name) for name in MINIFASNETS),
    )
}
