"""Runs mutants against the part of the sweep that reaches them, and says which it saw.

Seen is what the product as it is does not show on the same request: a word or key of B more, a write more, or an
answer to A that differs by whether B has any rows at all.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.db import connection

from apps.organizations.tenancy import acting_for
from tests.sweep.asking import Asker, undone
from tests.sweep.attacks import Attacks, Case, told_apart
from tests.sweep.calls import Call, Caller, calls
from tests.sweep.control import Control, Live
from tests.sweep.mutants import Mutant, mutated, watching
from tests.sweep.oracle import Oracle, settled
from tests.sweep.rows import Place
from tests.sweep.scenes import scenes

Shown = frozenset[str]
APPEND_ONLY = {"organizations_auditentry", "organizations_audithead", "organizations_organization"}


@dataclass
class Hunt:
    """The product as it is, request by request, to compare mutants with."""

    a: Place
    b: Place
    control: Control
    attacks: Attacks
    oracle: Oracle
    most: int = 120
    reached: dict[tuple[str, str], list[Live]] = field(default_factory=lambda: defaultdict(list))
    known: dict[str, Shown] = field(default_factory=dict)
    differs: dict[str, bool] = field(default_factory=dict)
    called: dict[tuple[str, str], list[Call]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.asker = Asker(self.oracle)
        self.attacks = replace(self.attacks, is_full=False)
        self.caller = Caller(self.oracle)

    @property
    def shown(self) -> int:
        """How many requests show something of B without any mutant."""
        return sum(bool(one) for one in self.known.values())

    def find_reached(self, mutants: list[Mutant]) -> None:
        """Which answered requests, and which calls below them, run the functions that are to be mutated."""
        wanted = {one.place for one in mutants}
        for live in [*self.control.live.values(), *self.control.more, *self.control.refusals]:
            if live.method in {"GET", "POST", "PATCH", "DELETE"}:
                with watching(wanted) as ran:
                    self.asker.ask(live.actor, live.method, live.url, live.body)
                for one in ran:
                    self.reached[one].append(live)
        for call in [*calls(self.a, self.b), *scenes(self.a, self.b)]:
            with watching(wanted) as ran:
                self.caller.outcome(call)
            for one in ran:
                self.called[one].append(call)

    def reaches(self, mutant: Mutant) -> bool:
        return bool(self.reached[mutant.place] or self.called[mutant.place])

    def kills(self, mutant: Mutant) -> bool:
        """Whether a request, or a call below it, shows more with this mutant than without."""
        # Calls first: they are quicker.
        return any(self._kills_by(mutant, call) for call in self.called[mutant.place]) or self._kills_by_http(mutant)

    def _kills_by(self, mutant: Mutant, call: Call) -> bool:
        """Whether this call does."""
        if call.name not in self.known:
            self.known[call.name] = self.caller.shown(call)
            self.differs[call.name] = self._call_depends(call)
        with mutated(mutant):
            if self.caller.shown(call) - self.known[call.name]:
                return True
            return not self.differs[call.name] and self._call_depends(call)

    def _call_depends(self, call: Call) -> bool:
        """Whether what the call tells changes when B has no rows; twice with them, for what changes by itself."""
        told = [self.caller.outcome(call).told for _ in range(2)]
        with undone():
            empty(self.b)
            without = self.caller.outcome(call).told
        changes = told[0] != told[1]
        return settled(without) != settled(told[0]) if changes else without != told[0]

    def _kills_by_http(self, mutant: Mutant) -> bool:
        reached = self.reached[mutant.place]
        shortest = sorted(reached, key=lambda live: (not live.route.is_inside, live.method != "GET", len(live.url)))
        shortest = shortest[:16]
        cases = [case for live in shortest for case in self._cases(live)][: self.most]
        return any(self._tells(mutant, case) for case in cases) or any(self._counts(mutant, live) for live in shortest)

    def _cases(self, live: Live) -> Iterator[Case]:
        yield from (case for case in self.attacks.of(live) if case.actor is live.actor or "/o/" in case.url)

    def _tells(self, mutant: Mutant, case: Case) -> bool:
        key = f"{case.actor.name} {case.method} {case.url} {sorted(case.body.values)}"
        if key not in self.known:
            self.known[key] = self._shown(case)
        with mutated(mutant):
            return bool(self._shown(case) - self.known[key])

    def _shown(self, case: Case) -> Shown:
        """Every word and key of B in the answer, and what was written."""
        answer = self.asker.ask(case.actor, case.method, case.url, case.body)
        seen = answer.heard
        for known in case.actor.excused:
            seen = seen.replace(known, "")
        shown = self.oracle.everything(seen, f"{case.url} {case.body.words}")
        shown |= {answer.wrote.split(" holds ")[0]} - {""}
        if case.absent:
            url, body = case.absent
            shown |= {"told apart"} if told_apart(answer, self.asker.ask(case.actor, case.method, url, body)) else set()
        return frozenset(shown)

    def _counts(self, mutant: Mutant, live: Live) -> bool:
        key = f"{live.method} {live.url}"
        if key not in self.differs:
            self.differs[key] = self._depends(live)
        with mutated(mutant):
            return not self.differs[key] and self._depends(live)

    def _depends(self, live: Live) -> bool:
        """Whether A's answer changes when B has no rows."""
        answers = []
        for without in (False, True):
            with undone():
                if without:
                    empty(self.b)
                answer = self.asker.ask(live.actor, live.method, live.url, live.body)
                answers.append((answer.status, settled(answer.page), set(answer.writes)))
        return answers[0] != answers[1]


def empty(place: Place) -> None:
    """Delete what an organization has; keys are looked at when the transaction ends, which it never does."""
    with acting_for(place.organization), connection.cursor() as cursor:
        for model in reversed(place.rows):
            table = model._meta.db_table
            if table not in APPEND_ONLY:
                cursor.execute(f'delete from "{table}" where organization_id = %s', [place.organization.pk.hex])
