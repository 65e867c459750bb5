"""A model store of the bench's own: random weights under DeepFace's names, YuNet where somebody has it, no download."""

import shutil
from pathlib import Path

from django.conf import settings

from apps.recognition import store
from apps.recognition.decoding import decode_frame
from apps.recognition.engine import engine_named
from apps.recognition.shapes import Face
from apps.recognition.weights import DLIB_RESNET, WEIGHTS, YUNET
from bench import random_nets

ARCFACE, RETINAFACE = "arcface_weights.onnx", "retinaface.onnx"
SIDE, ROWS = 320, 256  # a 640x480 frame, letterboxed


def prepare(folder: Path, person: bytes, models: Path | None) -> Path:
    """Fill `folder` and make it this process's model store; returns the folder."""
    yunet = _yunet_in(models)
    settings.MODELS_DIR = folder
    settings.DEEPFACE_BACKEND = "onnx"
    if yunet and not store.status_of(WEIGHTS[YUNET]).usable:
        store.take_in(WEIGHTS[YUNET], yunet)
    for name in (ARCFACE, RETINAFACE):
        if not store.status_of(WEIGHTS[name]).usable:
            _take_in(folder, name, _random(name, person))
    return folder


def has_yunet() -> bool:
    return store.status_of(WEIGHTS[YUNET]).usable


def peers_home(folder: Path) -> Path:
    """DEEPFACE_HOME for DeepFace itself: networks that see nothing, and dlib's packaged weights, where it looks."""
    weights = folder / ".deepface" / "weights"
    if not (weights / RETINAFACE).is_file():
        weights.mkdir(parents=True, exist_ok=True)
        (weights / ARCFACE).write_bytes(random_nets.arcface().model)
        shutil.copyfile(store.locate(WEIGHTS[DLIB_RESNET]), weights / DLIB_RESNET)
        (weights / RETINAFACE).write_bytes(random_nets.retinaface().model)
    return folder


def _yunet_in(models: Path | None) -> Path | None:
    """Look in the folder that was named, then in the operator's own store."""
    places = [models / YUNET] if models else []
    return next((place for place in (*places, store.locate(WEIGHTS[YUNET])) if place.is_file()), None)


def _random(name: str, person: bytes) -> bytes:
    if name == ARCFACE:
        return random_nets.arcface().model
    face = engine_named("dlib").faces(decode_frame(person))[0]
    return random_nets.retinaface(_shrunk(face, 0.5), (ROWS, SIDE)).model


def _shrunk(face: Face, factor: float) -> Face:
    x, y, width, height = (factor * value for value in face.box)
    return Face((x, y, width, height), 0.99, face.points * face.points.dtype.type(factor))


def _take_in(folder: Path, name: str, content: bytes) -> None:
    part = folder / f"{name}.made"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(content)
    store.take_in(WEIGHTS[name], part, allow_unlisted=True)
    part.unlink()
