"""Real faces for the room: the packaged engine loaded once, people enrolled with vectors it computed."""

import os
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from channels.layers import channel_layers

from apps.attendance import approach
from apps.attendance.socket_client import session_cookie
from apps.enrollment import services as enrollment
from apps.enrollment.engine_choice import choose_engine
from apps.enrollment.photo_import import consent_on_paper
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.recognition.calibration import finding
from apps.recognition.engine import Engine, engine_named
from apps.recognition.shapes import Probe, Purpose
from apps.recognition.short_store import MemoryStore, RedisStore, ShortStore
from attendance_site.celery import app
from tests.personas import World
from tests.recognition.pictures import FACES, has_samples, jpeg, portrait

SHIFTS = (0, 5, -5, 9, -9, 3)
PACKAGED = "dlib"

Enroll = Callable[[Person, str], None]


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine that needs no download."""
    if not has_samples():
        pytest.skip("needs the sample photos of @vladmandic/face-api: npm ci")
    return engine_named(PACKAGED)


@cache
def reference_of(face: str, shift: int = 0) -> Probe:
    """The vector of one enrolment frame of this face."""
    seen = engine_named(PACKAGED).see(portrait(face, shift=shift), Purpose.ENROLL)
    assert isinstance(seen, Probe), seen
    return seen


@cache
def frames_of(face: str) -> tuple[bytes, ...]:
    """JPEGs of this face, each cut a little differently."""
    assert face in FACES
    return tuple(jpeg(portrait(face, shift=shift)) for shift in SHIFTS)


@pytest.fixture
def enroll(engine: Engine, world: World) -> Enroll:
    """`enroll(person, "ann")`: two references of this face, active; the engine is chosen too."""
    choose_engine(PACKAGED)

    def make(person: Person, face: str) -> None:
        with acting_for(person.organization_id):
            organization = person.organization
            consent = consent_on_paper(organization, person, "form 1")
            session = enrollment.start_session(organization=organization, person=person, consent=consent)
            for shift in (0, 5):
                enrollment.add_draft(organization=organization, session=session, probe=reference_of(face, shift))
            enrollment.complete_session(organization=organization, session=session)

    return make


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames need not lie half a second apart; a test about that does not ask for this."""
    monkeypatch.setattr(approach, "SPREAD_MS", 0)


@pytest.fixture
def eager() -> Iterator[None]:
    """A worker in this process, in the full mode too: tests of the socket need no second program."""
    kept = {name: app.conf[name] for name in ("task_always_eager", "task_eager_propagates")}
    app.conf.update(task_always_eager=True, task_eager_propagates=False)
    channel_layers.backends.clear()  # a layer's lock belongs to the loop of the test that used it
    yield
    app.conf.update(kept)


@pytest.fixture
def operator(world: World) -> str:
    """Bob's session, who operates Northwind's cameras."""
    return session_cookie(world.bob_as(Role.OPERATOR))


@pytest.fixture
def uncalibrated(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same engine, as if nobody had measured its lines: every match must be confirmed."""
    monkeypatch.setattr(finding, "_shipped", lambda *_: None)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.services)])
def either_store(request: pytest.FixtureRequest) -> ShortStore:
    """The short store of the embedded mode, and that of the full one."""
    return MemoryStore() if request.param == "memory" else RedisStore(os.environ["REDIS_URL"])
