"""A kiosk under a liveness policy, its passive test answering as a test says or with the real networks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.attendance.models import ApproachTally, Punch, Sighting
from apps.organizations.models import Camera, OrganizationModel, Site
from apps.organizations.tenancy import acting_for
from apps.recognition.liveness import passive
from apps.recognition.shapes import Refusal
from tests.personas import World


@dataclass
class Eye:
    """Stands for the two networks: the next frames' p_real, or why a frame cannot be judged."""

    answers: Iterator[float | Refusal] = field(default_factory=lambda: cycle([0.99]))

    def sees(self, *answers: float | Refusal) -> None:
        self.answers = cycle(answers)

    def p_real(self, *_: Any) -> float | Refusal:
        return next(self.answers)


@pytest.fixture
def eye(monkeypatch: pytest.MonkeyPatch) -> Eye:
    """The passive test is installed and finds every face live, unless a test says otherwise."""
    made = Eye()
    monkeypatch.setattr(passive, "passive_installed", lambda: True)
    monkeypatch.setattr("apps.attendance.kiosk.passive_installed", lambda: True)
    monkeypatch.setattr(passive, "p_real", made.p_real)
    return made


def _demand(world: World, policy: str, *, faces: int = 1, frames: int = 3) -> None:
    with acting_for(world.northwind):
        Site.objects.filter(pk=world.site.pk).update(liveness_policy=policy, frames_per_decision=frames)
        Camera.objects.filter(pk=world.camera.pk).update(faces_per_frame=faces)


def _rows(world: World, model: type[OrganizationModel], *fields: str) -> list[tuple[Any, ...]]:
    with acting_for(world.northwind):
        return list(model.objects.order_by("pk").values_list(*fields))


demand = sync_to_async(_demand)


async def punches(world: World) -> list[tuple[Any, ...]]:
    """(source, liveness, review) of each punch."""
    return await sync_to_async(_rows)(world, Punch, "source", "liveness", "review")


async def sightings(world: World) -> list[tuple[Any, ...]]:
    """(code, p_real) of each sighting."""
    return await sync_to_async(_rows)(world, Sighting, "code", "p_real")


async def tallies(world: World) -> dict[str, int]:
    return dict(await sync_to_async(_rows)(world, ApproachTally, "code", "count"))
