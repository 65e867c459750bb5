"""A link, followed on a phone: read, sign, look into the camera, done, and known at the kiosk; or a PIN instead."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from apps.attendance.walk import SAMPLES
from tests.e2e.browser import add, note, signed_in
from tests.e2e.clips import sample_clip
from tests.e2e.deployment import Deployment, deployment
from tests.e2e.test_walk import PEOPLE, expect_state, open_kiosk, open_person

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

PHONE: ViewportSize = {"width": 390, "height": 844}
GUIDED_MS = 240_000


@pytest.fixture(scope="module")
def northwind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployment(tmp_path_factory.mktemp("links"), full=False) as made:
        with signed_in(made) as page:
            add(page, made, "sites", {"Name": "Main gate", "Time zone": "Europe/Zurich"})
            add(page, made, "cameras", {"Name": "Kiosk 1", "Site": "Main gate"})
            for number, given, family in PEOPLE:
                add(page, made, "people", {"Person number": number, "Given name": given, "Family name": family})
        yield made


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody who looks straight ahead and does not turn."""
    return sample_clip(SAMPLES[0], tmp_path_factory.mktemp("clips"))


def link_for(page: Page, northwind: Deployment, family_name: str) -> str:
    """The operator makes a link and reads it off the page, under its picture to scan."""
    open_person(page, northwind, family_name)
    page.get_by_role("button", name=re.compile("^Send a (new )?link$")).click()
    expect(page.get_by_role("img", name="The link as a QR code")).to_be_visible()
    return page.locator("#link").inner_text()


@contextmanager
def phone(page: Page, link: str) -> Iterator[Page]:
    """The link on somebody's own phone, in a browser that never signed in; what it complains of fails the test."""
    browser, complaints = page.context.browser, list[str]()
    assert browser is not None
    own = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True).new_page()
    own.on("console", lambda message: note(message, complaints))
    own.on("pageerror", lambda error: complaints.append(str(error)))
    own.goto(link)
    yield own
    own.context.close()
    assert not complaints, "\n".join(complaints)


def agree(own: Page, name: str) -> None:
    own.get_by_label("Type your full name to sign").fill(name)
    own.get_by_role("button", name="I agree, open the camera").click()
    expect(own).to_have_url(re.compile("/enroll/here/$"))


def is_done(own: Page, given_name: str) -> None:
    expect(own.get_by_role("heading", name=f"That’s it, {given_name}")).to_be_visible(timeout=GUIDED_MS)


def test_somebody_who_cannot_turn_enrolls_alone_and_is_known(northwind: Deployment, clip: Path) -> None:
    _, given, family = PEOPLE[0]
    with signed_in(northwind, clip) as page:
        with phone(page, link_for(page, northwind, family)) as own:
            agree(own, f"{given} {family}")
            own.get_by_role("button", name="I can’t turn my head").click()
            own.get_by_role("dialog").get_by_role("button", name="Go on").click()
            is_done(own, given)
        open_kiosk(page, northwind)
        expect_state(page, "recognised")
        expect(page.get_by_role("status")).to_contain_text(given)


@pytest.mark.shared
def test_whoever_follows_the_ring_is_known_from_the_front(northwind: Deployment, shared: Path) -> None:
    _, given, family = PEOPLE[1]
    with (
        signed_in(northwind, shared / "camera/enrol_turn_D_synthetic.mjpeg") as page,
        phone(page, link_for(page, northwind, family)) as own,
    ):
        agree(own, f"{given} {family}")
        is_done(own, given)
    with signed_in(northwind, shared / "camera/front_D.mjpeg") as page:
        open_kiosk(page, northwind)
        expect_state(page, "recognised")
        expect(page.get_by_role("status")).to_contain_text(given)


def test_whoever_stops_leaves_nothing_and_may_choose_a_pin_next_time(northwind: Deployment, clip: Path) -> None:
    _, given, family = PEOPLE[2]
    kept = northwind.count("enrollment_reference")
    with signed_in(northwind, clip) as page:
        with phone(page, link_for(page, northwind, family)) as own:
            agree(own, f"{given} {family}")
            expect(own.locator("body")).not_to_have_attribute("data-accepted", "0", timeout=GUIDED_MS)
            own.get_by_role("button", name="Cancel").click()
            expect(own.get_by_role("heading", name="Nothing of this visit was kept")).to_be_visible()
        assert northwind.count("enrollment_reference") == kept
        with phone(page, link_for(page, northwind, family)) as own:
            own.get_by_role("button", name="I’d rather use a PIN").click()
            expect(own.get_by_role("heading", name="a PIN it is")).to_be_visible()
        page.goto(f"{northwind.url}/o/northwind/enrollment/links/")
        expect(page.get_by_role("row", name=family).first).to_contain_text("PIN")
