"""Calls that no signature tells: a face before a camera of A, while what is kept for seconds names somebody of B."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

from apps.attendance.answers import _confirmed
from apps.attendance.approach import Approach, Glimpse
from apps.attendance.identification import Look, _seeing
from apps.attendance.services import UNTESTED
from apps.organizations.models import Camera
from apps.people.models import Person
from apps.recognition.engine import Engine
from tests.sweep.calls import AT, Call
from tests.sweep.faces import Lens, vector_of
from tests.sweep.rows import Place

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
