"""Fits the constants of apps/recognition/occlusion.py: `python -m tests.recognition.fit_occlusion`."""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import django
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

if TYPE_CHECKING:
    from apps.recognition.shapes import Image

Array = NDArray[np.float64]
PENALTY = 0.01
"""Of large weights, after each measure is scaled to one standard deviation."""


def is_tuned_on(photo: Path) -> bool:
    """Half of the people: the constants are fitted to them, the rates are counted on the others."""
    return sha256(photo.parent.name.encode() + photo.stem[:-5].encode()).digest()[0] % 2 == 0


def fitted(measured: Array, is_covered: NDArray[np.bool_]) -> tuple[Array, float]:
    """Logistic regression of (n, d), both classes weighing the same: weights (d,) and offset."""
    mean, deviation = measured.mean(axis=0), measured.std(axis=0)
    scaled, sign = (measured - mean) / deviation, np.where(is_covered, 1.0, -1.0)
    share = np.where(is_covered, 1 / is_covered.sum(), 1 / (~is_covered).sum())

    def loss(weights: Array) -> float:
        told = scaled @ weights[:-1] + weights[-1]
        return float((share * np.logaddexp(0, -sign * told)).sum() + PENALTY * (weights[:-1] ** 2).sum() / 2)

    best = minimize(loss, np.zeros(measured.shape[1] + 1)).x
    weights = best[:-1] / deviation
    return weights, float(best[-1] - weights @ mean)


def chips_by_drawing(faces: Path) -> "Iterator[tuple[Path, str, Image]]":
    """Each photo of LFW as it is and with each cover: (photo, drawing, chip), where the face is still found."""
    from apps.recognition.decoding import decode_photo
    from apps.recognition.occlusion import upright
    from apps.recognition.quality import principal

    from .detecting import mtcnn
    from .occlusions import COVERS

    finds = mtcnn()
    photos = [photo for folder in ("lfw_people", "lfw_strangers") for photo in sorted((faces / folder).rglob("*.jpg"))]
    for nth, photo in enumerate(photos):
        image = decode_photo(photo.read_bytes())
        face = principal(finds(image), image)
        if face is None:
            continue
        for drawing, draw in COVERS.items():
            spoiled = draw(image, face, nth)
            found = principal(finds(spoiled), spoiled)
            if found:
                yield photo, drawing, upright(spoiled, found.points)


def main() -> None:
    from apps.recognition.occlusion import measures
    from tests.plugins.needs import shared_folder

    rows = [
        (drawing, measures(chip))
        for photo, drawing, chip in chips_by_drawing(shared_folder() / "faces")
        if is_tuned_on(photo)
    ]
    for nth, cover in enumerate(("sunglasses", "mask")):
        is_covered = np.array([cover in drawing for drawing, _ in rows])
        weights, offset = fitted(np.array([both[nth] for _, both in rows], float), is_covered)
        print(cover, f"n={len(rows)}", np.round(weights, 2).tolist(), round(offset, 2))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attendance_site.settings")
    django.setup()
    main()
