"""Which calibration holds for an engine: the operator's for the very space, else the shipped one, else none.

A file is read again when it changed, so a calibration made while the product runs holds from the next frame on.
"""

import logging
from functools import lru_cache
from pathlib import Path

from .. import store
from ..registry import Entry, entry_named
from ..shapes import Target, Thresholds
from ..thresholds import Calibration
from .measured import CalibrationUnreadable, Measured, from_json, to_json

SHIPPED = Path(__file__).resolve().parent.parent / "calibrations"

log = logging.getLogger(__name__)


def for_space(entry: Entry, space: str) -> Measured | Calibration:
    """Return the calibration of an engine whose weights are loaded: this very space's, or the provisional one."""
    own = _read(_operators(entry.name, space))
    return own if own and own.space == space else _shipped(entry, space) or entry.calibration


def for_engine(entry: Entry) -> Measured | Calibration:
    """Return what is known without reading any weights: the operator's newest, the shipped one, or the provisional.

    Whether the weights are still those it was made with is asked when the engine is loaded: `for_space`.
    """
    found = [one for path in _folder().glob(f"{entry.name}@*.json") if (one := _read(path))]
    if found:
        return max(found, key=lambda one: one.made_on)
    return _shipped(entry, None) or entry.calibration


def thresholds_of(name: str, people: int, target: Target = Target.ONE) -> Thresholds:
    """Return an engine's lines without loading it. Raises EngineUnknown."""
    return for_engine(entry_named(name)).at(people, target)


def keep(measured: Measured) -> Path:
    """Write the operator's calibration into the model store, whole or not at all; return where."""
    path = _operators(measured.engine, measured.space)
    store.write_atomically(path, lambda part: part.write_text(to_json(measured), encoding="utf-8"))
    return path


def _folder() -> Path:
    return store.models_dir() / "calibrations"


def _operators(name: str, space: str) -> Path:
    """Spaces of one engine differ in the sum of their weights, which ends their names."""
    return _folder() / f"{name}@{space.rsplit('/', 1)[-1]}.json"


def _shipped(entry: Entry, space: str | None) -> Measured | None:
    """What came with the product, if it is for these weights."""
    measured = _read(SHIPPED / f"{entry.name}.json")
    return measured if measured and space in (None, measured.space) else None


def _read(path: Path) -> Measured | None:
    """Return what the file holds; None where there is none or it is damaged: then the engine asks, it never guesses."""
    try:
        return _parsed(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None
    except CalibrationUnreadable as error:
        log.error("%s: %s [%s]", path.name, error.message, error.code)
        return None


@lru_cache(maxsize=64)
def _parsed(path: Path, changed_ns: int) -> Measured:
    return from_json(path.read_text(encoding="utf-8"))
