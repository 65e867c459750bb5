"""A passkey from end to end, in a real browser with a virtual authenticator: made, used to sign in, used as a second
step."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.browser import FLAGS, note
from tests.e2e.deployment import Deployment, deployment
from tests.plugins.needs import chromium_path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def northwind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployment(tmp_path_factory.mktemp("passkey"), full=False) as made:
        # A passkey is bound to a name; a bare address has none.
        made.url = made.url.replace("127.0.0.1", "localhost")
        yield made


@pytest.fixture
def page(northwind: Deployment) -> Iterator[Page]:
    """A page of a browser that holds no key yet; a complaint of the console or the CSP fails the test at the end."""
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = browser.new_context().new_page()
        page.on("console", lambda message: note(message, complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        yield page
        browser.close()
    assert complaints == []


def give_password(page: Page, made: Deployment) -> None:
    page.goto(f"{made.url}/accounts/login/")
    page.get_by_label("Work email").fill(made.owner)
    page.get_by_label("Password", exact=True).fill(made.password)
    page.get_by_role("button", name="Continue").click()


def add_passkey(page: Page, made: Deployment, name: str) -> None:
    page.goto(f"{made.url}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password", exact=False).first.fill(made.password)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def sign_out(page: Page, made: Deployment) -> None:
    page.goto(f"{made.url}/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()


def test_a_passkey_signs_in_and_is_a_second_step(northwind: Deployment, page: Page, tmp_path: Path) -> None:
    give_password(page, northwind)
    expect(page).to_have_url(f"{northwind.url}/o/northwind/today/")
    add_passkey(page, northwind, "Laptop")

    sign_out(page, northwind)
    page.goto(f"{northwind.url}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{northwind.url}/o/northwind/today/")

    sign_out(page, northwind)
    give_password(page, northwind)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{northwind.url}/o/northwind/today/")
    assert northwind.count("mfa_authenticator where type = 'webauthn'") == 1
