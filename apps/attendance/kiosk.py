"""What a kiosk shows of its place, and a punch by PIN or badge: one way for a member's page and a paired device's."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.attendance import answers, badges, paths, pins, selectors, services
from apps.attendance.identification import face_closed
from apps.attendance.liveness_policy import looks
from apps.attendance.models import PathTry, Source
from apps.attendance.paths import Spent
from apps.attendance.several import takes_several
from apps.enrollment.engine_choice import chosen_engine_name
from apps.organizations.models import Camera, LivenessPolicy
from apps.people.models import Person
from apps.recognition.engine import thresholds_of
from apps.recognition.liveness.passive import passive_installed


def place_of(camera: Camera) -> dict[str, Any]:
    """The organization, the site and the camera by name, the newest punches, and whether faces are looked at."""
    closed = face_message(camera)
    return {
        "organization": camera.organization.name,
        "site": camera.site.name,
        "camera": camera.name,
        "time_zone": camera.site.time_zone,
        "policy": reverse("biometric_policy", args=[camera.organization.slug]),
        "face": not closed,
        "face_message": closed,
        "recent": [
            {
                "name": punch.person.name,
                "direction": punch.direction,
                "time": f"{punch.occurred_at.astimezone(camera.site.zone):%H:%M}",
            }
            for punch in selectors.recent_punches(camera.organization, camera)
        ],
    }


def face_message(camera: Camera) -> str:
    """Why this camera looks at no faces; empty where it does."""
    if chosen_engine_name() is None:
        return _("Face recognition is not set up here. Use your PIN or your badge.")
    closed = face_closed(camera)
    return str(closed["message"]) if closed else ""


def mode_of(camera: Camera) -> dict[str, Any]:
    """How the camera decides: by itself, or by asking each time; and how much of the picture its page sends."""
    engine = chosen_engine_name()
    sure = engine is not None and thresholds_of(engine, people=1).accept is not None
    return {
        "kiosk": camera.name,
        "mode": "accept" if sure else "confirm",
        "notice": " ".join(_notices(camera, sure)),
        "view": view_of(camera),
    }


def _notices(camera: Camera, sure: bool) -> Iterator[str]:
    if not sure:
        yield _("Recognition is not calibrated yet: please confirm your name each time.")
    if camera.site.liveness_policy == LivenessPolicy.PASSIVE and not passive_installed():
        yield _("Pictures of faces are not told from faces here: check-ins are marked for review.")


def view_of(camera: Camera) -> str:
    """What the page cuts out of its picture: the face, the face with what surrounds it, or everything."""
    if takes_several(camera):
        return "whole"
    # The passive test looks at the paper's or the screen's edge around a face: up to four times the face's width.
    return "wide" if looks(camera.site.liveness_policy) else "face"


def punch_by_pin(
    *, camera: Camera, number: str, pin: str, nonce: str, at: datetime, spent: Spent | None = None
) -> dict[str, Any]:
    """Book the punch of whoever knows this PIN, and say what came of it. Raises PinRefused."""
    named = f"pin.{nonce}"
    with paths.trying(camera, PathTry.Path.PIN, named, spent, at) as attempt:
        person = pins.person_by_pin(organization=camera.organization, camera=camera, number=number, pin=pin, at=at)
        attempt.person = person
        return _book(camera, person, named, Source.PIN, at)


def punch_by_badge(
    *, camera: Camera, code: str, nonce: str, at: datetime, spent: Spent | None = None
) -> dict[str, Any]:
    """Book the punch of whoever this badge stands for, and say what came of it. Raises BadgeRefused."""
    named = f"badge.{nonce}"
    with paths.trying(camera, PathTry.Path.BADGE, named, spent, at) as attempt:
        person = badges.person_by_badge(organization=camera.organization, camera=camera, code=code, at=at)
        attempt.person = person
        return _book(camera, person, named, Source.BADGE, at)


def _book(camera: Camera, person: Person, nonce: str, source: str, at: datetime) -> dict[str, Any]:
    outcome = services.record_sighting(
        organization=camera.organization, camera=camera, person=person, occurred_at=at, nonce=nonce, source=source
    )
    return answers.answer_of(camera, outcome)
