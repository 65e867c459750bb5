"""The ends of the chains, kept outside the database: a tail cut off there is still known here.

One small file a chain, replaced as a whole, and one log line. It moves only along a chain that still holds the row it
stands at; otherwise it stays, for `verify_audit` to name what is gone.
"""

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

log = logging.getLogger("audit")
CODE_IN_A_LINE = 16  # the beginning: whole codes look like secrets to what cleans log lines


@dataclass(frozen=True, slots=True)
class End:
    """Where a chain ends: the number and the code of its newest row."""

    sequence: int
    mac: str


def read_anchor(chain: str, folder: Path | None = None) -> End | None:
    """The end that was kept for this chain; None for none. Raises ValueError for a file that is not one of ours."""
    try:
        kept = json.loads(_file(chain, folder).read_text())
        return End(int(kept["sequence"]), str(kept["mac"]))
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(f"{_file(chain, folder)} is not an anchor") from error


def anchored_chains(folder: Path | None = None) -> list[str]:
    """The names of the chains that have a file."""
    return sorted(file.stem for file in (folder or settings.AUDIT_ANCHORS).glob("*.json"))


def anchor(chain: str, before: End, end: End, holds: Callable[[End], bool]) -> None:
    """Keep this end, reached from `before`; a failure is logged and costs nobody their act.

    `holds` tells whether the chain holds a row: asked only where the kept end is not the one that was built on.
    """
    try:
        with _alone():
            kept = read_anchor(chain)
            if kept and kept != before and not holds(kept):
                log.error("chain %s does not hold its anchored row %d: run verify_audit", chain, kept.sequence)
            elif kept is None or kept.sequence < end.sequence:
                _write(_file(chain), asdict(end))
                log.info("chain %s ends at %d %s", chain, end.sequence, end.mac[:CODE_IN_A_LINE])
    except (OSError, ValueError):
        log.exception("the end of chain %s could not be kept outside the database", chain)


@dataclass(frozen=True, slots=True)
class Note:
    """When a chain was last read from end to end, how many rows it had, and what was wrong."""

    at: datetime
    rows: int
    fault: str


def note_verified(chain: str, rows: int, fault: str) -> None:
    """Keep what the newest reading of a chain came to, for its page to show."""
    try:
        with _alone():
            _write(_note_file(chain), {"at": timezone.now().isoformat(), "rows": rows, "fault": fault})
    except OSError:
        log.exception("what reading chain %s came to could not be kept", chain)


def last_verified(chain: str) -> Note | None:
    """What the newest reading came to; None where there was none on this machine."""
    try:
        kept = json.loads(_note_file(chain).read_text())
        return Note(datetime.fromisoformat(kept["at"]), int(kept["rows"]), str(kept["fault"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _note_file(chain: str) -> Path:
    return _file(chain).with_suffix(".verified")


def _file(chain: str, folder: Path | None = None) -> Path:
    return Path(folder or settings.AUDIT_ANCHORS) / f"{chain}.json"


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: reading and replacing must not cross another's."""
    folder = Path(settings.AUDIT_ANCHORS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(file: Path, kept: dict[str, Any]) -> None:
    fresh = file.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(kept, out)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
