"""Several faces in one frame: each is followed from frame to frame by where it is, and decided in its own approach.

Only a face that is alone in the picture is asked anything; of several, whoever is not sure is sent to the PIN.
"""

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime

from apps.attendance import approach as rule
from apps.attendance.answers import Answer
from apps.attendance.identification import Look, refused, remembered, shows_another, turning, weigh
from apps.organizations.models import Camera, LivenessPolicy
from apps.recognition.engine import Engine
from apps.recognition.shapes import Box, Image, Probe, Purpose, Refusal
from apps.recognition.short_store import short_store

# A face that was not seen for so long has left (decisions.md: at most 3 s between two frames of a track).
GONE_MS = 3000
# Somebody who was not booked and stays is looked at anew.
AGAIN_MS = 10_000
LEAST_OVERLAP = 0.15
ASKED = {"confirm", "challenge"}
BOOKED = {"recognised", "already"}


@dataclass(slots=True)
class Place:
    """Where one followed face was last, as shares of the picture, and since when it is followed."""

    id: str
    box: Box
    since_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all faces of one frame have in common."""

    camera: Camera
    socket: str
    engine: Engine
    at: datetime
    nonce: str
    is_alone: bool

    def look_at(self, place: Place) -> Look:
        """The look at one of them, with the approach of its place."""
        key = rule.track_key(self.camera.organization_id, self.camera.pk, f"{self.socket}.face{place.id}")
        return Look(self.camera, key, rule.resume(key), self.engine, self.at, self.nonce, self.is_alone)


def takes_several(camera: Camera) -> bool:
    """Whether more than one face of a frame counts here. A strict site looks at one person at a time."""
    return camera.faces_per_frame > 1 and camera.site.liveness_policy != LivenessPolicy.STRICT


def answer_faces(camera: Camera, socket: str, engine: Engine, image: Image, at: datetime, nonce: str = "") -> Answer:
    """Look at a frame of up to `faces_per_frame` people, largest first, and say of each what became of them."""
    seen = [(one, box) for one in engine.see_each(image, Purpose.PUNCH, camera.faces_per_frame) if (box := _box(one))]
    at_ms = int(at.timestamp() * 1000)
    known = _known(camera, socket, at_ms)
    places = follow(known, [_share(box, image) for _, box in seen], at_ms)
    missed = [place for place in known if place.id not in {one.id for one in places}]
    told, around = [], _Frame(camera, socket, engine, at, nonce, is_alone=len(seen) == 1)
    for place, (one, _) in zip(places, seen, strict=True):
        look = around.look_at(place)
        if isinstance(one, Probe) and shows_another(look, one):
            place.id, place.since_ms = _new_id(), at_ms
            look = around.look_at(place)
        told.append({**_of_one(look, image, one), "box": [round(share, 4) for share in place.box]})
        _start_anew(place, told[-1]["state"], at_ms)
    _keep(camera, socket, [*places, *missed])
    if len(told) == 1 and told[0]["state"] in ASKED:
        return told[0]
    return {"state": "several", "faces": told, "retry_ms": rule.SPREAD_MS}


def _of_one(look: Look, image: Image, one: Probe | Refusal) -> Answer:
    if look.approach.answer is not None:
        answer = look.approach.answer
    elif look.approach.turn and look.is_alone:
        answer = turning(look, image)
    elif isinstance(one, Refusal):
        answer = refused(one)
    else:
        answer = weigh(look, image, one)
    return remembered(look, answer)


def _box(one: Probe | Refusal) -> Box | None:
    return one.face.box if one.face else None


def _share(box: Box, image: Image) -> Box:
    """The box as shares of the picture, so that neither side need know the other's pixels."""
    height, width = image.shape[:2]
    return (box[0] / width, box[1] / height, box[2] / width, box[3] / height)


# --- Who is who from frame to frame ---------------------------------------------------------------------


def follow(places: list[Place], boxes: list[Box], at_ms: int) -> list[Place]:
    """The place of each box: that of the earlier face it overlaps most, else a new one. Pure.

    The best pairs are made first, so that a newcomer beside somebody does not take their place.
    """
    pairs = [(_overlap(place.box, box), index, place) for index, box in enumerate(boxes) for place in places]
    found: dict[int, Place] = {}
    taken: set[str] = set()
    for overlap, index, place in sorted(pairs, key=lambda pair: -pair[0]):
        if overlap >= LEAST_OVERLAP and index not in found and place.id not in taken:
            found[index] = Place(place.id, boxes[index], place.since_ms, at_ms)
            taken.add(place.id)
    return [found.get(index) or Place(_new_id(), box, at_ms, at_ms) for index, box in enumerate(boxes)]


def _new_id() -> str:
    return uuid.uuid4().hex[:12]


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0..1."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    whole = one[2] * one[3] + other[2] * other[3] - shared
    return shared / whole if whole > 0 else 0.0


def _start_anew(place: Place, state: str, at_ms: int) -> None:
    """Whoever stays without being booked is decided afresh after a while, as at a camera for one."""
    if state not in {*BOOKED, "searching"} and at_ms - place.since_ms > AGAIN_MS:
        place.id, place.since_ms = _new_id(), at_ms


def _known(camera: Camera, socket: str, at_ms: int) -> list[Place]:
    kept = json.loads(short_store().peek(_key(camera, socket)) or b"[]")
    places = [Place(**{**one, "box": tuple(one["box"])}) for one in kept]
    return [place for place in places if at_ms - place.at_ms <= GONE_MS]


def _keep(camera: Camera, socket: str, places: list[Place]) -> None:
    packed = json.dumps([asdict(place) for place in places]).encode()
    short_store().put(_key(camera, socket), packed, rule.TRACK_SECONDS)


def _key(camera: Camera, socket: str) -> str:
    return rule.track_key(camera.organization_id, camera.pk, f"{socket}.places")
