"""An invitation from one browser to another: a page whose policy hides its origin could not send its own form."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import signed_in
from tests.e2e.deployment import Deployment, deployment

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

NEW = "new@example.org"
PASSWORD = "a sentence is easier to remember"


def invited(page: Page, northwind: Deployment) -> str:
    """The owner makes a link and reads it off the page."""
    page.goto(f"{northwind.url}/o/northwind/invitations/add/")
    page.get_by_label("Work email").fill(NEW)
    page.get_by_role("button", name="Make the link").click()
    return page.locator("code", has_text="/invitations/").inner_text()


def test_the_invited_makes_an_account_and_comes_in(tmp_path: Path) -> None:
    with deployment(tmp_path, full=False) as northwind, signed_in(northwind) as page:
        link = invited(page, northwind)
        browser = page.context.browser
        assert browser is not None
        other = browser.new_context().new_page()
        other.goto(link)
        other.get_by_label("Password").fill(PASSWORD)
        other.get_by_role("button", name="Create account and join").click()
        other.get_by_label("Work email").fill(NEW)
        other.get_by_label("Password", exact=True).fill(PASSWORD)
        other.get_by_role("button", name="Continue").click()
        expect(other).to_have_url(f"{northwind.url}/o/northwind/me/")
