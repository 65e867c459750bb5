"""Keeps the memory of a process off the disk: what recognises faces holds keys and vectors in plain."""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4  # <linux/prctl.h>


def forbid_dumps() -> None:
    """Let this process leave no core file, and let no other process of its user read its memory (Linux)."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0 if sys.platform == "linux" else most))
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE) was refused")
