"""The model store: which files of numbers are here, whether they are the right ones, and how they got in.

Downloaded files lie where DeepFace itself looks when DEEPFACE_HOME is MODELS_DIR. Files that came with a Python
package stay there; what is converted from them lies under MODELS_DIR/packaged. Nothing here runs in a request.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from django.conf import settings

from .errors import EngineNotInstalled, WeightsCorrupt, WeightsMissing
from .weights import MINIFASNETS, Weight

State = Literal["ok", "missing", "corrupt", "unlisted"]


@dataclass(frozen=True)
class FileStatus:
    """What is known of one file."""

    name: str
    state: State
    """unlisted: accepted by the operator under the sha256 recorded here, though it is not the one published."""
    sha256: str | None
    path: Path

    @property
    def usable(self) -> bool:
        """Whether an engine may load it."""
        return self.state in ("ok", "unlisted")


@dataclass(frozen=True)
class Verified:
    """A file that is there and is the right one."""

    path: Path
    sha256: str


def models_dir() -> Path:
    return Path(settings.MODELS_DIR)


def packaged_dir() -> Path:
    """Where converted files are kept."""
    return models_dir() / "packaged"


def deepface_backend() -> str:
    """Return "onnx" or "tensorflow"."""
    return str(getattr(settings, "DEEPFACE_BACKEND", "onnx"))


def locate(weight: Weight) -> Path:
    """Return where a file belongs. Raises EngineNotInstalled if its package is absent."""
    if not weight.package:
        return models_dir() / ".deepface" / "weights" / weight.name
    found = importlib.util.find_spec(weight.package)
    if found is None or not found.submodule_search_locations:
        raise EngineNotInstalled(
            "engine_not_installed",
            f"The Python package {weight.package} is not installed: run `make setup`, "
            "or pip install -r requirements/packaged.txt.",
        )
    return Path(found.submodule_search_locations[0]) / weight.path


def verified(weight: Weight) -> Verified:
    """Return the file's place and sha256 after comparing it with what is listed or recorded.

    Raises WeightsMissing, WeightsCorrupt or EngineNotInstalled, each naming the command that repairs it.
    """
    status = status_of(weight)
    if status.state == "missing":
        raise WeightsMissing("weights_missing", f"{weight.name} is not in {status.path.parent}: {_repair(weight)}")
    if status.state == "corrupt" or status.sha256 is None:
        raise WeightsCorrupt(
            "weights_corrupt", f"{status.path} is not the file that was recorded for {weight.name}: {_repair(weight)}"
        )
    return Verified(status.path, status.sha256)


def status_of(weight: Weight) -> FileStatus:
    """Look at one file; reads all of it. Raises EngineNotInstalled if its package is absent."""
    return _status_of(weight, sha256_of)


def glance(weight: Weight) -> FileStatus:
    """Look at one file as `status_of` does, but read it only if its size, time or place changed since the last look."""
    return _status_of(weight, _sum_unless_changed)


def _status_of(weight: Weight, sum_of: Callable[[Path], str]) -> FileStatus:
    path = locate(weight)
    if not path.is_file():
        return FileStatus(weight.name, "missing", None, path)
    found = sum_of(path)
    if found == weight.sha256:
        return FileStatus(weight.name, "ok", found, path)
    recorded = None if weight.package else recorded_sums().get(weight.name)
    if found != recorded:
        return FileStatus(weight.name, "corrupt", found, path)
    return FileStatus(weight.name, "unlisted" if _allowed(weight.name) else "ok", found, path)


def take_in(weight: Weight, source: Path, *, allow_unlisted: bool = False) -> FileStatus:
    """Copy `source` into the store, in one rename, once its sha256 is accepted; record the sum.

    A file whose sum was neither published nor recorded here before is taken only with `allow_unlisted`.
    Raises WeightsCorrupt otherwise.
    """
    found = sha256_of(source)
    known = found in (weight.sha256, recorded_sums().get(weight.name))
    if not known and not allow_unlisted:
        raise WeightsCorrupt("weights_unlisted", _unlisted(weight, source, found))
    _place(source, locate(weight))
    if not known:
        _record(weight.name, found, unlisted=True)
    return status_of(weight)


def take_in_download(weight: Weight, source: Path) -> FileStatus:
    """Keep a file that came from its published address.

    Where no sum was ever published, the first pull is trusted and recorded, and every later one is held to it.
    """
    if expected_sum(weight) is None:
        _record(weight.name, sha256_of(source), unlisted=False)
    return take_in(weight, source)


def expected_sum(weight: Weight) -> str | None:
    """Return the sha256 a download must have: the published one, or that of the first pull, or None."""
    if weight.sha256:
        return weight.sha256
    return None if _allowed(weight.name) else recorded_sums().get(weight.name)


def recorded_sums() -> dict[str, str]:
    """Return the sums recorded on this machine, by file name."""
    return {name: entry["sha256"] for name, entry in _ledger().items() if "sha256" in entry}


def note(key: str, entry: dict[str, str]) -> None:
    """Keep a fact that is not about a file, such as an accepted licence, in the same ledger."""
    _write_entry(key, entry)


def noted(key: str) -> dict[str, str]:
    """Return what `note` kept, or an empty dict."""
    return _ledger().get(key, {})


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sum_unless_changed(path: Path) -> str:
    stat = path.stat()
    return _remembered_sum(path, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


@lru_cache(maxsize=64)
def _remembered_sum(path: Path, *_unchanged: int) -> str:
    return sha256_of(path)


def combined_sha256(files: Iterable[Verified]) -> str:
    """Return one sum for several files, whatever their order."""
    return hashlib.sha256(" ".join(sorted(file.sha256 for file in files)).encode()).hexdigest()


def _allowed(name: str) -> bool:
    return bool(_ledger().get(name, {}).get("unlisted"))


def _ledger() -> dict[str, dict[str, str]]:
    path = _ledger_path()
    if not path.is_file():
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _ledger_damaged(path) from error
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise _ledger_damaged(path)
    return entries


def _ledger_damaged(path: Path) -> WeightsCorrupt:
    return WeightsCorrupt(
        "ledger_damaged",
        f"{path.name} in the model store cannot be read. Restore it from a backup, or remove it and run "
        "`manage.py facemodels pull` again.",
    )


def _ledger_path() -> Path:
    return models_dir() / "recorded.json"


def _record(name: str, sha256: str, *, unlisted: bool) -> None:
    _write_entry(name, {"sha256": sha256} | ({"unlisted": "yes"} if unlisted else {}))


def _write_entry(key: str, entry: dict[str, str]) -> None:
    models_dir().mkdir(parents=True, exist_ok=True)
    with (models_dir() / "recorded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two pulls at once would each forget what the other recorded
        text = json.dumps(_ledger() | {key: entry}, indent=1, sort_keys=True)
        write_atomically(_ledger_path(), lambda part: part.write_text(text, encoding="utf-8"))


def _place(source: Path, target: Path) -> None:
    write_atomically(target, lambda part: shutil.copyfile(source, part))


def write_atomically(target: Path, write: Callable[[Path], object], mode: int = 0o644) -> None:
    """Let `write` fill a file beside the target, then put it in its place in one rename, never with another mode."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    os.close(descriptor)
    unfinished = Path(name)
    try:
        write(unfinished)
        unfinished.chmod(mode)  # mkstemp keeps files to one account; workers may run under another
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _repair(weight: Weight) -> str:
    if weight.package:
        return f"reinstall the Python package {weight.package} (pip install --force-reinstall {weight.package})."
    which = " --liveness" if weight.name in MINIFASNETS else ""
    return f"run `manage.py facemodels pull{which}`, or with --from DIR where there is no network."


def _unlisted(weight: Weight, source: Path, found: str) -> str:
    expected = weight.sha256 or recorded_sums().get(weight.name)
    listed = f"{expected} is expected" if expected else "none was ever recorded"
    follows = (
        "what it makes of pictures was not measured by us"
        if weight.name in MINIFASNETS
        else "vectors made with it get a space of their own and are never compared with others"
    )
    return (
        f"{source} has sha256 {found}, but for {weight.name} {listed}. If you trust this file, say "
        f"--allow-unlisted: {follows}."
    )
