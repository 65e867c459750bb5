"""Browsers by the names their owners know."""

import pytest
from django.test import Client

from apps.organizations.templatetags.device_names import device_name
from tests.personas import World

SENTENCE = "a sentence is easier to remember"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/140.0 Safari/537.36", "Chrome, Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        (f"Mozilla/5.0 (Linux; Android 15; SM-S9) {WEBKIT} Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, macOS"),
        ("curl/8.9", "curl/8.9"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_has_a_name(said: str, name: str) -> None:
    assert device_name(said) == name


def test_the_list_of_sessions_says_it(world: World) -> None:
    world.alice.set_password(SENTENCE)
    world.alice.save()
    agent = f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/140.0 Safari/537.36"
    browser = Client(headers={"User-Agent": agent})
    browser.post("/accounts/login/", {"login": world.alice.email, "password": SENTENCE})
    page = browser.get("/accounts/sessions/").text
    assert "Chrome, Linux" in page and "Mozilla" not in page
