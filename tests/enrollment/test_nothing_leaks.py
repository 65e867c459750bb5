"""After a person was enrolled, recognised, and a stranger refused: no picture and no vector lies anywhere."""

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from apps.attendance.approach import SPREAD_MS
from apps.attendance.models import ApproachTally, Punch
from apps.attendance.walk import VISITOR
from apps.enrollment import capture
from apps.enrollment.gallery import gallery_for
from apps.enrollment.models import EnrollmentSession
from apps.organizations.tenancy import acting_for
from apps.recognition.decoding import decode_frame
from apps.recognition.engine import Engine
from apps.recognition.shapes import Probe, Purpose, Vector
from tests.house.leak_scan import all_places, leaks
from tests.personas import World

from .camera import Camera
from .conftest import faces, path_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker")]


async def walk(world: World, visit: EnrollmentSession, operator: str) -> list[str]:
    """Enroll, punch, refuse a stranger; returns the last state of each."""
    async with Camera(path_of(visit), operator) as camera:
        await camera.heard()
        enrolled = await camera.show_until(faces(), "complete", pause=capture.SPREAD_SECONDS)
    async with Camera(f"/ws/o/northwind/cameras/{world.camera.pk}/", operator) as kiosk:
        await kiosk.heard()
        pause = SPREAD_MS / 1000
        known = await kiosk.show_until(faces(), "recognised", pause=pause, track=1)
        stranger = await kiosk.show_until(faces(VISITOR), "unknown", pause=pause, track=2)
    return [answer["state"] for answer in (enrolled, known, stranger)]


def known_vectors(world: World, engine: Engine) -> list[Vector]:
    """Every vector the walk computed, and the template made of them."""
    seen = [engine.see(decode_frame(jpeg), purpose) for purpose in Purpose for jpeg in (*faces(), *faces(VISITOR))]
    with acting_for(world.northwind):
        templates = gallery_for(world.northwind, engine.space).matrix
    return [*(probe.vector for probe in seen if isinstance(probe, Probe)), *np.asarray(templates)]


def found_afterwards(world: World, engine: Engine) -> tuple[list[str], int, int]:
    vectors = known_vectors(world, engine)
    with acting_for(world.northwind):
        rows = Punch.objects.count(), sum(ApproachTally.objects.values_list("count", flat=True))
    found = leaks(all_places(), vectors)
    connection.close()
    return found, *rows


async def test_a_walk_leaves_rows_and_nothing_of_a_face(
    world: World, visit: EnrollmentSession, operator: str, engine: Engine
) -> None:
    assert await walk(world, visit, operator) == ["complete", "recognised", "unknown"]
    assert await sync_to_async(found_afterwards)(world, engine) == ([], 1, 1)
