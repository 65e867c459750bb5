"""Calls that no signature tells: a face before a camera of A, while what is kept for seconds names somebody of B."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

from apps.attendance import identification
from apps.attendance.approach import Approach, Glimpse
from apps.organizations.models import Camera
from apps.people.models import Person
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
            seen = identification._look("key", camera, approach, engine, None, AT - LATER * n)  # type: ignore[arg-type]
        return seen

    return run


def answer(a: Place, person: str, yes: bool) -> Callable[[], Any]:
    """What is said to a question that waits under the name of this person."""
    waiting = {"person": person, "similarity": 0.9, "key": "key"}
    return lambda: identification._confirmed(a.rows[Camera], "approach", waiting, yes, AT)
