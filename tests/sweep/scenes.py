"""Calls that no signature tells: faces before a camera of A, a resend, rules that A has not, a command's number."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from io import StringIO
from typing import Any, cast
from uuid import uuid4

from django.core.management import call_command

from apps.attendance.answers import _confirmed
from apps.attendance.approach import Approach, Glimpse
from apps.attendance.errors import PinRefused
from apps.attendance.identification import Look, _seeing
from apps.attendance.models import PathTry
from apps.attendance.paths import Spent, trying
from apps.attendance.services import UNTESTED
from apps.enrollment.likeness import needs_second_factor
from apps.enrollment.models import LookAlike, PrivacyRules
from apps.enrollment.privacy import face_mode
from apps.enrollment.services import renew_gallery
from apps.organizations.models import Camera
from apps.people.models import Person
from apps.recognition.engine import Engine
from tests.sweep.calls import AT, Call
from tests.sweep.faces import SPACE, Lens, vector_of
from tests.sweep.rows import NONCE, Place

NOBODY = 2
LATER = timedelta(seconds=1)


def scenes(a: Place, b: Place) -> Iterator[Call]:
    """Frames and answers at a camera of A."""
    theirs, nobodys = str(b.rows[Person].pk), str(uuid4())
    yield Call("a face of A", look(a, Lens(a.vector), None))
    yield Call("a face of B", look(a, Lens(b.vector), None), "", look(a, Lens(vector_of(NOBODY)), None))
    yield Call("a track that names B", look(a, Lens(a.vector), theirs), theirs, look(a, Lens(a.vector), nobodys))
    for yes in (True, False):
        yield Call(f"a question about B, {yes}", answer(a, theirs, yes), theirs, answer(a, nobodys, yes))
    yield Call("a number that B was sent too", lambda: resent(a))
    yield Call("A has no rules", lambda: without_rules(a))
    yield Call("two of A are noted beside each other", lambda: noted(a))
    yield Call("the command erases a number of B", lambda: erased(a, "E-2"), "E-2", lambda: erased(a, "E-9"))


def look(a: Place, engine: Lens, named: str | None) -> Callable[[], Any]:
    """The last frame of an approach whose earlier frames named this person, or whom they showed."""

    def run() -> Any:
        camera, at = a.rows[Camera], int(AT.timestamp() * 1000)
        approach = Approach("approach")
        for n in (3, 2) if named else ():
            approach.add(Glimpse(at - n * 1000, ((str(named), 0.99), ("nobody", 0.1))))
        for n in (1, 0) if named else (3, 2, 1):
            frame = Look(camera, "key", approach, cast(Engine, engine), AT - LATER * n)
            seen = _seeing(frame, None)  # type: ignore[arg-type]
        return seen

    return run


def answer(a: Place, person: str, yes: bool) -> Callable[[], Any]:
    """What is said to a question that waits under the name of this person."""
    waiting = {"person": person, "similarity": 0.9, "key": "key", "presence": asdict(UNTESTED)}
    return lambda: _confirmed(a.rows[Camera], "approach", waiting, yes, AT)


def resent(a: Place) -> Any:
    """The tries of A after a PIN that nobody has, under the number that B's kiosk sent with one."""
    with suppress(PinRefused), trying(a.rows[Camera], PathTry.Path.PIN, f"pin.{NONCE}", Spent(1000, 3), AT):
        raise PinRefused("wrong")
    return PathTry.objects.filter(organization=a.organization).count()


def without_rules(a: Place) -> Any:
    PrivacyRules.objects.filter(organization=a.organization).delete()
    return face_mode(a.organization)


def noted(a: Place) -> Any:
    """Who needs a second factor, before and after the pairs of A changed."""
    before = needs_second_factor(a.organization, SPACE)
    LookAlike.objects.filter(organization=a.organization).delete()
    renew_gallery(organization=a.organization)
    return sorted(map(str, before)), sorted(map(str, needs_second_factor(a.organization, SPACE)))


def erased(a: Place, number: str) -> str:
    told = StringIO()
    call_command("erase", number, "--yes", organization=a.slug, stdout=told)
    return told.getvalue()
