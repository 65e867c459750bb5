"""Everything that answers HTTP, asked as everybody of A for everything of B."""

import time
from collections import Counter
from dataclasses import dataclass, field

import pytest
from django.db import connection

from tests.sweep.actors import Actor
from tests.sweep.asking import Asker
from tests.sweep.attacks import Attacks, play
from tests.sweep.control import Control
from tests.sweep.killing import Hunt
from tests.sweep.mutants import EQUIVALENT, guard_off, mutants
from tests.sweep.oracle import Leak, Oracle
from tests.sweep.recipes import UNANSWERED
from tests.sweep.routes import METHODS
from tests.sweep.rows import Place

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]  # SCALE=full asks everything of everybody


@dataclass
class Swept:
    """What the sweep did and found."""

    control: Control
    people: list[Actor]
    attacks: Attacks
    leaks: list[Leak] = field(default_factory=list)
    tried: set[tuple[str, str]] = field(default_factory=set)
    requests: int = 0
    seconds: float = 0.0

    def line(self) -> str:
        control = self.control
        pairs = f"{len(control.routes)} routes, {len(control.routes) * len(METHODS)} (route, method) pairs"
        kinds = f"{len(control.live)} answered, {len(control.refused)} refused with 405, {len(control.closed)} nobody's"
        done = f"{len(self.people)} actors, {self.requests} requests, {self.seconds:.0f} s, {len(self.leaks)} leaks"
        return f"sweep: {pairs}: {kinds} (403), {len(control.dead)} reviewed; {done}"


@pytest.fixture(scope="module")
def swept(places: tuple[Place, Place], people: list[Actor], scale: str) -> Swept:
    a, b = places
    began = time.monotonic()
    asker = Asker(Oracle(a, b))
    control = Control(a, [one for one in people if one.is_entitled], asker).run()
    attacks = Attacks(a, b, control, people, is_full=scale == "full", is_sample=connection.vendor == "postgresql")
    done = Swept(control, people, attacks)
    for case in attacks.cases():
        done.tried.add((str(case.route), case.method))
        done.leaks += play(asker, case)
    done.requests, done.seconds = asker.requests, time.monotonic() - began
    return done


def test_nothing_of_b_is_read_written_or_told_apart(swept: Swept, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{swept.line()}")
    alike = Counter((leak.kind, leak.where.split("?")[0].split(" {")[0]) for leak in swept.leaks)
    shown = {(leak.kind, leak.where.split("?")[0].split(" {")[0]): leak for leak in swept.leaks}
    assert not swept.leaks, "\n".join(f"{alike[key]:>4} x {leak}" for key, leak in shown.items())


def test_every_route_and_method_was_answered_to_somebody_entitled(swept: Swept) -> None:
    dead = {f"{method} {route} {route.name}": seen for (route, method), seen in swept.control.dead.items()}
    unknown = {key: sorted(set(seen)) for key, seen in dead.items() if key.split()[-1] not in UNANSWERED}
    assert not unknown, f"nobody was answered here: link to it, or add a recipe: {unknown}"


def test_no_review_outlived_its_route(swept: Swept) -> None:
    assert {route.name for route, _ in swept.control.dead} >= set(UNANSWERED)


def test_every_route_and_method_was_attacked(swept: Swept) -> None:
    assert {(str(route), method) for route in swept.control.routes for method in METHODS} == swept.tried


def test_every_write_is_in_the_trail(swept: Swept) -> None:
    silent = swept.control.silent_writes
    assert not silent, "\n".join(f"{route}: {tables}" for route, tables in silent.items())


@pytest.mark.embedded  # row-level security would stop every mutant
def test_of_the_mutants_that_forget_an_organization_nearly_all_are_seen(
    swept: Swept, places: tuple[Place, Place], capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    every = mutants()
    with guard_off():
        hunt = Hunt(*places, swept.control, swept.attacks, Oracle(*places))
        hunt.find_reached(every)
        counted = [one for one in every if one.name not in EQUIVALENT]
        survivors = [one for one in counted if not hunt.kills(one)]
    killed = len(counted) - len(survivors)
    with capsys.disabled():
        print(f"\nmutants: {len(every)} enumerated, {len(every) - len(counted)} equivalent,", end=" ")
        print(
            f"{len(counted)} counted, {killed} killed ({killed / len(counted):.0%}), {time.monotonic() - began:.0f} s"
        )
        print("\n".join(f"survived: {one}" for one in survivors))
    assert {one.name for one in every} >= set(EQUIVALENT)
    assert not [one for one in counted if not hunt.reaches(one)]
    assert killed / len(counted) >= 0.95
