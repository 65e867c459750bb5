"""What the server hands out and takes back, made in B and sent in A: signed rows, cursors; and the keys it keeps by."""

import json

import pytest

from apps.organizations.api_door import Scope
from apps.organizations.models import Role
from apps.recognition import frames
from tests.sweep.actors import Actor, credential
from tests.sweep.asking import Asker
from tests.sweep.bodies import Body
from tests.sweep.calls import Caller, calls
from tests.sweep.keys import OWNED, noting_keys, unowned
from tests.sweep.more import sealed_rows
from tests.sweep.oracle import Oracle
from tests.sweep.recipes import pairing
from tests.sweep.rows import Place, password_of
from tests.sweep.scenes import scenes

pytestmark = pytest.mark.django_db

LISTS = ("people", "departments", "sites")


def owner(place: Place) -> Actor:
    found = Actor(f"owner of {place.tag}", place.users[Role.OWNER])
    found.sign_in(password_of(place.users[Role.OWNER]))
    return found


def test_rows_sealed_in_one_organization_are_refused_in_another(places: tuple[Place, Place]) -> None:
    a, b = places
    asker = Asker(Oracle(a, b))
    rows = {place.tag: sealed_rows(asker, owner(place), place) for place in places}
    url = f"/o/{a.slug}/admin/people/person/import/"
    own = asker.ask(owner(a), "POST", url, Body({"rows": rows[a.tag]}))
    assert (own.status, "people_person" in own.writes) == (302, True)
    theirs, leaks = asker.attack(owner(a), "POST", url, Body({"rows": rows[b.tag]}))
    assert (theirs.status, theirs.writes.facts, leaks) == (422, set(), [])


@pytest.mark.parametrize("listed", LISTS)
def test_a_cursor_of_one_organization_is_refused_in_another(listed: str, places: tuple[Place, Place]) -> None:
    a, b = places
    programs = {place.tag: credential(place, f"cursors of {listed}", list(Scope)) for place in places}
    asker = Asker(Oracle(a, b))
    url = f"/api/v1/{listed}?limit=1"
    cursor = json.loads(asker.ask(programs[b.tag], "GET", url).page)["next_cursor"]
    assert asker.ask(programs[b.tag], "GET", f"{url}&cursor={cursor}").status == 200
    answer, leaks = asker.attack(programs[a.tag], "GET", f"{url}&cursor={cursor}")
    assert (answer.status, leaks) == (400, [])


def test_every_key_that_is_kept_says_whose_it_is(places: tuple[Place, Place]) -> None:
    a, b = places
    asker, caller, program = Asker(), Caller(Oracle(a, b)), credential(a, "keys", list(Scope))
    with noting_keys() as keys:
        for call in [*calls(a, b), *scenes(a, b)]:
            caller.outcome(call)
        frames.take(a.organization.pk, frames.hold(a.organization.pk, b"no picture"))
        asker.ask(program, "GET", "/api/v1/people")
        asker.ask(Actor("device"), "POST", "/pair/", pairing(a).with_(code="WRONG"))
        owner(a)
    assert len(keys) > len(OWNED)
    assert unowned(keys, a.organization.pk) == []
    assert unowned(keys, b.organization.pk) != []
