"""The main job in a real browser: enroll, check in, come back, be a stranger, use a PIN; in both modes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import add, signed_in
from tests.e2e.clips import sample_clips
from tests.e2e.deployment import Deployment, deployment

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PEOPLE = [("E1", "Priya", "Raman"), ("E2", "Tom", "Keller"), ("E3", "Ines", "Moreau")]


@dataclass(frozen=True)
class Cast:
    """Whom the clips show: the person with this number and names, and a stranger."""

    number: str
    given_name: str
    family_name: str
    clip: Path
    stranger: Path


@pytest.fixture(
    scope="module",
    params=[
        "embedded",
        pytest.param("full", marks=pytest.mark.services),
    ],
)
def northwind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment with a site and a kiosk, made through its pages."""
    folder = tmp_path_factory.mktemp(request.param)
    with deployment(folder, full=request.param == "full") as made:
        with signed_in(made) as page:
            add(page, made, "sites", {"Name": "Main gate", "Time zone": "Europe/Zurich"})
            add(page, made, "cameras", {"Name": "Kiosk 1", "Site": "Main gate"})
            for number, given, family in PEOPLE:
                names = {"Person number": number, "Given name": given, "Family name": family}
                add(page, made, "people", names)
        yield made


@pytest.fixture(scope="module", params=["sample photos", pytest.param("webcam", marks=pytest.mark.shared)])
def cast(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cast:
    """A person and a stranger: from packaged photos, and from real webcam recordings."""
    if request.param == "webcam":
        camera = request.getfixturevalue("shared") / "camera"
        return Cast(*PEOPLE[1], camera / "front_D.mjpeg", camera / "stranger_C.mjpeg")
    return Cast(*PEOPLE[0], *sample_clips(tmp_path_factory.mktemp("clips")))


def test_a_person_is_enrolled_recognised_and_then_already_in(northwind: Deployment, cast: Cast) -> None:
    with signed_in(northwind, cast.clip) as page:
        enroll(page, northwind, cast.family_name)
        open_kiosk(page, northwind)
        expect_state(page, "recognised")
        expect(page.get_by_role("status")).to_contain_text(cast.given_name)
        assert punches(northwind, cast.number) == [("face",)]
        page.reload()
        expect_state(page, "already")
    assert punches(northwind, cast.number) == [("face",)]


def test_a_stranger_is_unknown_and_leaves_only_a_count(northwind: Deployment, cast: Cast) -> None:
    tables = ["attendance_punch", "attendance_sighting", "enrollment_reference"]
    before = [northwind.count(table) for table in tables]
    with signed_in(northwind, cast.stranger) as page:
        open_kiosk(page, northwind)
        expect_state(page, "unknown")
    assert [northwind.count(table) for table in tables] == before
    assert northwind.rows("select distinct code from attendance_approachtally") == [("unknown",)]


def test_a_pin_punches_without_a_face(northwind: Deployment) -> None:
    number, _, family_name = PEOPLE[2]
    with signed_in(northwind) as page:
        pin = new_pin(page, northwind, family_name)
        open_kiosk(page, northwind)
        page.get_by_role("button", name="Use PIN").first.click()
        panel = page.get_by_role("group", name="Use your PIN")
        panel.get_by_label("Your number").fill(number)
        panel.get_by_label("PIN", exact=True).fill(pin)
        panel.get_by_role("button", name="Check in or out").click()
        expect_state(page, "recognised")
    assert punches(northwind, number) == [("pin",)]


def test_a_refused_camera_leaves_the_pin(northwind: Deployment) -> None:
    with signed_in(northwind, camera="deny") as page:
        open_kiosk(page, northwind, video=False)
        expect_state(page, "denied")
        expect(page.get_by_role("button", name="Use PIN").first).to_be_visible()


def punches(northwind: Deployment, number: str) -> list[tuple[str, ...]]:
    """The sources of this person's punches, read past the application."""
    return northwind.rows(
        f"select source from attendance_punch join people_person on people_person.id = person_id "
        f"where external_id = '{number}' order by number"
    )


def enroll(page: Page, northwind: Deployment, family_name: str) -> None:
    """Ask for consent where it was not given, then look into the camera until the visit is complete."""
    open_person(page, northwind, family_name)
    if page.get_by_label("I have read this and I agree").count():
        page.get_by_label("I have read this and I agree").check()
        page.get_by_role("button", name="Agree and open the camera").click()
    else:
        page.get_by_role("button", name=re.compile("Enroll")).click()
    go_on_without_turning(page)
    expect(page.locator("body")).to_have_attribute("data-state", "complete", timeout=40_000)


def go_on_without_turning(page: Page) -> None:
    """Confirm that the person cannot turn their head; the page stays."""
    page.get_by_role("button", name="I can’t turn my head").click()
    page.get_by_role("dialog").get_by_role("button", name="Go on without turning").click()
    expect(page.locator("body")).to_have_attribute("data-turns", "")


def new_pin(page: Page, northwind: Deployment, family_name: str) -> str:
    open_person(page, northwind, family_name)
    page.get_by_role("button", name="Give a new PIN").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^(?!Cancel)")).last.click()
    return page.locator("[data-pin]").inner_text()


def open_person(page: Page, northwind: Deployment, family_name: str) -> None:
    page.goto(f"{northwind.url}/o/northwind/people/?q={family_name}")
    page.get_by_role("link", name="Face and PIN").click()


def open_kiosk(page: Page, northwind: Deployment, *, video: bool = True) -> None:
    page.goto(f"{northwind.url}/o/northwind/cameras/")
    page.get_by_role("link", name="Open kiosk").click()
    body = page.locator("body")
    expect(body).to_have_attribute("data-ws", "open", timeout=15_000)
    if video:
        expect(body).to_have_attribute("data-video", "playing", timeout=15_000)
        expect(body).to_have_attribute("data-backend", "wasm", timeout=15_000)


def expect_state(page: Page, state: str) -> None:
    expect(page.locator("body")).to_have_attribute("data-state", state, timeout=30_000)
