"""A face that was deleted is out of every process's memory within a minute, whether frames come or not."""

import threading
import time
from types import SimpleNamespace

import pytest

from apps.enrollment import gallery
from apps.enrollment.gallery import KEEP_SECONDS, SWEEP_SECONDS, forget_unasked, gallery_for
from apps.organizations.tenancy import acting_for
from apps.people.erasure import Reason, erase
from tests.people.erasing import SPACE, furnish
from tests.personas import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    shown = [1000.0]
    stub = SimpleNamespace(monotonic=lambda: shown[0], sleep=time.sleep)
    monkeypatch.setattr("apps.enrollment.gallery.time", stub)
    return shown


def test_a_process_that_gets_no_frame_forgets_within_a_minute(world: World, clock: list[float]) -> None:
    canary = furnish(world)
    with acting_for(world.northwind):
        assert len(gallery_for(world.northwind, SPACE)) == 1
        erase(organization=world.northwind, person=canary.person, by=None, reason=Reason.ASKED)
    assert gallery._kept
    clock[0] += KEEP_SECONDS - SWEEP_SECONDS  # the sweep comes every SWEEP_SECONDS
    forget_unasked()
    assert not gallery._kept


def test_a_gallery_in_use_stays(world: World, clock: list[float]) -> None:
    furnish(world)
    with acting_for(world.northwind):
        for _ in range(3):
            clock[0] += KEEP_SECONDS / 2
            gallery_for(world.northwind, SPACE)
            forget_unasked()
    assert gallery._kept


def test_the_sweep_runs_once_a_gallery_was_kept(world: World) -> None:
    furnish(world)
    with acting_for(world.northwind):
        gallery_for(world.northwind, SPACE)
    assert [thread.name for thread in threading.enumerate()].count("galleries") == 1
