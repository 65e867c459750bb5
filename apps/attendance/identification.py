"""One frame of a kiosk, from pixels to an answer: see, search, decide once per approach, ask what the site asks, book.

No transaction is open while the engine looks. Every answer is the JSON a page understands (docs/frame-walk.md).
"""

from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps.attendance import answers, paths, services, spoof_tests, turns
from apps.attendance import approach as rule
from apps.attendance.answers import Answer, Found
from apps.attendance.approach import Approach, Glimpse, Verdict
from apps.attendance.liveness_policy import (
    MOST_TURNS,
    NOT_LIVE,
    NOT_TURNED,
    TURN_FAILED,
    UNAVAILABLE,
    Act,
    Evidence,
    Step,
    looks,
    next_step,
)
from apps.attendance.models import Source
from apps.attendance.services import Presence
from apps.enrollment import vault
from apps.enrollment.errors import FaceModeOff
from apps.enrollment.gallery import Gallery, gallery_for
from apps.enrollment.likeness import needs_second_factor
from apps.enrollment.lines import lines_for
from apps.enrollment.privacy import face_mode
from apps.organizations.master_key import KeyUnavailable
from apps.organizations.models import Camera, LivenessPolicy
from apps.people.models import Person
from apps.recognition.engine import Engine
from apps.recognition.liveness import passive
from apps.recognition.liveness.challenge import SOMEONE_ELSE, Observation
from apps.recognition.shapes import Image, Probe, Purpose, Refusal, Thresholds

UNKNOWN_HINT = "Look straight at the camera, or use your PIN or your badge."
REPLAYED = "replayed"
NOBODY = "no_face"


@dataclass(frozen=True, slots=True)
class Look:
    """One frame of one face: where, when, by which engine, and the approach it belongs to."""

    camera: Camera
    key: str
    approach: Approach
    engine: Engine
    at: datetime
    nonce: str = ""
    """The challenge that the frame says it answers."""
    is_alone: bool = True
    began: float = field(default_factory=perf_counter)

    @property
    def looked_ms(self) -> int:
        """For how long this frame has been looked at."""
        return int((perf_counter() - self.began) * 1000)

    @property
    def at_ms(self) -> int:
        return int(self.at.timestamp() * 1000)

    @property
    def policy(self) -> str:
        return str(self.camera.site.liveness_policy)


def known_answer(organization_id: UUID, camera_id: UUID, track: str, at: datetime) -> Answer | None:
    """What needs no look at the frame: a track that is decided, or a frame that follows the last one too closely.

    The database is not asked either: the socket that sent the frame was admitted, and a track is of one socket.
    """
    key = rule.track_key(organization_id, camera_id, track)
    approach = rule.resume(key)
    if approach.answer is not None:
        rule.keep(key, approach)
        return approach.answer
    if approach.turn or approach.is_due(int(at.timestamp() * 1000)):
        return None
    return _searching()


def refuse_replayed(camera: Camera, track: str, at: datetime) -> Answer:
    """A frame that another session of this camera sent before, byte by byte: counted once an approach."""
    key = rule.track_key(camera.organization_id, camera.pk, track)
    approach = rule.resume(key)
    if REPLAYED not in approach.tallied:
        approach.tallied.append(REPLAYED)
        services.count_approach(organization=camera.organization, camera=camera, code=REPLAYED, at=at)
        rule.keep(key, approach)
    return {"state": "searching", "code": REPLAYED, "hint": _("Move a little, please. Or use your PIN.")}


def answer_frame(
    camera: Camera, track: str, engine: Engine, image: Image, at: datetime, nonce: str = ""
) -> dict[str, Any]:
    """Look at a frame of one person and say what the page shall show."""
    key = rule.track_key(camera.organization_id, camera.pk, track)
    look = Look(camera, key, rule.resume(key), engine, at, nonce)
    return remembered(look, turning(look, image) if look.approach.turn else _seeing(look, image))


def remembered(look: Look, answer: Answer) -> Answer:
    """Keep the approach, with its answer where that is final, and then what the try cost."""
    approach, is_new = look.approach, look.approach.answer is None
    if not approach.first_ms and answer.get("code") != NOBODY:
        approach.first_ms = look.at_ms
    if answer["state"] not in {"searching", "challenge"}:
        approach.answer = answer
    rule.keep(look.key, approach)
    if is_new and approach.answer is not None:
        paths.note_face(look.camera, approach, answer, look.at, looked_ms=look.looked_ms)
    return answer


def _seeing(look: Look, image: Image) -> Answer:
    seen = look.engine.see(image, Purpose.PUNCH)
    return refused(seen) if isinstance(seen, Refusal) else weigh(look, image, seen)


def refused(refusal: Refusal) -> Answer:
    """What the person can mend, in the page's words."""
    return {"state": "searching", "code": refusal.code, "hint": refusal.hint}


def _searching() -> Answer:
    return {"state": "searching", "retry_ms": rule.SPREAD_MS}


def weigh(look: Look, image: Image, probe: Probe) -> Answer:
    """Count one seen face into its approach, and decide once that has enough of them."""
    approach, organization = look.approach, look.camera.organization
    if not approach.is_due(look.at_ms):
        return _searching()
    if looks(look.policy) and passive.passive_installed():
        real = passive.p_real(image, probe.face)
        if isinstance(real, Refusal):
            return refused(real)
        approach.reals.append(real)
    gallery = gallery_for(organization, probe.space)
    nearest = tuple((str(one.person_id), one.similarity) for one in gallery.nearest(gallery.turned(probe.vector)))
    approach.add(Glimpse(look.at_ms, nearest))
    return _decide(look, lines_for(organization, look.engine, len(gallery)))


def _decide(look: Look, lines: Thresholds) -> Answer:
    camera = look.camera
    verdict = rule.decide(look.approach.glimpses, lines, camera.site.frames_per_decision)
    if verdict is None:
        return _searching()
    if verdict.kind == rule.AMBIGUOUS:
        return _ambiguous(look)
    if verdict.kind == rule.UNKNOWN or verdict.person_id is None:
        services.count_approach(organization=camera.organization, camera=camera, code=rule.UNKNOWN, at=look.at)
        return {"state": "unknown", "code": "unknown", "hint": UNKNOWN_HINT}
    return _named(look, verdict, lines)


def _ambiguous(look: Look) -> Answer:
    """Of people who look alike nobody is named by face: each says by PIN or badge who they are."""
    camera = look.camera
    services.count_approach(organization=camera.organization, camera=camera, code=rule.AMBIGUOUS, at=look.at)
    return {"state": "ambiguous", "code": rule.AMBIGUOUS, "hint": _("Use your PIN this time.")}


def _named(look: Look, verdict: Verdict, lines: Thresholds) -> Answer:
    """Somebody is named: what the site's policy wants before it believes that they are there."""
    person_id = UUID(str(verdict.person_id))
    look.approach.named = str(person_id)
    if person_id in needs_second_factor(look.camera.organization, look.engine.space):
        return _ambiguous(look)
    step = next_step(_evidence(look, person_id, verdict, lines))
    if step.act is Act.LOOK_ON:
        return _searching()
    person = Person.objects.get(organization=look.camera.organization, pk=person_id)
    presence = Presence(step.liveness, step.review, _p_real(look.approach))
    found = Found(look.camera, person, verdict.similarity, look.at, presence)
    if step.act is Act.PIN:
        return answers.send_to_pin(found, look.approach, step.code)
    if step.act is Act.TURN:
        return _ask_to_turn(look, found, step)
    return _conclude(look, found, verdict.kind)


def _evidence(look: Look, person_id: UUID, verdict: Verdict, lines: Thresholds) -> Evidence:
    approach = look.approach
    return Evidence(
        look.policy,
        installed=passive.passive_installed(),
        judged=_judged(approach, str(person_id), lines.confirm),
        turned=approach.turned,
        turn_judged=passive.judge_turn(approach.turn_reals),
        asked_in_vain=turns.asked_in_vain(look.camera, person_id),
        may_turn=look.is_alone,
        doubtful=verdict.similarity < (lines.confirm if lines.accept is None else lines.accept) + lines.margin,
    )


def _judged(approach: Approach, person: str, line: float) -> passive.Judged | None:
    """What the passive test says of all counted frames, and of those that show the person: the worse of both.

    Two frames of somebody's picture and three of one's own face have a live median and a mean that may name them.
    """
    judged, theirs = passive.judge(approach.reals), rule.reals_of(approach, person, line)
    if judged is None or not theirs:
        return judged
    return passive.judge_middle(min(median(approach.reals), median(theirs)))


def _p_real(approach: Approach) -> float | None:
    """The median of the counted frames; of a turn that was not judged live, what spoke against it."""
    if approach.turned and passive.judge_turn(approach.turn_reals) not in {None, "live"}:
        return passive.lowest_middle(approach.turn_reals)
    return median(approach.reals) if approach.reals else None


def _ask_to_turn(look: Look, found: Found, step: Step) -> Answer:
    if step.code == NOT_LIVE:
        answers.keep_refusal(found, look.approach, step.code)
    if turns.count_asked(look.camera, found.person.pk) > MOST_TURNS:  # another page asked for the last one meanwhile
        return answers.send_to_pin(found, look.approach, NOT_TURNED)
    return turns.begin(look.approach, look.at_ms)


def _conclude(look: Look, found: Found, kind: str) -> Answer:
    """Book, ask for the name, or ask for the PIN where this camera's test showed that it believes pictures."""
    camera, approach = look.camera, look.approach
    attended = look.policy == LivenessPolicy.ATTENDED
    if not attended and not spoof_tests.face_alone(camera.organization, camera):
        return answers.send_to_pin(found, approach, answers.FACE_NOT_ENOUGH)
    if kind == rule.CONFIRM and not look.is_alone:
        return answers.send_to_pin(found, approach, "confirm_alone")
    if kind == rule.CONFIRM:
        return answers.ask(found, look.key, approach)
    approach.person = str(found.person.pk)
    return answers.book(found, approach.id, Source.FACE)


def turning(look: Look, image: Image) -> Answer:
    """One frame while a turn runs: judged on its landmarks, whether it is still the same person, and as any other.

    A frame that the passive test cannot judge is not counted, as before the turn: it could be of anything.
    """
    organization = look.camera.organization
    gallery = gallery_for(organization, look.engine.space)
    lines = lines_for(organization, look.engine, len(gallery))
    verdict = rule.decide(look.approach.glimpses, lines, look.camera.site.frames_per_decision)
    if verdict is None or verdict.person_id is None:
        look.approach.turn = ""  # the gallery changed meanwhile: nobody is named any more
        return _searching()
    person_id = UUID(verdict.person_id)
    seen = _observed(look, image, gallery, person_id)
    counted, mend = (None, seen.hint) if isinstance(seen, Refusal) else (seen, "")
    progress, answer = turns.watch(look.approach, counted, look.nonce, look.at_ms, lines.confirm)
    if answer is not None:
        return {**answer, "hint": mend or answer["hint"]}
    if next_step(_evidence(look, person_id, verdict, lines)).act is Act.BOOK:
        turns.forget_asked(look.camera, person_id)
    if not look.approach.turned:
        services.count_approach(organization=organization, camera=look.camera, code=TURN_FAILED, at=look.at)
    answer = _named(look, verdict, lines)
    # Asked once more: the page says what went wrong with the last one.
    return {**answer, "hint": progress.hint} if answer["state"] == "challenge" else answer


def shows_another(look: Look, probe: Probe) -> bool:
    """Whether this face is plainly not whom its approach was booked as: somebody stepped into their place."""
    if look.approach.answer is None or not look.approach.person:
        return False
    gallery = gallery_for(look.camera.organization, probe.space)
    line = lines_for(look.camera.organization, look.engine, len(gallery)).confirm
    booked, vector = UUID(look.approach.person), gallery.turned(probe.vector)
    nearest = gallery.nearest(vector, top=1)
    if nearest and nearest[0].person_id != booked and nearest[0].similarity >= line:
        return True
    return gallery.similarity_to(booked, vector) < line - SOMEONE_ELSE * (1 - line)


def _observed(look: Look, image: Image, gallery: Gallery, person_id: UUID) -> Observation | Refusal | None:
    """What this frame shows of the one person in it; None for nobody, and for two people side by side.

    Refused, with what to mend, is a frame that the passive test cannot judge.
    """
    probes = look.engine.see_all(image)
    if not probes or (len(probes) > 1 and probes[1].face.area > probes[0].face.area / 2):
        return None
    nearest = probes[0]
    real = passive.p_real(image, nearest.face) if passive.passive_installed() else None
    if isinstance(real, Refusal):
        return real
    similarity = gallery.similarity_to(person_id, gallery.turned(nearest.vector))
    size = (image.shape[1], image.shape[0])
    return Observation(look.at_ms, nearest.quality.pose, nearest.face.points, similarity, size, real)


def face_closed(camera: Camera) -> Answer | None:
    """Why this camera takes no faces at all, or None: faces are off here, their keys do not open, or a strict site
    lacks what it asks for.

    Asked before a frame is decoded: where faces are off, nothing is computed from one.
    """
    if not face_mode(camera.organization):
        return {
            "state": "closed",
            "code": FaceModeOff.code,
            "message": _("Faces are not recognised here. Use your PIN or your badge."),
        }
    if (problem := vault.key_problem(camera.organization)) is not None:
        return key_closed(problem)
    if camera.site.liveness_policy != LivenessPolicy.STRICT or passive.passive_installed():
        return None
    message = _("This camera cannot look at faces as it should. Use your PIN, and tell whoever runs it.")
    return {"state": "closed", "code": UNAVAILABLE, "message": message}


def key_closed(problem: KeyUnavailable) -> Answer:
    """What a camera says while the references cannot be opened; what to do about it is for whoever runs the site."""
    message = _("Faces cannot be recognised here right now. Use your PIN, and tell whoever runs this site.")
    return {"state": "closed", "code": problem.code, "message": message}
