"""The converted files: made once into the model store, found again by their own hash, remade if damaged.

The name of a converted file carries the sha256 of its source, the recipe's version and the sha256 of its own
bytes, so one rename publishes it, a damaged copy is noticed, and two processes converting at once agree.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import dlib
import joblib
import numpy as np
from numpy.typing import NDArray

from ..errors import WeightsCorrupt
from ..sessions import Array, Net
from ..shapes import Image
from . import dlib_net, mtcnn_nets, mtcnn_reference

RECIPE = 1
"""Raise it when a conversion changes, or machines would keep the old result."""

DLIB_TOLERANCE = 1e-5
MTCNN_TOLERANCE = 1e-4


def converted(source: Path, source_sha256: str, folder: Path) -> Path:
    """Return the ONNX form of `source`, whose sha256 the caller has verified; convert and prove it if need be.

    `source` is one of MTCNN's three .lz4 files or dlib's .dat. Raises WeightsCorrupt if the result differs
    from the original network.
    """
    stem = f"{source.stem}.{source_sha256[:12]}.r{RECIPE}"
    for candidate in sorted(folder.glob(f"{stem}.*.onnx")):
        if candidate.name == _name(stem, candidate.read_bytes()):
            return candidate
    model, prove = _convert(source)
    return _publish(model, prove, stem, folder)


def _name(stem: str, model: bytes) -> str:
    return f"{stem}.{hashlib.sha256(model).hexdigest()[:16]}.onnx"


def _publish(model: bytes, prove: Callable[[Net], None], stem: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(model)
        prove(Net(Path(unfinished)))
        Path(unfinished).chmod(0o644)  # mkstemp keeps files to one account; workers may run under another
        return Path(unfinished).replace(folder / _name(stem, model))
    finally:
        Path(unfinished).unlink(missing_ok=True)


def _convert(source: Path) -> tuple[bytes, Callable[[Net], None]]:
    if source.suffix == ".dat":
        return dlib_net.convert(source.read_bytes()), lambda net: _prove_dlib(net, source)
    # joblib reads a pickle: only ever from the installed package, and only after its sha256 was compared.
    arrays = joblib.load(source)
    return mtcnn_nets.convert(source.stem, arrays), lambda net: _prove_mtcnn(net, source.stem, arrays)


def _prove_dlib(net: Net, source: Path) -> None:
    original = dlib.face_recognition_model_v1(str(source))
    chips = _smooth_noise(2, 150)
    expected = np.array([original.compute_face_descriptor(chip) for chip in chips])
    _compare("dlib's network", net(chips)[0], expected, DLIB_TOLERANCE)


def _prove_mtcnn(net: Net, name: str, arrays: mtcnn_nets.Arrays) -> None:
    side = mtcnn_nets.PLANS[name].side or 37
    pictures = np.asarray((_smooth_noise(3, side).astype(np.float32) - 127.5) / 128, dtype=np.float32)
    expected = mtcnn_reference.forward(name, arrays, pictures)
    for result, wanted in zip(net(pictures), expected, strict=True):
        _compare(f"MTCNN's {name}", result, wanted, MTCNN_TOLERANCE)


def _smooth_noise(count: int, side: int) -> Image:
    """Pictures (count, side, side, 3) that are the same everywhere and have coarse and fine structure."""
    random = np.random.default_rng(5)
    coarse = random.integers(0, 200, (count, -(-side // 8), -(-side // 8), 3))
    blocks = coarse.repeat(8, axis=1).repeat(8, axis=2)[:, :side, :side]
    return np.asarray(blocks + random.integers(0, 56, blocks.shape), dtype=np.uint8)


def _compare(what: str, result: Array, wanted: NDArray[np.float64], tolerance: float) -> None:
    difference = float(np.abs(result - wanted).max())
    if not difference <= tolerance:
        raise WeightsCorrupt(
            "conversion_differs",
            f"The conversion of {what} differs from the original by {difference:.1e} (at most {tolerance:.0e}): "
            "reinstall the packages of requirements/packaged.txt and start again.",
        )
