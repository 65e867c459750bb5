"""The jobs of the frame bench: one frame through an engine, a search, and the customary dlib pipeline."""

from collections.abc import Callable
from pathlib import Path

import cv2
import dlib
import face_recognition_models
import numpy as np

from apps.recognition.decoding import decode_frame, decode_photo
from apps.recognition.engine import Engine, engine_named
from apps.recognition.matching import search
from apps.recognition.shapes import Face, Image, Purpose
from bench.timing import Job

PHOTOS = "node_modules/@vladmandic/face-api/demo"
WIDTH, HEIGHT = 640, 480
FACE_SHARE = 0.5  # of the frame's height: somebody who stands at a kiosk


def frame(engine: Engine, photo: bytes) -> bytes:
    """The largest face of a photo as a camera at a kiosk would send it: a 640x480 JPEG."""
    image = decode_photo(photo)
    face = engine.faces(image)[0]
    return _jpeg(_cut(image, face))


def _cut(image: Image, face: Face) -> Image:
    x, y, width, height = face.box
    scale = FACE_SHARE * HEIGHT / height
    middle = np.array([x + width / 2, y + height / 2])
    moved = np.array([WIDTH / 2, HEIGHT / 2]) - scale * middle
    matrix = np.array([[scale, 0, moved[0]], [0, scale, moved[1]]])
    cut = cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, dtype=np.uint8)


def _jpeg(image: Image) -> bytes:
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 88])
    return encoded.tobytes()


def customary_dlib() -> Callable[[Image], object]:
    """The pipeline most programs use: HOG detector at twice the size, 5 points, dlib's ResNet."""
    detector = dlib.get_frontal_face_detector()
    points = dlib.shape_predictor(face_recognition_models.pose_predictor_five_point_model_location())
    network = dlib.face_recognition_model_v1(face_recognition_models.face_recognition_model_location())

    def run(image: Image) -> object:
        return [network.compute_face_descriptor(image, points(image, box)) for box in detector(image, 1)]

    return run


def jobs(root: Path, people: int) -> dict[str, Job]:
    """What is measured, by the name the table shows."""
    engine = engine_named("dlib")
    jpeg = frame(engine, (root / PHOTOS / "sample1.jpg").read_bytes())
    image = decode_frame(jpeg)
    gallery = np.random.default_rng(1).standard_normal((people, engine.dimension)).astype(np.float32)
    probe = gallery[0] / np.linalg.norm(gallery[0])
    dlib_way = customary_dlib()
    return {
        "decode a 640x480 JPEG": lambda: decode_frame(jpeg),
        "dlib engine, one frame": lambda: engine.see_all(image),
        "dlib engine, quality gate too": lambda: engine.see(image, Purpose.PUNCH),
        f"search {people:,} people": lambda: search(probe, gallery),
        "customary dlib, one frame": lambda: dlib_way(image),
    }
