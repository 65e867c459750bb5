"""Which scopes open which route: every route there is, against every scope there is."""

from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from apps.organizations.api_door import Scope
from tests.integrations.programs import body_of, program_of, refused
from tests.personas import World

pytestmark = pytest.mark.usefixtures("standing_world")

READ, WRITE, PUNCHES = Scope.READ_PEOPLE, Scope.WRITE_PEOPLE, Scope.READ_PUNCHES
ANY, PEOPLE, WRITERS = set(Scope), {READ, WRITE}, {WRITE}
EXPECTED: dict[tuple[str, str], set[Scope]] = {
    ("get", "api/v1/organization"): ANY,
    ("get", "api/v1/sites"): ANY,
    ("get", "api/v1/sites/<str:pk>"): ANY,
    ("get", "api/v1/departments"): PEOPLE,
    ("get", "api/v1/departments/<str:pk>"): PEOPLE,
    ("get", "api/v1/people"): PEOPLE,
    ("post", "api/v1/people"): WRITERS,
    ("get", "api/v1/people/<str:pk>"): PEOPLE,
    ("patch", "api/v1/people/<str:pk>"): WRITERS,
    ("post", "api/v1/people/<str:pk>/deactivate"): WRITERS,
    ("get", "api/v1/punches"): {PUNCHES},
    ("get", "api/v1/punches/<str:pk>"): {PUNCHES},
}
NOT_FOUND = "api/"  # any other address: 404, whoever asks


def routes(resolver: Any = None, outer: str = "") -> dict[tuple[str, str], Any]:
    """Method and route of everything below /api/, with the view's class and its action."""
    found: dict[tuple[str, str], Any] = {}
    for one in (resolver or get_resolver()).url_patterns:
        route = outer + str(one.pattern)
        if isinstance(one, URLResolver):
            found |= routes(one, route) if "api/".startswith(route[:4]) else {}
        elif isinstance(one, URLPattern) and route.startswith("api/") and route != NOT_FOUND:
            view: Any = one.callback
            found |= {(method, route): (view.cls, action) for method, action in view.actions.items()}
    return {key: value for key, value in found.items() if key[0] != "head"}


ROUTES = routes()


def name_of(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


def test_the_walk_finds_every_route() -> None:
    assert set(ROUTES) == set(EXPECTED)


def test_every_action_declares_its_scopes() -> None:
    assert {key: set(view.scopes.get(action, ())) for key, (view, action) in ROUTES.items()} == EXPECTED


def test_no_declaration_is_left_over() -> None:
    declared = {(view, action) for view, _ in ROUTES.values() for action in view.scopes}
    assert declared == set(ROUTES.values())


def status_of(world: World, key: tuple[str, str], scopes: list[str]) -> Any:
    method, route = key
    program = program_of(world.northwind, world.alice, scopes, f"{key} {scopes}"[:80])
    path = "/" + route.removeprefix("api/v1/").replace("<str:pk>", "external_id:E1" if "people" in route else "none")
    return program.ask(method.upper(), path, body_of("E7") if method == "post" else {})


@pytest.mark.django_db
@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("key", EXPECTED, ids=name_of)
def test_the_declaration_decides(world: World, key: tuple[str, str], scope: Scope) -> None:
    answer = status_of(world, key, [scope.value])
    assert (answer.status_code == 403) == (scope not in EXPECTED[key])
    assert answer.status_code in {200, 201, 403, 404}


@pytest.mark.django_db
@pytest.mark.parametrize("key", EXPECTED, ids=name_of)
def test_without_a_scope_nothing_opens(world: World, key: tuple[str, str]) -> None:
    assert refused(status_of(world, key, [])) == (403, "permission_denied")


@pytest.mark.django_db
def test_an_unknown_scope_opens_nothing(world: World) -> None:
    assert status_of(world, ("get", "api/v1/people"), ["people:everything"]).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_is_not_there_is_405(world: World, method: str) -> None:
    program = program_of(world.northwind, world.alice, [READ.value])
    answer = program.ask(method, "/people")
    assert refused(answer) == (405, "method_not_allowed")
