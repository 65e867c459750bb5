"""Heads in known poses: a photo laid over a generic face in three dimensions, turned, and painted far to near.

The truth is the turn away from the photo, so photos are chosen that look straight into the camera.
"""

from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from apps.recognition.shapes import Face, Image, Pose

Array = NDArray[np.float64]
Triangles = NDArray[np.intp]

MESH: Final = Path(__file__).with_name("canonical_face.obj")

POSES: Final = tuple(
    Pose(yaw, pitch, roll)
    for yaw, pitch, roll in (
        *((yaw, 0, 0) for yaw in (-45, -35, -25, -15, 0, 15, 25, 35, 45)),
        *((0, pitch, 0) for pitch in (-25, -15, 15, 25)),
        *((0, 0, roll) for roll in (-20, 20)),
        *((yaw, pitch, 0) for yaw in (-20, 20) for pitch in (-15, 15)),
    )
)
"""Nineteen: along each axis, and towards the corners."""

# Rows of the mesh. Its outline, clockwise from the forehead; the slit between the lips, which the mesh leaves open.
_OUTLINE: Final = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
_LIPS: Final = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
# What a detector's five points are on the mesh; then dlib's five: corners of the eyes, base of the nose.
_ON_MESH: Final = ((33, 133), (263, 362), (4,), (61,), (291,), (263,), (362,), (33,), (133,), (2,))
# Hair, ears and neck are a collar about the face, ever wider and further back: (widening, depth in face widths).
_COLLAR: Final = ((1.25, 0.35), (1.55, 0.65))
_AXIS_BEHIND: Final = 0.55
"""The head turns about a line this far behind the tip of the nose, in face widths."""


def rotation(pose: Pose) -> Array:
    """Return the (3, 3) matrix of a pose: x to the right, y down, z away from the camera."""
    (cy, cp, cr), (sy, sp, sr) = (turn(np.radians([pose.yaw, pose.pitch, pose.roll])) for turn in (np.cos, np.sin))
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


@cache
def generic_face() -> tuple[Array, Triangles]:
    """Return the mesh: (468, 3) with y down and z away from the camera, and its triangles (898, 3)."""
    rows = [line.split() for line in MESH.read_text().splitlines() if line[:2] in {"v ", "f "}]
    points = np.array([row[1:] for row in rows if row[0] == "v"], float) * [1, -1, -1]
    return points, np.array([row[1:] for row in rows if row[0] == "f"], int) - 1


class SyntheticHead:
    """One photo of a person looking straight, ready to be turned."""

    def __init__(self, image: Image, face: Face, dlib_points: Array) -> None:
        """Fit the mesh to a detector's five points and to dlib's, (5, 2) each, in pixels of the photo."""
        self._image = image
        mesh, triangles = generic_face()
        fitted = _fitted(mesh, np.vstack([face.points, dlib_points]))
        width = float(np.ptp(fitted[:, 0]))
        self._axis = np.array([*fitted[:, :2].mean(axis=0), width * _AXIS_BEHIND])
        self._points = np.vstack([fitted, *(_ring(fitted, self._axis, width, *ring) for ring in _COLLAR)])
        self._triangles = np.vstack([triangles, _collar_triangles(len(mesh)), _fan(_LIPS)])

    def turned(self, pose: Pose) -> Image:
        """Paint the head in a pose over the blurred photo; returns a picture of the photo's size."""
        turned = (self._points - self._axis) @ rotation(pose).T
        away = self._image.shape[1] * 2.2
        flat = turned[:, :2] * (away / (away + turned[:, 2:])) + self._axis[:2]
        picture = np.asarray(cv2.GaussianBlur(self._image, (0, 0), 25), dtype=np.uint8)
        depth = turned[self._triangles, 2].mean(axis=1)
        for triangle in self._triangles[np.argsort(-depth)]:
            _paint(picture, self._image, self._points[triangle, :2], flat[triangle])
        return picture


def _fitted(mesh: Array, seen: Array) -> Array:
    """Lay the mesh over the photo: a smooth warp in the picture's plane, depth scaled as its width is."""
    known = np.array([mesh[list(rows), :2].mean(axis=0) for rows in _ON_MESH])
    flat = RBFInterpolator(known, seen, kernel="thin_plate_spline", smoothing=1.0)(mesh[:, :2])
    depth = mesh[:, 2] * (np.ptp(flat[:, 0]) / np.ptp(mesh[:, 0]))
    return np.column_stack([flat, depth - depth.min()])


def _ring(fitted: Array, axis: Array, width: float, widening: float, depth: float) -> Array:
    outline = fitted[list(_OUTLINE)]
    return np.column_stack([axis[:2] + (outline[:, :2] - axis[:2]) * widening, outline[:, 2] + width * depth])


def _collar_triangles(start: int) -> Triangles:
    """Join the outline to the first ring of the collar, and that to the second; rings follow the mesh's rows."""
    count = len(_OUTLINE)
    rings = [list(_OUTLINE), *(list(range(start + nth * count, start + (nth + 1) * count)) for nth in range(2))]
    return np.array(
        [
            corners
            for inner, outer in zip(rings, rings[1:], strict=False)
            for i, j in ((i, (i + 1) % count) for i in range(count))
            for corners in ((inner[i], inner[j], outer[j]), (inner[i], outer[j], outer[i]))
        ]
    )


def _fan(rows: tuple[int, ...]) -> Triangles:
    return np.array([(rows[0], rows[i], rows[i + 1]) for i in range(1, len(rows) - 1)])


def _paint(picture: Image, photo: Image, source: Array, target: Array) -> None:
    """Carry one triangle of the photo to its place in the picture."""
    height, width = picture.shape[:2]
    left, top = np.maximum(np.floor(target.min(axis=0)).astype(int) - 1, 0)
    right, bottom = np.minimum(np.ceil(target.max(axis=0)).astype(int) + 2, [width, height])
    edges = np.diff(target, axis=0)
    if right <= left or bottom <= top or abs(edges[0, 0] * edges[1, 1] - edges[0, 1] * edges[1, 0]) < 0.3:
        return
    place = target - [left, top]
    carry = cv2.getAffineTransform(source.astype(np.float32), place.astype(np.float32))
    size = (int(right - left), int(bottom - top))
    patch = cv2.warpAffine(photo, carry, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    inside = np.zeros(size[::-1], np.uint8)
    cv2.fillConvexPoly(inside, np.round(place * 16).astype(np.int32), 255, lineType=cv2.LINE_8, shift=4)
    inside = cv2.dilate(inside, np.ones((2, 2), np.uint8))
    picture[top:bottom, left:right][inside > 0] = patch[inside > 0]
