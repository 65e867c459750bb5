"""People of the shared webcam clips: enrolled with frames of their own clip, shown to a kiosk, turned as asked."""

import asyncio
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from django.test import override_settings

from apps.enrollment import services as enrollment
from apps.enrollment.engine_choice import choose_engine
from apps.enrollment.photo_import import consent_on_paper
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.recognition import store
from apps.recognition.engine import engine_named
from apps.recognition.shapes import Image, Pose, Probe, Purpose
from apps.recognition.weights import MINIFASNETS, WEIGHTS
from tests.attendance.sockets import Message, Socket
from tests.plugins.needs import shared_folder
from tests.recognition.clips import frames_of
from tests.recognition.detecting import dlib_points
from tests.recognition.flat_pictures import on_a_phone
from tests.recognition.pictures import jpeg
from tests.recognition.synthetic_heads import SyntheticHead

# What the packaged detector reads as 19 to 26 degrees aside (this painted head's left is read flatter than its right).
TURNS = {
    "left": Pose(-40, 0, 0),
    "right": Pose(28, 0, 0),
    "up": Pose(0, -20, 0),
    "down": Pose(0, 20, 0),
}
READING_SECONDS = 0.7


@cache
def clip_frames(clip: str, every: int = 12, most: int = 8) -> tuple[Image, ...]:
    """Spread frames of a shared clip."""
    return tuple(frames_of(shared_folder() / "camera" / clip, every=every, most=most))


def enroll_from(person: Person, clip: str) -> None:
    """Two references of the person, from frames of their clip; the engine is chosen too."""
    choose_engine("dlib")
    with acting_for(person.organization_id):
        consent = consent_on_paper(person.organization, person, "form 1")
        session = enrollment.start_session(organization=person.organization, person=person, consent=consent)
        for image in clip_frames(clip)[-2:]:
            seen = engine_named("dlib").see(image, Purpose.ENROLL)
            assert isinstance(seen, Probe), seen
            enrollment.add_draft(organization=person.organization, session=session, probe=seen)
        enrollment.complete_session(organization=person.organization, session=session)


@cache
def turned(clip: str, step: str) -> Image:
    """The first frame of the clip with its head turned: a face laid over a mesh in three dimensions.

    The passive test believes it to the sides and up (.96 to .99), but not down (.30).
    """
    straight = clip_frames(clip)[0]
    if step == "front":
        return straight
    (face, *_) = engine_named("dlib").faces(straight)
    return SyntheticHead(straight, face, dlib_points(straight, face)).turned(TURNS[step])


def unlike(image: Image, number: int) -> bytes:
    """A JPEG of the picture with the noise of a camera: no two are the same bytes."""
    noise = np.random.default_rng(number).normal(0, 1.5, image.shape)
    return jpeg(np.asarray(np.clip(image + noise, 0, 255), dtype=np.uint8), 90)


@cache
def played(clip: str, step: str) -> Image:
    """The same on a phone that is held up."""
    (face, *_) = engine_named("dlib").faces(turned(clip, step))
    return on_a_phone(turned(clip, step), face.box)


async def obey(
    kiosk: Socket,
    clip: str,
    challenge: Message,
    instead: Mapping[str, str] | None = None,
    shown: Callable[[str, str], Image] = turned,
) -> Message:
    """Turn as each answer asks, as somebody would who reads first; the answer that ends it, or asks once more.

    `instead` says what is done in place of what is asked, `shown` what the camera sees of it.
    """
    answer, number = challenge, 0
    while answer["state"] == "challenge":
        step = answer["step"]
        await asyncio.sleep(0 if step == "front" else READING_SECONDS)
        while answer["state"] == "challenge" and answer["step"] == step:
            number += 1
            picture = shown(clip, (instead or {}).get(step, step))
            answer = await kiosk.frame(unlike(picture, number), nonce=challenge["nonce"])
            if answer.get("nonce", challenge["nonce"]) != challenge["nonce"]:
                return answer
            await asyncio.sleep(0.05)
    return answer


@pytest.fixture
def passive_files(tmp_path: Path, settings: pytest.FixtureRequest) -> Path:
    """A model store that holds the two networks of the passive test."""
    with override_settings(MODELS_DIR=tmp_path):
        for name in MINIFASNETS:
            store.take_in(WEIGHTS[name], shared_folder() / "models" / name, allow_unlisted=True)
    settings.MODELS_DIR = tmp_path  # type: ignore[attr-defined]
    return tmp_path
