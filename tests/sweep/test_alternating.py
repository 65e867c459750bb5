"""One process that serves two organizations in turn, in many threads: nobody is ever taken for the other."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings

from apps.attendance import tasks as attendance_tasks
from apps.attendance.tasks import identify_frame
from apps.organizations.models import Camera, Role
from apps.recognition import frames
from tests.sweep.actors import Actor
from tests.sweep.asking import whole
from tests.sweep.rows import CANARY, Place, found, furnish, password_of

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 6
FAST = "django.contrib.auth.hashers.MD5PasswordHasher"


@pytest.fixture
def both() -> Iterator[list[Place]]:
    with override_settings(PASSWORD_HASHERS=[FAST]):
        yield [furnish(found("Alpha")), furnish(found(CANARY))]


def in_threads(act: Callable[[int], bool], times: int) -> list[bool]:
    """Whether each was right; connections of the threads are closed."""

    def alone(number: int) -> bool:
        try:
            return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(alone, range(times)))


def test_requests_in_turn(both: list[Place], sized: Callable[[int, int], int]) -> None:
    owners = [Actor(f"owner of {place.tag}", place.users[Role.OWNER]) for place in both]
    for owner, place in zip(owners, both, strict=True):
        owner.sign_in(password_of(place.users[Role.OWNER]))

    def right(number: int) -> bool:
        own, other = both[number % 2], both[1 - number % 2]
        answer = owners[number % 2].client().get(f"/o/{own.slug}/people/")
        page = whole(answer).decode()
        return answer.status_code == 200 and f"{own.tag}-person" in page and other.tag.lower() not in page.lower()

    requests = sized(60, 300)
    assert in_threads(right, requests) == [True] * requests


def test_tasks_in_turn(both: list[Place], monkeypatch: pytest.MonkeyPatch, sized: Callable[[int, int], int]) -> None:
    answers: dict[str, Any] = {}
    monkeypatch.setattr(attendance_tasks, "send_to_channel", lambda channel, said: answers.update({channel: said}))

    def right(number: int) -> bool:
        own, other = both[number % 2], both[1 - number % 2]
        camera, is_own = (own, True) if number % 4 < 2 else (other, False)
        ticket = frames.hold(own.organization.pk, b"no picture")
        arguments = (str(own.organization.pk), str(camera.rows[Camera].pk), ticket, 1, 1, str(number))
        identify_frame(*arguments)
        return (answers[str(number)]["answer"].get("code") == "camera_retired") is not is_own

    tasks = sized(60, 200)
    assert in_threads(right, tasks) == [True] * tasks
