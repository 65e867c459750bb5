"""The walk, played without a camera: enroll faces from sample photos, punch with them, refuse a stranger.

The photos come inside the installed npm package of face-api; each frame is the same picture cut a little
differently. So this shows that every part works together. It says nothing about accuracy.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from django.conf import settings

from apps.attendance.approach import SPREAD_MS
from apps.attendance.clips import as_jpeg
from apps.attendance.socket_client import CameraClient, session_cookie
from apps.enrollment.engine_choice import chosen_engine
from apps.enrollment.models import EnrollmentSession
from apps.enrollment.photo_import import consent_on_paper
from apps.enrollment.services import start_session
from apps.organizations.models import Camera, Organization, User
from apps.people.models import Person
from apps.recognition.decoding import decode_photo
from apps.recognition.engine import Engine
from apps.recognition.shapes import Face, Image

STILL = EnrollmentSession.Kind.STILL  # photos turn no head
PHOTOS = Path("node_modules") / "@vladmandic" / "face-api" / "demo"
SIDE = 480
MOST_FRAMES = 40
STRANGER = "A stranger"
DECISIONS = {"recognised", "already", "unknown", "confirm", "closed"}


@dataclass(frozen=True, slots=True)
class Sample:
    """A face of a sample photo: which photo, and which face of it from the largest."""

    number: str
    given_name: str
    family_name: str
    photo: str
    rank: int


SAMPLES = (
    Sample("E-1001", "Sasha", "Okafor", "sample1.jpg", 0),
    Sample("E-1002", "Robin", "Lindqvist", "sample6.jpg", 0),
    Sample("E-1003", "Noa", "Castellano", "sample4.jpg", 3),
)
VISITOR = Sample("", STRANGER, "", "sample2.jpg", 0)


class WalkFailed(RuntimeError):
    """A step ended otherwise than it must; the message names the step."""


Say = Callable[[str], None]


@dataclass(slots=True)
class Walk:
    """One play of the walk against a running server."""

    organization: Organization
    camera: Camera
    user: User
    base_url: str
    say: Say

    def play(self, people: list[Person]) -> None:
        """Enroll these people with the samples' faces, punch each, refuse the visitor. Raises WalkFailed."""
        cookie = session_cookie(self.user)
        for person, sample in zip(people, SAMPLES, strict=True):
            self._enroll(person, sample, cookie)
        path = f"/ws/o/{self.organization.slug}/cameras/{self.camera.pk}/"
        with CameraClient(self.base_url, path, cookie) as kiosk:
            for track, (person, sample) in enumerate(zip(people, SAMPLES, strict=True), start=1):
                self._punch(kiosk, person.name, sample, track, {"recognised"})
            self._punch(kiosk, people[0].name, SAMPLES[0], len(SAMPLES) + 1, {"already"})
            self._punch(kiosk, STRANGER, VISITOR, len(SAMPLES) + 2, {"unknown"})

    def _enroll(self, person: Person, sample: Sample, cookie: str) -> None:
        consent = consent_on_paper(self.organization, person, "sample photo, nobody's real consent")
        session = start_session(
            organization=self.organization, person=person, consent=consent, started_by=self.user, kind=STILL
        )
        path = f"/ws/o/{self.organization.slug}/enrollments/{session.pk}/"
        started = time.perf_counter()
        with CameraClient(self.base_url, path, cookie) as capture:
            answer = _until(capture, jittered(sample, chosen_engine()), 1, {"complete", "refused", "closed"})
        _expect(f"enrolling {person.name}", answer, {"complete"})
        spent = (time.perf_counter() - started) * 1000
        self.say(f"  enrolled    {person.name}: {answer['accepted']} frames, {spent:.0f} ms")

    def _punch(self, kiosk: CameraClient, name: str, sample: Sample, track: int, wanted: set[str]) -> None:
        started = time.perf_counter()
        answer = _until(kiosk, jittered(sample, chosen_engine()), track, DECISIONS)
        if answer["state"] == "confirm":
            answer = {**kiosk.send_command(t="confirm", approach=answer["approach"], answer="yes"), "ms": answer["ms"]}
        _expect(name, answer, wanted)
        spent = (time.perf_counter() - started) * 1000
        said = {"recognised": "accepted", "already": "already in", "unknown": "refused"}[answer["state"]]
        seen = f" seen as {answer['name']}, {answer['direction']} {answer['time']}" if "name" in answer else ""
        self.say(f"  {said:<11} {name}{seen}: decided in {spent:.0f} ms, last frame {answer['ms']:.0f} ms")


def sample_photos() -> Path:
    return settings.BASE_DIR / PHOTOS


def jittered(sample: Sample, engine: Engine) -> Iterator[bytes]:
    """Frames of one face: the same picture moved, turned and lit a little differently each time."""
    picture = decode_photo((sample_photos() / sample.photo).read_bytes())
    face = engine.faces(picture)[sample.rank]
    chance = np.random.default_rng(7)
    for _ in range(MOST_FRAMES):
        yield as_jpeg(_cut(picture, face, chance))


def _cut(picture: Image, face: Face, chance: np.random.Generator) -> Image:
    x, y, width, height = face.box
    scale = SIDE / (max(width, height) * chance.uniform(1.65, 1.8))
    centre = (x + width / 2, y + height / 2)
    upright = float(np.degrees(np.arctan2(*(face.points[1] - face.points[0])[::-1])))  # one of them leans by 44 degrees
    angle = upright + float(chance.uniform(-3, 3))
    turn = np.asarray(cv2.getRotationMatrix2D(centre, angle, float(scale)), dtype=np.float64)
    turn[:, 2] += SIDE / 2 - np.array(centre) + chance.uniform(-8, 8, 2)
    cut = cv2.warpAffine(picture, turn, (SIDE, SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(cut * chance.uniform(0.92, 1.06), 0, 255), dtype=np.uint8)


def _until(client: CameraClient, pictures: Iterator[bytes], track: int, ends: set[str]) -> dict[str, Any]:
    answer: dict[str, Any] = {"state": "nothing"}
    for jpeg in pictures:
        answer = client.send_frame(jpeg, track)
        if answer.get("state") in ends:
            return answer
        time.sleep(SPREAD_MS / 1000)
    return answer


def _expect(step: str, answer: dict[str, Any], wanted: set[str]) -> None:
    if answer.get("state") not in wanted:
        said = {name: answer[name] for name in ("state", "code", "hint", "message") if name in answer}
        raise WalkFailed(f"{step}: expected {' or '.join(sorted(wanted))}, but the server said {said}")
