"""Badges in a browser: a printed one held up to the camera, a card at a USB reader, both with faces switched off."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import add, signed_in
from tests.e2e.deployment import Deployment, deployment, manage
from tests.e2e.test_paired_camera import beside, new_code, pair
from tests.e2e.test_walk import PEOPLE, expect_state, open_kiosk, punches

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

RFID = "0012345678"
READER_GAP_S = 0.004
FACES_OFF = """
from apps.enrollment.privacy import switch_face_mode
from apps.organizations import doors
from apps.organizations.models import Organization
from apps.organizations.tenancy import acting_for

with acting_for(doors.organization_id_of("northwind")):
    switch_face_mode(organization=Organization.objects.get(slug="northwind"), on=False)
"""


@pytest.fixture(scope="module")
def northwind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment with a kiosk and three people; nobody is enrolled."""
    with deployment(tmp_path_factory.mktemp("badges"), full=False) as made:
        with signed_in(made) as page:
            add(page, made, "sites", {"Name": "Main gate", "Time zone": "Europe/Zurich"})
            add(page, made, "cameras", {"Name": "Kiosk 1", "Site": "Main gate"})
            for number, given, family in PEOPLE:
                add(page, made, "people", {"Person number": number, "Given name": given, "Family name": family})
        yield made


def to_badges(page: Page, northwind: Deployment, family_name: str) -> None:
    page.goto(f"{northwind.url}/o/northwind/people/")
    page.get_by_role("row", name=family_name).get_by_role("link", name="Face and PIN").click()
    page.get_by_role("link", name="Badges").click()


def printed_badge(northwind: Deployment, family_name: str, folder: Path) -> Path:
    """Issue a badge; a webcam clip of its very picture, a little askew and on a grey wall."""
    shot = folder / "badge.png"
    with signed_in(northwind) as page:
        to_badges(page, northwind, family_name)
        page.get_by_role("button", name="Issue a badge").click()
        page.locator(".id-card-qr").screenshot(path=shot)
    return clip_of(cv2.imread(str(shot)), folder / "badge.mjpeg")


def clip_of(picture: Any, clip: Path) -> Path:
    code = cv2.resize(picture, (300, 300))
    askew = cv2.getRotationMatrix2D((320, 240), 7, 1.0)
    frame = np.full((480, 640, 3), 120, np.uint8)
    frame[90:390, 170:470] = code
    held_up = cv2.warpAffine(frame, askew, (640, 480), borderValue=(120, 120, 120))
    clip.write_bytes(bytes(cv2.imencode(".jpg", held_up)[1].tobytes()) * 40)
    return clip


def read_card(page: Page, number: str) -> None:
    """A USB reader types the number and Enter; each key says when it was pressed, however busy this machine is."""
    session = page.context.new_cdp_session(page)
    start = page.evaluate("Date.now()") / 1000
    for place, key in enumerate([*number, "Enter"]):
        text = "\r" if key == "Enter" else key
        at = {"timestamp": start + place * READER_GAP_S}
        session.send("Input.dispatchKeyEvent", {"type": "keyDown", "key": key, "text": text, **at})
        session.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": key, **at})


def test_a_printed_badge_held_up_to_the_camera_punches(northwind: Deployment, tmp_path: Path) -> None:
    number, _, family_name = PEOPLE[0]
    clip = printed_badge(northwind, family_name, tmp_path)
    with signed_in(northwind, clip) as page:
        open_kiosk(page, northwind)
        expect_state(page, "recognised")
    assert punches(northwind, number) == [("badge",)]


def test_a_card_is_adopted_by_reading_it_and_punches_at_the_reader(northwind: Deployment) -> None:
    number, _, family_name = PEOPLE[1]
    with signed_in(northwind) as page:
        to_badges(page, northwind, family_name)
        page.get_by_label("Card").focus()
        page.keyboard.type(RFID)
        page.keyboard.press("Enter")
        expect(page.get_by_text("The card punches for Tom Keller now.")).to_be_visible()
        open_kiosk(page, northwind)
        read_card(page, RFID)
        expect_state(page, "recognised")
    assert punches(northwind, number) == [("badge",)]


def test_an_unknown_card_says_what_to_do(northwind: Deployment) -> None:
    with signed_in(northwind) as page:
        open_kiosk(page, northwind)
        read_card(page, "9999999999")
        expect_state(page, "badge_refused")
        expect(page.get_by_role("status")).to_contain_text("use your PIN")


def test_the_reader_takes_no_key_from_the_pin(northwind: Deployment) -> None:
    with signed_in(northwind) as page:
        open_kiosk(page, northwind)
        page.get_by_role("button", name="Use PIN").first.click()
        read_card(page, RFID)
        expect(page.get_by_label("Your number")).to_have_value(RFID)
        expect(page.locator("body")).not_to_have_attribute("data-state", "recognised")


def test_with_faces_off_a_paired_tablet_takes_badges_and_sends_no_picture(
    northwind: Deployment, tmp_path: Path
) -> None:
    number, _, family_name = PEOPLE[2]
    clip = printed_badge(northwind, family_name, tmp_path)
    manage(northwind.environment, "shell", "-v0", "-c", FACES_OFF)
    with signed_in(northwind) as owner, beside(owner, clip) as tablet:
        pair(tablet, northwind, new_code(owner, northwind))
        expect_state(tablet, "closed")
        tablet.get_by_role("button", name="Show badge").first.click()
        expect_state(tablet, "recognised")
        assert punches(northwind, number) == [("badge",)]
        assert tablet.evaluate("[document.body.dataset.sent, document.querySelector('video').srcObject]") == [
            None,
            None,
        ]
