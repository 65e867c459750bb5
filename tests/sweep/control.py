"""The positive control: every route and method, answered to somebody entitled with their own rows.

A browser's way: pages are opened and their links followed and their forms sent, so that a new page is covered by being
linked. What no page leads to is tried with the key of every own row. What stays unanswered is dead, and fails.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

from tests.sweep.actors import Actor
from tests.sweep.asking import NO_BODY, Answer, Asker
from tests.sweep.bodies import Body, filled, from_serializer, read_page
from tests.sweep.more import more_of
from tests.sweep.recipes import ADDRESSES, ARGUMENTS, BODIES, FIRST_ACTOR, field_values
from tests.sweep.routes import METHODS, SAFE, Route, routes
from tests.sweep.rows import Place

URLS_A_ROUTE = 2


@dataclass(frozen=True)
class Live:
    """A request that was answered: what attacks start from."""

    route: Route
    method: str
    actor: Actor
    url: str
    body: Body
    answer: Answer


@dataclass
class Control:
    """What was found while using the product as A."""

    a: Place
    people: list[Actor]
    asker: Asker
    names: set[str] | None = None  # of the routes to try; all of them where it is None
    live: dict[tuple[Route, str], Live] = field(default_factory=dict)
    dead: dict[tuple[Route, str], list[int]] = field(default_factory=dict)
    closed: dict[tuple[Route, str], list[int]] = field(default_factory=dict)
    refusals: list[Live] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    refused: list[tuple[Route, str]] = field(default_factory=list)
    urls: dict[str, list[str]] = field(default_factory=dict)
    forms: dict[str, list[tuple[Actor, str, Body]]] = field(default_factory=dict)
    queries: dict[str, set[str]] = field(default_factory=dict)
    silent_writes: dict[str, str] = field(default_factory=dict)
    more: list[Live] = field(default_factory=list)  # other requests to routes that were answered

    def run(self) -> "Control":
        self.routes = [route for route in routes() if self.names is None or route.name in self.names]
        self.by_key = {route.key: route for route in self.routes}
        for actor in self.people if self.names is None else []:
            self._crawl(actor)
        for route in self.routes:
            for method in METHODS:
                if (route, method) not in self.live:
                    self._try(route, method)
        for name, method, query, body in more_of(self) if self.names is None else []:
            self._ask_more(name, method, query, body)
        return self

    def _ask_more(self, name: str, method: str, query: str, body: Body) -> None:
        """What one method of a route has besides the request that was answered first; it must be answered too."""
        route = next(one for one in self.routes if one.name == name)
        url = self.addresses(route)[0].split("?")[0] + query
        answer = self.asker.ask(self.people[0], method, url, body)
        assert answer.is_fine, f"{method} {url} {body.words}: {answer.status}"
        self.more.append(Live(route, method, self.people[0], url, body, answer))

    def _crawl(self, actor: Actor) -> None:
        """Open every page that a link leads to, as this actor."""
        seen: dict[str, int] = {}
        todo = ["/", f"/o/{self.a.slug}/"]
        opened = set()
        while todo:
            url = todo.pop(0)
            route = self.route_of(url)
            if route is None or url in opened or seen.get(route.key, 0) >= URLS_A_ROUTE:
                continue
            opened.add(url)
            seen[route.key] = seen.get(route.key, 0) + 1
            if url not in self.urls.setdefault(route.key, []):
                self.urls[route.key].append(url)
            if (route, "GET") in self.live and actor.user is None:
                continue
            answer = self.asker.ask(actor, "GET", url)
            if answer.is_fine:
                todo += self._keep(route, "GET", actor, url, NO_BODY, answer)

    def _read(self, actor: Actor, url: str, answer: Answer) -> list[str]:
        """Links of an answer; its forms are remembered by where they go."""
        if 300 <= answer.status < 400:
            return [urljoin(url, location) for location in [answer_location(answer)] if location]
        if "html" not in answer.kind:
            return []
        page = read_page(answer.page)
        for form in page.forms:
            target = urljoin(url, form.action or urlsplit(url).path)
            route = self.route_of(target)
            if route and form.method == "post":
                self._offer(route, actor, target, filled(form, field_values(self.a), self.a))
            elif route:
                self.queries.setdefault(route.key, set()).update(one.name for one in form.fields)
        return [urljoin(url, link) for link in page.links if not link.startswith(("mailto:", "#"))]

    def _offer(self, route: Route, actor: Actor, url: str, body: Body) -> None:
        known = self.forms.setdefault(route.key, [])
        if not any(one[0] is actor and one[2].values.keys() == body.values.keys() for one in known):
            known.append((actor, url, body))

    def route_of(self, url: str) -> Route | None:
        """The route that answers this address, or None for one of another site."""
        parts = urlsplit(url)
        if parts.netloc:
            return None
        try:
            return self.by_key.get(resolve(parts.path).route)
        except Resolver404:
            return None

    def _keep(self, route: Route, method: str, actor: Actor, url: str, body: Body, answer: Answer) -> list[str]:
        """Remember that this was answered; returns where its page leads."""
        looked = self.live.get((route, "GET"))
        # What looking at the page writes as well, such as a key sealed again, is no act.
        acted = answer.writes.facts - (looked.answer.writes.facts if looked else set())
        if method not in SAFE and acted and not answer.writes.audited:
            self.silent_writes.setdefault(f"{method} {route}", ", ".join(sorted(acted)))
        self.live.setdefault((route, method), Live(route, method, actor, url, body, answer))
        return self._read(actor, url, answer) if method == "GET" else []

    def _try(self, route: Route, method: str) -> None:
        statuses: list[int] = []
        for actor, url, body in self.attempts(route, method):
            answer = self.asker.ask(actor, method, url, body)
            if answer.status == 405:
                self.refused.append((route, method))
                return
            if answer.is_fine and not self._is_page_again(route, method, answer):
                self._keep(route, method, actor, url, body, answer)
                return
            statuses.append(answer.status)
            if answer.status == 422 and route.name in BODIES:
                self.refusals.append(Live(route, method, actor, url, body, answer))
            self.errors |= {f"{method} {route}": answer.error[-400:]} if answer.error else {}
        (self.closed if self._is_nobodys(statuses) else self.dead)[(route, method)] = statuses

    def _is_nobodys(self, statuses: list[int]) -> bool:
        """Whether even the owner was told that this is not theirs to do, such as to delete a punch."""
        return 403 in statuses and set(statuses) <= {302, 401, 403, 404}

    def _is_page_again(self, route: Route, method: str, answer: Answer) -> bool:
        """Whether a form that was sent came back as if it had only been asked for."""
        says_more = any(len(body.values) > 1 for _, _, body in self.forms.get(route.key, []))
        shown = self.live.get((route, "GET")) and says_more
        is_page = method == "POST" and answer.status == 200 and "html" in answer.kind
        return is_page and bool(shown) and not answer.writes.facts

    def attempts(self, route: Route, method: str) -> Iterator[tuple[Actor, str, Body]]:
        """Ways to ask, the likeliest first: recipes, forms seen, the serializer's body, then an empty one."""
        people = self.likeliest(route)
        if method == "POST":
            if route.name in BODIES:
                yield people[0], self.addresses(route)[0], BODIES[route.name](self.a)
            yield from sorted(self.forms.get(route.key, []), key=lambda known: people.index(known[0]))
        body = NO_BODY if method in SAFE else from_serializer(route.view, self.a) or NO_BODY
        shown = self.live.get((route, "GET"))
        if shown:
            yield shown.actor, shown.url, body
        for url in self.addresses(route):
            yield from ((actor, url, body) for actor in people)

    def likeliest(self, route: Route) -> list[Actor]:
        """Those this route is for, first: programs for the API."""
        name, program = FIRST_ACTOR.get(route.name), is_for_programs(route)
        return sorted(self.people, key=lambda actor: (actor.name != name, actor.is_program != program))

    def addresses(self, route: Route) -> list[str]:
        """Own addresses of this route: those that were answered or linked, else with the key that finds a row."""
        if route.name in ADDRESSES:
            return [ADDRESSES[route.name](self.a)]
        known = {live.url for (one, _), live in self.live.items() if one is route}
        if known:
            return sorted(known)[:URLS_A_ROUTE]
        if route.key not in self.places:
            self.places[route.key] = self.urls.get(route.key) or [self._found(route)]
        return self.places[route.key]

    def _found(self, route: Route) -> str:
        """The address that is no 404 to whom the route is for, of those with the key of every own row."""
        choices = itertools.product(*[self.values(name) for name in route.arguments])
        urls = [route.url(dict(zip(route.arguments, values, strict=True))) for values in choices]
        asker, known = self.likeliest(route)[0], {live.url.rstrip("/") for live in self.live.values()}
        above = tuple(f"{other}/" for other in known if self._has_key(other))
        urls.sort(key=lambda url: not url.startswith(above))
        if len(urls) == 1 or urls[0].startswith(above):
            return urls[0]
        return next((url for url in urls if self.asker.ask(asker, "GET", url).status != 404), urls[0])

    def _has_key(self, url: str) -> bool:
        return any(str(row.pk) in url for row in self.a.rows.values())

    def values(self, argument: str) -> list[str]:
        """What may stand for this argument."""
        if argument == "slug":
            return [self.a.slug]
        if argument in ARGUMENTS:
            return ARGUMENTS[argument](self.a)
        return [str(row.pk) for row in self.a.rows.values()]


def answer_location(answer: Answer) -> str:
    found = answer.heard.split("'Location': '", 1)
    return found[1].split("'", 1)[0] if len(found) == 2 else ""


def is_for_programs(route: Route) -> bool:
    """Whether a view takes credentials, not sessions."""
    return hasattr(getattr(route.view, "cls", None), "authentication_classes")
