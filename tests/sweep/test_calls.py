"""Every function that takes its organization first, called for A with B's rows: nothing of B is told or written."""

import pytest

from tests.sweep.calls import NOT_CALLED, Caller, calls, functions
from tests.sweep.oracle import Oracle
from tests.sweep.rows import Place
from tests.sweep.scenes import scenes

pytestmark = pytest.mark.django_db


def test_no_function_called_for_a_tells_or_changes_b(
    places: tuple[Place, Place], capsys: pytest.CaptureFixture[str]
) -> None:
    caller = Caller(Oracle(*places))
    every = [*calls(*places), *scenes(*places)]
    leaks = {call.name: sorted(shown) for call in every if (shown := caller.shown(call) - {"told apart"})}
    with capsys.disabled():
        print(f"\ncalls: {len(functions()) - len(NOT_CALLED)} functions, {len(every)} calls, {len(leaks)} leaks")
    assert leaks == {}


def test_no_review_outlived_its_function() -> None:
    assert set(NOT_CALLED) <= set(functions())
