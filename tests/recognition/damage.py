"""What can happen to a model file on a disk, done to its bytes; and a copy of the packages that carry some."""

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.recognition.weights import WEIGHTS

Damage = Callable[[Path], None]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def one_bit_flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def lengthened(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def copy_packages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy the model files of mtcnn and face_recognition_models, so that the copies are found, and may be damaged."""
    for package in ("mtcnn", "face_recognition_models"):
        found = importlib.util.find_spec(package)
        assert found and found.submodule_search_locations
        source = Path(found.submodule_search_locations[0])
        for weight in (one for one in WEIGHTS.values() if one.package == package):
            target = folder / package / weight.path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / weight.path, target)
        (folder / package / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
