"""Chromium with a clip for a webcam, signed in, its complaints written down."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from tests.e2e.deployment import Deployment
from tests.plugins.needs import chromium_path

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]


@contextmanager
def signed_in(deployment: Deployment, clip: Path | None = None, *, camera: str = "") -> Iterator[Page]:
    """A page of the owner's session; every console error and CSP report of it fails the test at the end.

    `camera="deny"` answers the browser's question with no, else it is granted.
    """
    flags = [*FLAGS, f"--use-fake-ui-for-media-stream{'=deny' if camera == 'deny' else ''}"]
    if clip:
        flags.append(f"--use-file-for-fake-video-capture={clip}")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=flags)
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.on("console", lambda message: note(message, complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(deployment.url)
        page.get_by_label("Work email").fill(deployment.owner)
        page.get_by_label("Password", exact=True).fill(deployment.password)
        page.get_by_role("button", name="Continue").click()
        expect(page).to_have_url(f"{deployment.url}/o/northwind/today/")
        yield page
        browser.close()
    assert not complaints, "\n".join(complaints)


def note(message: ConsoleMessage, complaints: list[str]) -> None:
    where = str(message.location.get("url"))
    if message.type == "error" and not where.endswith("/favicon.ico"):
        complaints.append(f"{message.text} ({where})")


def add(page: Page, deployment: Deployment, where: str, fields: dict[str, str]) -> None:
    """Fill and save one of the plain forms."""
    page.goto(f"{deployment.url}/o/northwind/{where}/add/")
    for label, value in fields.items():
        field = page.get_by_label(label)
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    page.locator("main form button[type=submit]").click()
    expect(page).to_have_url(f"{deployment.url}/o/northwind/{where}/")
