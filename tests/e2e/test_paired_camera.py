"""A tablet nobody signed in on: paired by a code, a kiosk by its key, still one after a reload, gone once removed."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import FLAGS, add, note, signed_in
from tests.e2e.clips import sample_clips
from tests.e2e.deployment import Deployment, deployment
from tests.e2e.test_walk import PEOPLE, enroll, expect_state, new_pin, punches
from tests.plugins.needs import chromium_path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

MOST_SECONDS = 2.0
# A page of ours reads the key's record as the kiosk does, and tries to take the private half out.
STEAL = """async () => {
  const { keptKey } = await import(document.querySelector('script[type="module"][src*="paired_kiosk"]').src
    .replace(/paired_kiosk[^/]*\\.js/, "device_key.js"));
  const { privateKey } = await keptKey();
  const tries = ["pkcs8", "jwk", "raw"].map((form) => crypto.subtle.exportKey(form, privateKey));
  return (await Promise.allSettled(tries)).map(({ status }) => status);
}"""


@pytest.fixture(
    scope="module",
    params=[pytest.param("embedded", marks=pytest.mark.twice), pytest.param("full", marks=pytest.mark.services)],
)
def northwind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment with a kiosk and two people."""
    folder = tmp_path_factory.mktemp(request.param)
    with deployment(folder, full=request.param == "full") as made:
        with signed_in(made) as page:
            add(page, made, "sites", {"Name": "Main gate", "Time zone": "Europe/Zurich"})
            add(page, made, "cameras", {"Name": "Kiosk 1", "Site": "Main gate"})
            for number, given, family in PEOPLE[:2]:
                names = {"Person number": number, "Given name": given, "Family name": family}
                add(page, made, "people", names)
        yield made


@contextmanager
def beside(owner: Page, clip: Path) -> Iterator[Page]:
    """A tablet: a browser without any session, with this clip for a camera. Its complaints fail the test."""
    complaints: list[str] = []
    flags = [*FLAGS, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={clip}"]
    launcher = owner.context.browser
    assert launcher
    browser = launcher.browser_type.launch(executable_path=chromium_path(), args=flags)
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.on("console", lambda message: note(message, complaints))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', (event) => console.error(event.violatedDirective))"
    )
    yield page
    browser.close()
    assert complaints == []


def new_code(owner: Page, northwind: Deployment) -> str:
    owner.goto(f"{northwind.url}/o/northwind/cameras/")
    owner.get_by_role("link", name="Kiosk 1").click()
    owner.get_by_role("link", name="Paired device").click()
    owner.get_by_role("button", name="Pair").click()
    code = owner.locator("[data-code]").inner_text()
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", code)
    expect(owner.get_by_role("timer")).to_contain_text(re.compile(r"Valid for 9 min \d+ s"))
    return code


def pair(tablet: Page, northwind: Deployment, code: str) -> None:
    tablet.goto(f"{northwind.url}/camera/")
    expect_state(tablet, "unpaired")
    tablet.get_by_role("button", name="Pair this device").click()
    tablet.get_by_label("Code", exact=True).press_sequentially(code.lower().replace("-", ""))
    tablet.get_by_role("button", name="Pair").click()
    expect(tablet).to_have_url(f"{northwind.url}/camera/", timeout=15_000)
    expect_welcomed(tablet)


def expect_welcomed(tablet: Page) -> None:
    expect(tablet.locator("body")).to_have_attribute("data-ws", "open", timeout=15_000)
    expect(tablet.get_by_role("heading", name="Northwind")).to_be_visible()
    expect(tablet.get_by_text("Main gate · Kiosk 1")).to_be_visible()


def test_a_tablet_is_paired_used_and_removed(northwind: Deployment, tmp_path: Path) -> None:
    clip, _ = sample_clips(tmp_path)
    number, _, family_name = PEOPLE[1]
    with signed_in(northwind, clip) as owner:
        enroll(owner, northwind, PEOPLE[0][2])
        pin = new_pin(owner, northwind, family_name)
        with beside(owner, clip) as tablet:
            pair(tablet, northwind, new_code(owner, northwind))
            expect_state(tablet, "recognised")
            assert tablet.context.cookies() == [] or {one["name"] for one in tablet.context.cookies()} == {"csrf"}
            assert tablet.evaluate(STEAL) == ["rejected"] * 3

            tablet.reload()
            expect_welcomed(tablet)
            punch_by_pin(tablet, number, pin)
            assert punches(northwind, number) == [("pin",)]

            remove(owner, northwind, tablet)
            tablet.reload()
            expect_state(tablet, "removed")


def punch_by_pin(tablet: Page, number: str, pin: str) -> None:
    tablet.get_by_role("button", name="Use PIN").first.click()
    panel = tablet.get_by_role("group", name="Use your PIN")
    panel.get_by_label("Your number").fill(number)
    panel.get_by_label("PIN", exact=True).fill(pin)
    panel.get_by_role("button", name="Check in or out").click()
    expect_state(tablet, "recognised")


def remove(owner: Page, northwind: Deployment, tablet: Page) -> None:
    """Remove the device on the owner's page; its own page says so within two seconds, and its camera is off."""
    owner.goto(f"{northwind.url}/o/northwind/cameras/")
    owner.get_by_role("link", name="Kiosk 1").click()
    owner.get_by_role("link", name="Paired device").click()
    owner.get_by_role("button", name="Remove device").click()
    owner.get_by_role("dialog").get_by_role("button", name="Remove device").click()
    expect(owner.get_by_text("No device is paired")).to_be_visible()
    removed = time.monotonic()
    expect(tablet.locator("body")).to_have_attribute("data-state", "removed", timeout=MOST_SECONDS * 1000)
    assert time.monotonic() - removed <= MOST_SECONDS
    live = (
        "document.querySelector('video').srcObject?.getTracks().some((track) => track.readyState === 'live') ?? false"
    )
    assert tablet.evaluate(live) is False
