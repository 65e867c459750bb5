"""Every answer forbids what its page does not need."""

import pytest
from django.test import Client

from apps.organizations.headers import CAMERA, NO_CAMERA
from tests.house.addresses import furniture
from tests.personas import World, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world"), pytest.mark.twice]


def policy(header: str) -> dict[str, str]:
    return {one.split()[0]: " ".join(one.split()[1:]) for one in header.split(";") if one.strip()}


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.alice)


PAGES = ["/", "/o/northwind/sites/", "/o/northwind/people/", "/o/southwind/sites/", "/nothing/", "/accounts/logout/"]


@pytest.mark.parametrize("url", PAGES)
def test_no_inline_script_or_style_runs(client: Client, url: str) -> None:
    found = policy(client.get(url)["Content-Security-Policy"])
    assert (found["default-src"], found["script-src"], found["style-src"]) == ("'none'", "'self'", "'self'")


@pytest.mark.parametrize("url", PAGES)
def test_nothing_unsafe_is_allowed(client: Client, url: str) -> None:
    header = client.get(url)["Content-Security-Policy"]
    assert "unsafe" not in header and "*" not in header and "http:" not in header


def test_a_page_talks_to_its_own_server_only(client: Client, settings: object) -> None:
    found = policy(client.get("/o/northwind/sites/")["Content-Security-Policy"])
    assert found["connect-src"] == "'self' ws://127.0.0.1:8000"


def test_a_page_stands_in_no_frame(client: Client) -> None:
    page = client.get("/o/northwind/sites/")
    found = policy(page["Content-Security-Policy"])
    assert (found["frame-ancestors"], found["base-uri"], page["X-Frame-Options"]) == ("'none'", "'none'", "DENY")


@pytest.mark.parametrize("url", PAGES)
def test_no_page_stays_in_a_cache(client: Client, url: str) -> None:
    assert "no-store" in client.get(url)["Cache-Control"]


@pytest.mark.parametrize("url", PAGES)
def test_a_page_has_no_camera(client: Client, url: str) -> None:
    assert client.get(url)["Permissions-Policy"] == NO_CAMERA


def test_the_kiosk_page_has_the_camera(world: World, client: Client) -> None:
    assert client.get(f"/o/northwind/cameras/{world.camera.pk}/kiosk/")["Permissions-Policy"] == CAMERA


def test_the_capture_page_has_the_camera(world: World, client: Client) -> None:
    session = furniture(world, world.northwind).rows["session"]
    assert client.get(f"/o/northwind/enrollments/{session.pk}/")["Permissions-Policy"] == CAMERA


def test_who_may_not_open_the_kiosk_has_no_camera_there(world: World) -> None:
    answer = signed_in(world.bob_as("auditor")).get(f"/o/northwind/cameras/{world.camera.pk}/kiosk/")
    assert answer["Permissions-Policy"] == NO_CAMERA


def test_a_page_is_taken_for_what_it_says_it_is(client: Client) -> None:
    assert client.get("/")["X-Content-Type-Options"] == "nosniff"


def test_the_address_of_a_page_is_told_to_nobody_else(client: Client) -> None:
    assert client.get("/")["Referrer-Policy"] == "same-origin"


def test_a_form_without_its_token_is_refused(world: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.alice)
    assert browser.post("/o/northwind/sites/add/", {"name": "New"}).status_code == 403
