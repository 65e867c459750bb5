"""One knob for how much a test does: the same tests run small in `make test` and full in `make verify`."""

import os
from collections.abc import Callable

import pytest
from hypothesis import settings

FULL = os.environ.get("SCALE") == "full"
# How long one example takes says more about what else the machine does than about the code.
settings.register_profile("suite", deadline=None, max_examples=100 if FULL else 40)
settings.load_profile("suite")
if FULL:  # pytest-timeout's own variable; a test that says how long it may take keeps its word
    os.environ.setdefault("PYTEST_TIMEOUT", "900")


@pytest.fixture(scope="session")
def sized() -> Callable[[int, int], int]:
    """`sized(small, full)`: the number of people, rounds or seconds for this run."""
    return lambda small, full: full if FULL else small
