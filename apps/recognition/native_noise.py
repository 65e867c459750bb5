"""Keeps what C libraries print about a damaged picture out of the log: libjpeg writes a line for each to stderr.

While a picture is decoded, file descriptor 2 is a scratch file. libjpeg's own lines in it are counted and told about
once a minute; whatever else was written meanwhile, by any thread, is passed on unchanged.
"""

import logging
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

_STDERR: Final = 2
_TOLD_EVERY_S: Final = 60.0
# jerror.h of libjpeg: warnings and traces; the library prints one line for the first of a picture.
_OF_LIBJPEG: Final = re.compile(
    rb"(Corrupt JPEG data: [^\n]*|Premature end of JPEG [^\n]*|Invalid SOS parameters [^\n]*|Inconsistent progression "
    rb"[^\n]*|Invalid (?:component ID|crop request|[A-Z]+ )[^\n]*|Warning: unknown JFIF [^\n]*|Unknown Adobe [^\n]*"
    rb"|Unsupported marker [^\n]*|Application transferred too many scanlines)\n"
)


class _Scratch:
    """The file that stands in for stderr in one process, and who is inside."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.file, path = tempfile.mkstemp()
        Path(path).unlink()
        self.inside = 0
        self.real = -1
        self.lines = 0
        self.told_at = -_TOLD_EVERY_S

    def enter(self) -> None:
        with self.lock:
            if self.inside == 0:
                self.real = os.dup(_STDERR)
                os.dup2(self.file, _STDERR)
            self.inside += 1

    def leave(self) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside:
                return
            os.dup2(self.real, _STDERR)
            os.close(self.real)
            written = self._written()
        if written:
            self._sort(written)

    def _written(self) -> bytes:
        length = os.lseek(self.file, 0, os.SEEK_CUR)
        if not length:
            return b""
        written = os.pread(self.file, length, 0)
        os.lseek(self.file, 0, os.SEEK_SET)
        return written

    def _sort(self, written: bytes) -> None:
        others, count = _OF_LIBJPEG.subn(b"", written)
        if others:
            os.write(_STDERR, others)
        self.lines += count
        now = time.monotonic()
        if self.lines and now - self.told_at >= _TOLD_EVERY_S:
            logger.warning("damaged pictures: libjpeg complained %d times", self.lines)
            self.lines, self.told_at = 0, now


_making = threading.Lock()
_scratch: _Scratch | None = None


@contextmanager
def counted_not_printed() -> Iterator[None]:
    """Hold back what libjpeg prints inside the block; several threads may be inside at once."""
    if sys.__stderr__ is None:  # started without one: descriptor 2 may by now be anything
        yield
        return
    scratch = _own()
    scratch.enter()
    try:
        yield
    finally:
        scratch.leave()


def _own() -> _Scratch:
    """This process's scratch file; a forked child makes its own."""
    global _scratch
    if _scratch is None or _scratch.pid != os.getpid():
        with _making:
            if _scratch is None or _scratch.pid != os.getpid():
                _scratch = _Scratch()
    return _scratch
