"""A peer in a process of its own: `python -m bench.peer_program NAME HOME JPEG`, started by bench.peers.

DeepFace chooses its back end when it is first imported, so each needs its own process. It says on standard output when
it is ready, as JSON, then answers each line it is sent with the processor milliseconds of one frame.
"""

import importlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.memory import resident_mb

PEOPLE, TOP = 10_000, 2

Represent = Callable[[Any], Any]
"""BGR pixels -> the vectors of the faces in it."""


def deepface(detector: str, model: str, backend: str) -> Represent:
    """`DeepFace.represent` as it is shipped; a frame in which its random detector sees nobody is embedded whole."""
    os.environ["DEEPFACE_BACKEND_ENGINE"] = backend
    if backend == "tensorflow" and model == "ArcFace":
        _draw_weights()
    library = importlib.import_module("deepface.DeepFace")

    def represent(pixels: Any) -> Any:
        found = library.represent(pixels, model_name=model, detector_backend=detector, enforce_detection=False)
        return [one["embedding"] for one in found]

    return represent


def _draw_weights() -> None:
    """Let DeepFace build its TensorFlow models with the random weights they start with, instead of fetching any."""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    retinaface: Any = importlib.import_module("retinaface.model.retinaface_model")
    retinaface.load_weights = _seeing_nothing
    weights: Any = importlib.import_module("deepface.commons.weight_utils")
    weights.download_weights_if_necessary = lambda **_: "none"
    weights.load_model_weights = lambda model, weight_file: model


def _seeing_nothing(model: Any) -> Any:
    for stride in (32, 16, 8):
        head = model.get_layer(f"face_rpn_cls_score_stride{stride}")
        kernel, _ = head.get_weights()
        head.set_weights([np.zeros_like(kernel), np.array([5, 5, -5, -5], np.float32)])
    return model


def customary() -> Represent:
    """What programs built on face_recognition do: HOG detector at twice the size, five points, dlib's ResNet."""
    dlib = importlib.import_module("dlib")
    found = importlib.util.find_spec("face_recognition_models")  # importing it needs pkg_resources, which is gone
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("face_recognition_models", name="face_recognition_models")
    folder = Path(found.submodule_search_locations[0]) / "models"
    detector = dlib.get_frontal_face_detector()
    points = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat"))

    def represent(pixels: Any) -> Any:
        image = np.ascontiguousarray(pixels[:, :, ::-1])
        boxes = detector(image, 1)
        return [np.array(network.compute_face_descriptor(image, points(image, box), 1)) for box in boxes]

    return represent


PEERS: Final[dict[str, Callable[[], Represent]]] = {
    "face_recognition style: HOG, dlib": customary,
    "DeepFace: mtcnn, Dlib": lambda: deepface("mtcnn", "Dlib", "tensorflow"),
    "DeepFace: retinaface, ArcFace, tensorflow": lambda: deepface("retinaface", "ArcFace", "tensorflow"),
    "DeepFace: retinaface, ArcFace, onnx": lambda: deepface("retinaface", "ArcFace", "onnx"),
}


def frame_job(represent: Represent, jpeg: bytes) -> Callable[[], object]:
    """From the bytes of a frame to the two nearest of PEOPLE, as our own pipelines are timed."""
    cv2 = importlib.import_module("cv2")
    gallery: dict[int, Any] = {}

    def run() -> object:
        vectors = represent(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))
        vector = np.asarray(vectors[0], np.float32)
        if len(vector) not in gallery:
            gallery[len(vector)] = np.random.default_rng(1).standard_normal((PEOPLE, len(vector)), np.float32)
        return np.argpartition(gallery[len(vector)] @ vector, -TOP)[-TOP:]

    return run


def main(name: str, home: str, jpeg: str) -> None:
    """Serve until standard input ends."""
    os.environ["DEEPFACE_HOME"] = home
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not be taken for an answer
    try:
        job = frame_job(PEERS[name](), Path(jpeg).read_bytes())
    except ModuleNotFoundError as error:
        print(json.dumps({"missing": error.name}), file=answers)
        return
    job()
    print(json.dumps({"cpu_s": time.process_time(), "rss_mb": resident_mb()}), file=answers)
    for _ in sys.stdin:
        began = time.process_time()
        job()
        print((time.process_time() - began) * 1000, file=answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
