"""What a kiosk shows of its place, and a punch by PIN: one way for the page of a member and for a paired device."""

from datetime import datetime
from typing import Any

from apps.attendance import identification, pins, selectors, services
from apps.attendance.models import Source
from apps.enrollment.engine_choice import chosen_engine_name
from apps.organizations.models import Camera
from apps.recognition.engine import thresholds_of


def place_of(camera: Camera) -> dict[str, Any]:
    """The organization, the site and the camera by name, the newest punches, and whether faces are looked at."""
    engine = chosen_engine_name()
    return {
        "organization": camera.organization.name,
        "site": camera.site.name,
        "camera": camera.name,
        "time_zone": camera.site.time_zone,
        "face": engine is not None,
        "face_message": "" if engine else "Face recognition is not set up here. Use your PIN.",
        "recent": [
            {
                "name": punch.person.name,
                "direction": punch.direction,
                "time": f"{punch.occurred_at.astimezone(camera.site.zone):%H:%M}",
            }
            for punch in selectors.recent_punches(camera.organization, camera)
        ],
    }


def mode_of(camera: Camera) -> dict[str, Any]:
    """How the camera decides: by itself, or by asking each time."""
    engine = chosen_engine_name()
    sure = engine is not None and thresholds_of(engine, people=1).accept is not None
    notice = "" if sure else "Recognition is not calibrated yet: please confirm your name each time."
    return {"kiosk": camera.name, "mode": "accept" if sure else "confirm", "notice": notice}


def punch_by_pin(*, camera: Camera, number: str, pin: str, nonce: str, at: datetime) -> dict[str, Any]:
    """Book the punch of whoever knows this PIN, and say what came of it. Raises PinRefused."""
    person = pins.person_by_pin(organization=camera.organization, camera=camera, number=number, pin=pin, at=at)
    outcome = services.record_sighting(
        organization=camera.organization,
        camera=camera,
        person=person,
        occurred_at=at,
        nonce=f"pin.{nonce}",
        source=Source.PIN,
    )
    return identification.answer_of(camera, outcome)
