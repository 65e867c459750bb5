"""The attacks: every request that was answered is asked again with B's keys, by everybody, wherever a key fits.

The full size asks what the small one asks, each method by everybody, and a key of every kind of row of B wherever one
belongs: in the address, by one of each kind of actor; in every filter and every other name, one by one; in every field
of a body, by everybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

from tests.sweep.actors import Actor
from tests.sweep.asking import NO_BODY, Answer, Asker
from tests.sweep.bodies import Body, Upload, crossed, swapped, with_more
from tests.sweep.control import Control, Live
from tests.sweep.oracle import Leak, settled
from tests.sweep.routes import SAFE, Route
from tests.sweep.rows import CANARY, Place, guarded_models

# What a search for B's rows says; less than the canary, so that a search box showing it again is no finding.
NOBODY = "NOBODYS"
SEARCH = "ANARYB"
# Reviewed: the one act by which platform staff write into an organization that is not theirs: the step into it.
STEPS = {"step_in", "step_out"}
# Who differ in what they may ask at all; the others of A differ in their roles.
ONE_OF_EACH = {"owner of A", "anonymous", "credential of A (all)"}
SEARCHES = {"q", "search", "query", "term"}
PLAIN_QUERIES = ("id", "pk", "organization", "ordering", "sort", "page", "next", "e", "_to_field")


@dataclass(frozen=True, eq=False)
class Case:
    """One hostile request; `absent` is the same with keys of nothing at all, whose answer must look the same."""

    actor: Actor
    route: Route
    method: str
    url: str
    body: Body = NO_BODY
    absent: tuple[str, Body] | None = None


@dataclass
class Attacks:
    """Cases made from what the positive control found."""

    a: Place
    b: Place
    control: Control
    people: list[Actor]
    is_full: bool = False
    # `make check` asks everybody without a database server; with one, row-level security stands behind every answer.
    is_sample: bool = False

    def cases(self) -> Iterator[Case]:
        for live in [*self.control.live.values(), *self.control.more]:
            yield from self.of(live)
        for route, method in self.control.refused:
            yield from self._refused(route, method, self.people[:1])
        for route, method in [*self.control.dead, *self.control.closed]:
            yield from self._refused(route, method, self._turned_away(method))

    def of(self, live: Live) -> Iterator[Case]:
        """The cases that start from one answered request; the first is that request itself."""
        yield Case(live.actor, live.route, live.method, live.url, live.body)
        yield from self._addresses(live)
        yield from self._other_rows(live)
        yield from self._queries(live)
        yield from self._bodies(live)

    def _addresses(self, live: Live) -> Iterator[Case]:
        """B's address, and A's with B's keys, by everybody."""
        keyed = self._theirs(live.url)
        for actor in self._tries(live):
            if live.route.is_inside and not actor.is_in_b:
                yield self._case(actor, live, keyed.replace(f"/{self.a.slug}/", f"/{self.b.slug}/", 1))
            if keyed != live.url:
                yield self._case(actor, live, keyed, absent=actor is live.actor)

    def _tries(self, live: Live) -> list[Actor]:
        """Everybody; at the small size programs where programs are answered, people elsewhere, and one of each."""
        if self.is_full:
            return self.people
        if live.method in {"HEAD", "OPTIONS"}:
            return [live.actor, self.people[0]]
        if self.is_sample:
            return self._each(live.actor)
        alike = live.actor.is_program
        return [actor for actor in self.people if actor.is_program == alike or actor.name in ONE_OF_EACH]

    def _turned_away(self, method: str) -> list[Actor]:
        """Who asks where nobody was answered."""
        if method not in {"GET", "POST"}:
            return self.people[:1]
        return self._each(self.people[0]) if self.is_sample and not self.is_full else self.people

    def _few(self, live: Live) -> list[Actor]:
        """Whoever was answered; at the full size one of each kind besides."""
        return self._each(live.actor) if self.is_full else [live.actor]

    def _each(self, first: Actor) -> list[Actor]:
        return [first, *(one for one in self.people if one.name in ONE_OF_EACH and one is not first)]

    def _case(self, actor: Actor, live: Live, url: str, *, absent: bool = False) -> Case:
        body = live.body if live.method not in SAFE else NO_BODY
        other = (self._nobodys(url), body) if absent else None
        return Case(actor, live.route, live.method, url, body, other)

    def _other_rows(self, live: Live) -> Iterator[Case]:
        """A key of every kind of row of B where a key of one kind belongs."""
        own = next((str(row.pk) for row in self.a.rows.values() if str(row.pk) in live.url), None)
        if own and (self.is_full or live.method in {"GET", "POST", "DELETE"}):
            rows = list(self.b.rows.values())
            is_blind = (live.route, "GET") not in self.control.live
            asks_all = self.is_full or is_blind or (live.method == "GET" and not self.is_sample)
            for actor in self._few(live):
                for row in rows if asks_all else rows[::6]:
                    yield self._case(actor, live, live.url.replace(own, str(row.pk)))

    def _queries(self, live: Live) -> Iterator[Case]:
        """B's keys as values of every declared filter, and of every name a careless view might read."""
        if live.method != "GET":
            return
        declared = self.control.queries.get(live.route.key, set()) | set(declared_filters(live.route))
        keys = [str(row.pk) for row in self.b.rows.values()]
        for name in sorted(declared):
            values = [SEARCH] if name in SEARCHES else keys if self.is_full else self._fitting(name) or [SEARCH]
            for value in values:
                yield Case(live.actor, live.route, "GET", with_query(live.url, {name: value}))
        yield from self._plain_queries(live.actor, live)

    def _fitting(self, name: str) -> list[str]:
        """The keys of B's rows that a filter of this name means."""
        words = name.split("__")[0].removesuffix("_id").replace("_", "")
        return [str(row.pk) for model, row in self.b.rows.items() if words.endswith(str(model._meta.model_name))]

    def _plain_queries(self, actor: Actor, live: Live) -> Iterator[Case]:
        names = {str(model._meta.model_name): str(self.b.rows[model].pk) for model in guarded_models()}
        more = {name: str(self.b.organization.pk) for name in PLAIN_QUERIES} | dict.fromkeys(SEARCHES, SEARCH)
        if self.is_full:
            for name, value in (names | more).items():
                yield Case(actor, live.route, "GET", with_query(live.url, {name: value}))
        else:
            yield Case(actor, live.route, "GET", with_query(live.url, names))
            yield Case(actor, live.route, "GET", with_query(live.url, dict.fromkeys(sorted(SEARCHES), SEARCH)))

    def _bodies(self, live: Live) -> Iterator[Case]:
        """An accepted body with one field changed to B's key, and with every field added that a form might assign."""
        if live.method in SAFE:
            return
        for actor in self.people if self.is_full else [live.actor]:
            for name, body in crossed(live.body, self.a, self.b):
                nothing = live.body.with_(**{name: self._nobodys_value(body.values[name])})
                yield Case(actor, live.route, live.method, live.url, body, (live.url, nothing))
            yield Case(actor, live.route, live.method, live.url, with_more(live.body, self.b))

    def _refused(self, route: Route, method: str, people: list[Actor]) -> Iterator[Case]:
        """A method that was refused to A is refused to everybody; asked at B's own address."""
        url = self._theirs(self.control.addresses(route)[0]).replace(f"/{self.a.slug}/", f"/{self.b.slug}/", 1)
        yield from (Case(actor, route, method, url) for actor in people)

    def _theirs(self, words: str) -> str:
        return swapped(words, self.a, self.b)

    def _nobodys(self, words: str) -> str:
        for row in self.b.rows.values():
            words = words.replace(str(row.pk), str(uuid4()))
        return words.replace(CANARY, NOBODY).replace(CANARY.lower(), NOBODY.lower())

    def _nobodys_value(self, value: object) -> object:
        if isinstance(value, Upload):
            return Upload(value.name, self._nobodys(value.words).encode("latin-1"))
        return self._nobodys(value) if isinstance(value, str) else value


def declared_filters(route: Route) -> list[str]:
    """Filter fields that a DRF view names."""
    cls = getattr(route.view, "cls", None)
    named = getattr(cls, "filterset_fields", None) or []
    filterset = getattr(cls, "filterset_class", None)
    query = getattr(cls, "query_class", None)
    return [*named, *(filterset.base_filters if filterset else []), *(query().get_fields() if query else [])]


def with_query(url: str, values: dict[str, str]) -> str:
    query = "&".join(f"{name}={value}" for name, value in values.items())
    return f"{url}{'&' if '?' in url else '?'}{query}"


def play(asker: Asker, case: Case) -> list[Leak]:
    """Every leak that this case shows."""
    answer, leaks = asker.attack(case.actor, case.method, case.url, case.body)
    if case.route.name in STEPS and case.actor.is_staff:
        known = asker.oracle.b.organization.pk.hex if asker.oracle else ""  # the trail's end is logged by it
        leaks = [leak for leak in leaks if leak.kind != "WRITE" and leak.shown != known]
    if case.absent and not leaks:
        url, body = case.absent
        other = asker.ask(case.actor, case.method, url, body)
        if told_apart(answer, other):
            where = f"{case.method} {case.url} {case.body.words[:100]}"
            shown = f"{answer.status} for a row of B, {other.status} for none"
            leaks.append(Leak("INFERENCE", case.actor.name, where, shown))
    return leaks


def told_apart(foreign: Answer, absent: Answer) -> bool:
    """Whether B's row and no row are answered differently."""
    return (foreign.status, unnamed(foreign)) != (absent.status, unnamed(absent))


def unnamed(answer: Answer) -> str:
    return settled(answer.page).replace(CANARY, NOBODY).replace(CANARY.lower(), NOBODY.lower())
