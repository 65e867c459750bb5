"""Fetching model files from where their authors publish them, or from a folder, into the store."""

import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pooch
import requests  # nosemgrep: no-calls-out  (for its errors; pooch calls, the addresses of weights.py only)

from . import store
from .errors import RecognitionError, WeightsMissing
from .store import FileStatus
from .weights import Weight

CONNECT_SECONDS = 5
READ_SECONDS = 60

Say = Callable[[str], None]


class PullFailed(RecognitionError):
    """No published address gave the file."""


class Progress:
    """Says how far a download is, each tenth of the way; pooch drives it."""

    def __init__(self, name: str, say: Say) -> None:
        self._name, self._say = name, say
        self.total = 0
        self._done = 0
        self._said = 0

    def update(self, count: int) -> None:
        self._done += count
        tenths = min(10, 10 * self._done // self.total) if self.total else 0
        if tenths > self._said:
            self._said = tenths
            self._say(f"{self._name}: {10 * tenths} % of {self.total / 1e6:.1f} MB")

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """Part of what pooch expects of a progress bar."""


def pull(weight: Weight, say: Say) -> FileStatus:
    """Download one file into the store, trying its addresses in order; a failure leaves nothing behind.

    Raises PullFailed if no address gives the listed or recorded file.
    """
    for address in weight.addresses:
        say(f"{weight.name}: fetching {address}")
        try:
            return _fetch(weight, address, say)
        except (requests.RequestException, zipfile.BadZipFile, ValueError, OSError) as error:
            say(f"{weight.name}: failed: {error}")
    raise PullFailed(
        "pull_failed",
        f"{weight.name} could not be fetched from any of its {len(weight.addresses)} addresses. Fetch it on another "
        "machine and run `manage.py facemodels pull --from DIR`.",
    )


def take_from(weight: Weight, folder: Path, *, allow_unlisted: bool) -> FileStatus:
    """Take one file from a folder or its subfolders. Raises WeightsMissing, or WeightsCorrupt if it is refused."""
    found = [folder / weight.name] if (folder / weight.name).is_file() else sorted(folder.rglob(weight.name))
    if not found:
        raise WeightsMissing("weights_missing", f"{weight.name} is not in {folder}.")
    return store.take_in(weight, found[0], allow_unlisted=allow_unlisted)


def _fetch(weight: Weight, address: str, say: Say) -> FileStatus:
    store.models_dir().mkdir(parents=True, exist_ok=True)
    packed = address.endswith(".zip")
    expected = None if packed else store.expected_sum(weight)
    with tempfile.TemporaryDirectory(dir=store.models_dir()) as folder:
        pooch.get_logger().setLevel("WARNING")
        fetched = pooch.retrieve(
            address,
            known_hash=f"sha256:{expected}" if expected else None,
            fname="pack.zip" if packed else weight.name,
            path=folder,
            downloader=pooch.HTTPDownloader(
                progressbar=Progress(weight.name, say), timeout=(CONNECT_SECONDS, READ_SECONDS)
            ),
        )
        return store.take_in_download(weight, _unpacked(weight, Path(fetched)) if packed else Path(fetched))


def _unpacked(weight: Weight, pack: Path) -> Path:
    """Take one file out of a pack. Raises ValueError if it is not the listed one, before all of it is written."""
    with zipfile.ZipFile(pack) as archive:
        member = next((one for one in archive.infolist() if PurePosixPath(one.filename).name == weight.name), None)
        if member is None or member.file_size != weight.size:
            raise ValueError(f"{weight.name} is not in the pack, or not in its listed size")
        target = pack.with_name(weight.name)
        with archive.open(member) as source, target.open("wb") as out:
            shutil.copyfileobj(source, out)
    if store.sha256_of(target) != store.expected_sum(weight):
        raise ValueError(f"{weight.name} in the pack is not the listed file")
    return target
