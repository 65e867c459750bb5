"""Real faces for the room: the packaged engine loaded once, and each frame's vector computed once."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings

from apps.attendance.socket_client import session_cookie
from apps.attendance.walk import SAMPLES, Sample, jittered
from apps.enrollment import selectors, services
from apps.enrollment.engine_choice import choose_engine
from apps.enrollment.models import Consent, EnrollmentSession, Reference
from apps.organizations.models import Organization, Role
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.recognition.engine import Engine, engine_named
from apps.recognition.shapes import Image, Probe, Purpose
from attendance_site.celery import app
from tests.personas import World
from tests.recognition.pictures import has_samples, portrait

ENGINE = "dlib"
Enroll = Callable[[Person, str], EnrollmentSession]


@pytest.fixture(scope="session")
def dlib() -> Engine:
    """The engine that needs no download."""
    if not has_samples():
        pytest.skip("needs the sample photos of @vladmandic/face-api: npm ci")
    return engine_named(ENGINE)


@pytest.fixture
def engine(dlib: Engine, db: None) -> Engine:
    """The same, chosen as the deployment's."""
    choose_engine(ENGINE)
    return dlib


@cache
def frame_of(face: str, shift: int = 0) -> Image:
    return portrait(face, shift=shift)


@cache
def probe_of(face: str, shift: int = 0) -> Probe:
    """The vector of one enrolment frame of this face."""
    seen = engine_named(ENGINE).see(frame_of(face, shift), Purpose.ENROLL)
    assert isinstance(seen, Probe), seen
    return seen


def agree(organization: Organization, person: Person) -> Consent:
    text = services.consent_text(organization=organization)
    return services.give_consent(organization=organization, person=person, text=text, signature=person.name)


def opened(organization: Organization, person: Person, kind: str = EnrollmentSession.Kind.STILL) -> EnrollmentSession:
    """A visit of somebody who agreed; most tests show faces that look straight."""
    consent = agree(organization, person)
    return services.start_session(organization=organization, person=person, consent=consent, kind=kind)


@pytest.fixture
def session(northwind: World) -> EnrollmentSession:
    """Priya agreed and stands in front of the camera."""
    return opened(northwind.northwind, northwind.person)


@pytest.fixture
def enroll(engine: Engine) -> Enroll:
    """`enroll(person, "ann")`: two active references of this face."""

    def make(person: Person, face: str) -> EnrollmentSession:
        with acting_for(person.organization_id):
            session = opened(person.organization, person)
            for shift in (0, 5):
                services.add_draft(organization=person.organization, session=session, probe=probe_of(face, shift))
            services.complete_session(organization=person.organization, session=session)
        return session

    return make


def add_person(organization: Organization, number: str) -> Person:
    return Person.objects.create(
        organization=organization, external_id=number, given_name="Ann", family_name=f"Example {number}"
    )


def references() -> list[tuple[str, bool]]:
    """(person number, active) of every frame that was kept of whoever is acted for; not what was made of them."""
    return sorted(selectors.taken(Reference.objects.all()).values_list("person__external_id", "is_active"))


@cache
def faces(sample: Sample = SAMPLES[0]) -> list[bytes]:
    """A sample face, cut a little differently each time: what the walk sends."""
    return [jpeg for jpeg, _ in zip(jittered(sample, engine_named(ENGINE)), range(8), strict=False)]


@pytest.fixture
def visit(world: World, engine: Engine) -> EnrollmentSession:
    """Priya agreed, and the camera page is open."""
    faces()
    with acting_for(world.northwind):
        return opened(world.northwind, world.person)


@pytest.fixture
def operator(world: World) -> str:
    return session_cookie(world.bob_as(Role.OPERATOR))


def path_of(session: EnrollmentSession, slug: str = "northwind") -> str:
    return f"/ws/o/{slug}/enrollments/{session.pk}/"


@pytest.fixture(scope="module")
def worker() -> Iterator[None]:
    """A Celery worker on the real broker in the full mode; embedded, the frame's own thread does its work."""
    if settings.EMBEDDED:
        yield
        return
    app.control.purge()
    with start_worker(app, pool="solo", queues=["frames"], perform_ping_check=False, loglevel="ERROR"):
        yield
