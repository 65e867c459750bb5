"""The HTTP door: members only, one transaction around a write, coded errors as a page or as JSON."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from apps.organizations.models import Membership, Role, Site
from apps.organizations.tenancy import acting_for, current_organization_id
from tests.personas import World, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.organizations.planted_urls")]
PLANTED = "/o/northwind/planted/"


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    """Alice's browser, which shows a server error as a page like a real one."""
    browser = signed_in(world.alice)
    browser.raise_request_exception = False
    yield browser


def names(world: World) -> list[str]:
    with acting_for(world.northwind):
        return sorted(Site.objects.values_list("name", flat=True))


def seen(response: Any) -> tuple[int, bytes, dict[str, str]]:
    return response.status_code, response.content, dict(response.headers)


def test_a_foreign_organization_answers_byte_for_byte_like_an_absent_one(client: Client) -> None:
    assert seen(client.get("/o/southwind/sites/")) == seen(client.get("/o/elsewhere/sites/"))


def test_both_are_404(client: Client) -> None:
    assert [client.get(f"/o/{slug}/sites/").status_code for slug in ("southwind", "elsewhere")] == [404, 404]


def test_a_write_to_a_foreign_organization_is_404_too(client: Client) -> None:
    assert seen(client.post("/o/southwind/sites/add/")) == seen(client.post("/o/elsewhere/sites/add/"))


def test_who_is_not_signed_in_is_asked_to_whether_it_exists_or_not(world: World) -> None:
    found = [Client().get(f"/o/{slug}/sites/")["Location"] for slug in ("northwind", "elsewhere")]
    assert found == ["/accounts/login/?next=/o/northwind/sites/", "/accounts/login/?next=/o/elsewhere/sites/"]


def test_a_suspended_member_gets_404(world: World, client: Client) -> None:
    with acting_for(world.northwind):
        Membership.objects.filter(user=world.alice).update(is_active=False)
    assert client.get("/o/northwind/sites/").status_code == 404


def test_a_suspended_user_is_signed_out(world: World, client: Client) -> None:
    world.alice.is_active = False
    world.alice.save()
    assert client.get("/o/northwind/sites/").status_code == 302


def test_a_changed_role_counts_from_the_next_request(world: World) -> None:
    browser = signed_in(world.bob_as(Role.OPERATOR))
    world.bob_as(Role.EMPLOYEE)
    assert browser.get("/o/northwind/sites/").status_code == 403


def test_no_organization_stays_open_after_the_request(client: Client) -> None:
    client.get("/o/northwind/sites/")
    assert current_organization_id() is None


def test_no_organization_stays_open_after_a_failure(client: Client) -> None:
    client.post(PLANTED + "fails/")
    assert current_organization_id() is None


def test_an_address_that_is_not_there_is_404(client: Client) -> None:
    assert client.get("/o/northwind/nothing/").status_code == 404


def test_a_view_that_works_leaves_its_row(world: World, client: Client) -> None:
    client.post(PLANTED + "works/")
    assert names(world) == ["Main gate", "Written"]


@pytest.mark.parametrize("view", ["fails", "refuses"])
def test_an_exception_after_a_write_leaves_no_row(world: World, client: Client, view: str) -> None:
    client.post(f"{PLANTED}{view}/")
    assert "Written" not in names(world)


@pytest.mark.parametrize("verb", ["put", "patch", "delete"])
def test_every_verb_that_writes_has_its_transaction(world: World, client: Client, verb: str) -> None:
    getattr(client, verb)(PLANTED + "fails/")
    assert names(world) == ["Main gate"]


def test_an_exception_is_a_server_error(client: Client) -> None:
    assert client.post(PLANTED + "fails/").status_code == 500


def test_a_page_that_cannot_be_rendered_is_a_server_error(client: Client) -> None:
    assert client.get(PLANTED + "renders/").status_code == 500


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("view", ["fails", "refuses"])
def test_nothing_is_committed_without_the_tests_own_transaction_either(world: World, view: str) -> None:
    browser = signed_in(world.alice)
    browser.raise_request_exception = False
    browser.post(f"{PLANTED}{view}/")
    assert names(world) == ["Main gate"]


def test_a_refusal_that_keeps_what_was_written_does(world: World, client: Client) -> None:
    client.post(PLANTED + "counts/")
    assert names(world) == ["Counted", "Main gate"]


def test_a_refusal_has_the_status_of_its_error(client: Client) -> None:
    found = [client.post(f"{PLANTED}{view}/").status_code for view in ("refuses", "counts")]
    assert found == [409, 400]


def test_a_refusal_is_a_page_for_people(client: Client) -> None:
    page = client.post(PLANTED + "refuses/", headers={"accept": "text/html,*/*;q=0.8"})
    assert "This name is taken. Choose another." in page.text and "name_taken" in page.text


def test_a_refusal_is_json_for_programs(client: Client) -> None:
    answer = client.post(PLANTED + "refuses/", headers={"accept": "application/json"})
    assert answer.json() == {"state": "refused", "code": "name_taken", "hint": "This name is taken. Choose another."}


def test_who_accepts_anything_gets_the_page(client: Client) -> None:
    assert client.post(PLANTED + "refuses/", headers={"accept": "*/*"})["Content-Type"].startswith("text/html")


def test_a_refusal_of_a_read_is_answered_alike(client: Client) -> None:
    answer = client.get(PLANTED + "reads/", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (410, "nothing")


def test_a_refusal_outside_an_organization_is_answered_alike(client: Client) -> None:
    assert client.post("/planted/refuses/").status_code == 400
