"""The only place that knows DeepFace: its RetinaFace and ArcFace as plain functions of arrays.

Back end onnx (the default): DeepFace's published graphs in sessions of our own, because the ones DeepFace builds
spin on every core. Neither deepface nor TensorFlow is imported. Back end tensorflow: DeepFace's own model objects,
called through tf.function (54 ms a face, where DeepFace's eager call takes 100).
"""

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .detectors.retinaface import Forward as DetectorForward
from .embedders import Forward as EmbedderForward
from .errors import EngineNotInstalled
from .parts import Backend
from .sessions import Array, Net, chosen_providers


def retinaface(weights: Path, backend: Backend, home: Path) -> DetectorForward:
    """Return RetinaFace's forward pass: (1, h, w, 3) float32 RGB 0..255 -> nine arrays, stride 32 first."""
    if backend == "onnx":
        return Net(weights, chosen_providers())
    # retina-face compiles its own model through tf.function with free height and width.
    model = _model("face_detector", "retinaface", home)
    return lambda picture: [np.asarray(output) for output in model(picture)]


def arcface(weights: Path, backend: Backend, home: Path) -> EmbedderForward:
    """Return ArcFace's forward pass: (n, 112, 112, 3) float32 BGR 0..1 -> (n, 512)."""
    if backend == "onnx":
        net = Net(weights, chosen_providers())
        return lambda batch: net(batch)[0]
    compiled = _compiled(_model("facial_recognition", "ArcFace", home))

    def forward(batch: NDArray[np.generic]) -> Array:
        return np.asarray(compiled(batch), dtype=np.float32)

    return forward


def prepare_deepface(home: Path) -> None:
    """Say what DeepFace and TensorFlow read from the environment when they are first imported."""
    os.environ["DEEPFACE_BACKEND_ENGINE"] = "tensorflow"
    os.environ["DEEPFACE_HOME"] = str(home)
    # Both models are written for Keras 2: under Keras 3 RetinaFace cannot even be built.
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def _model(task: str, name: str, home: Path) -> Any:
    """Let DeepFace build one of its models from the files of the store, which are there: it never downloads."""
    prepare_deepface(home)
    try:
        modeling = importlib.import_module("deepface.modules.modeling")
        forbid_inference(modeling)
        importlib.import_module("tensorflow")
    except ModuleNotFoundError as error:
        raise EngineNotInstalled(
            "engine_not_installed",
            f"DEEPFACE_BACKEND=tensorflow needs the Python package {error.name}: run `make models`, "
            "or pip install -r requirements/recognition.txt, or set DEEPFACE_BACKEND=onnx.",
        ) from error
    return modeling.build_model(task, name).model


def forbid_inference(modeling: Any) -> None:
    """Take age, gender, race and emotion out of DeepFace's register: from then on `analyze` raises in this process."""
    modeling.AVAILABLE_MODELS.pop("facial_attribute", None)


def _compiled(model: Any) -> Any:
    tensorflow = importlib.import_module("tensorflow")
    signature = [tensorflow.TensorSpec([None, 112, 112, 3], tensorflow.float32)]
    return tensorflow.function(lambda batch: model(batch, training=False), input_signature=signature)
