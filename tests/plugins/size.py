"""One knob for how much a test does: the same tests run small in `make test` and full in `make verify`."""

import os
from collections.abc import Callable

import pytest

FULL = os.environ.get("SCALE") == "full"


@pytest.fixture(scope="session")
def sized() -> Callable[[int, int], int]:
    """`sized(small, full)`: the number of people, rounds or seconds for this run."""
    return lambda small, full: full if FULL else small
