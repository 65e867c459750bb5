"""A camera's own test through its page: a virtual camera holds up, the server counts, the kiosk follows."""

import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import add, signed_in
from tests.e2e.deployment import Deployment, deployment, manage

pytestmark = [pytest.mark.e2e, pytest.mark.shared, pytest.mark.timeout(900)]
PASSIVE = "Passive: each frame is looked at"


@pytest.fixture(scope="module")
def northwind(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment that looks for pictures: one person enrolled, a passive site with one camera."""
    folder = tmp_path_factory.mktemp("wizard")
    with deployment(folder, full=False) as made:
        manage(made.environment, *pulled(shared))
        shutil.copytree(shared / "faces" / "webcam_people" / "cam_A", folder / "photos" / "cam_A")
        photos = ("enroll_photos", "--organization", "northwind", "--consent-reference", "none", str(folder / "photos"))
        manage(made.environment, *photos)
        with signed_in(made) as page:
            add(page, made, "sites", {"Name": "Main gate", "Time zone": "Europe/Zurich", "Liveness": PASSIVE})
            add(page, made, "cameras", {"Name": "Kiosk 1", "Site": "Main gate"})
        yield made


def pulled(shared: Path) -> tuple[str, ...]:
    return ("facemodels", "pull", "--liveness", "--from", str(shared / "models"), "--allow-unlisted")


def open_tests(page: Page, northwind: Deployment) -> None:
    """The camera's tests, by the way a person takes there."""
    page.goto(f"{northwind.url}/o/northwind/recognition/liveness/")
    page.get_by_role("link", name="Kiosk 1").click()


def await_camera(page: Page) -> None:
    expect(page.locator("body")).to_have_attribute("data-state", "ready", timeout=60_000)


def hold_up(page: Page, kind: str, outcome: str) -> None:
    """One try of a kind, and how it must end."""
    tried = int(page.locator("body").get_attribute("data-tried") or 0)
    page.get_by_role("radio", name=re.compile(kind)).check()
    page.get_by_role("button", name="Next try").click()
    expect(page.locator("body")).to_have_attribute("data-tried", str(tried + 1), timeout=30_000)
    expect(page.locator("body")).to_have_attribute("data-outcome", outcome)


def give_up(page: Page, kind: str) -> None:
    page.get_by_role("radio", name=re.compile(kind)).check()
    page.keyboard.press("Space")
    page.get_by_role("button", name="No answer").click()
    expect(page.locator("body")).to_have_attribute("data-outcome", "unanswered")


def state_of_the_kiosk(page: Page, northwind: Deployment) -> str:
    """What the camera's kiosk says to whom it sees."""
    ((key,),) = northwind.rows("select id from organizations_camera")
    page.goto(f"{northwind.url}/o/northwind/cameras/{uuid.UUID(key)}/kiosk/")
    expect(page.locator("body")).to_have_attribute("data-state", re.compile("recognised|unsure"), timeout=30_000)
    return str(page.locator("body").get_attribute("data-state"))


def counted(northwind: Deployment) -> list[tuple[str, int, int, int]]:
    query = "select species, tries, accepted, unanswered from attendance_spoofcount order by species"
    return [(str(kind), int(tries), int(yes), int(none)) for kind, tries, yes, none in northwind.rows(query)]


def test_a_camera_that_believes_a_picture_asks_for_the_pin_until_that_kind_is_refused(
    northwind: Deployment, shared: Path
) -> None:
    """The believed phone is a live clip that is called one: the networks here believe no phone of these clips."""
    clips = shared / "camera"
    with signed_in(northwind, clips / "spoof_phone_D.mjpeg") as page:
        open_tests(page, northwind)
        page.get_by_role("button", name="Start a test").click()
        await_camera(page)
        hold_up(page, "Printed photo", "refused")
        give_up(page, "Monitor")
        page.get_by_role("link", name="Leave").click()
    with signed_in(northwind, clips / "front_A.mjpeg") as page:
        open_tests(page, northwind)
        page.get_by_role("link", name="Continue").click()
        await_camera(page)
        expect(page.get_by_text("0 of 1 accepted").first).to_be_visible()
        hold_up(page, "Live face", "accepted")
        hold_up(page, "Phone", "accepted")
        page.get_by_role("button", name="End test").click()
        expect(page.get_by_text("asks for a PIN beside the face until")).to_be_visible()
        assert counted(northwind) == [("live", 1, 1, 0), ("monitor", 1, 0, 1), ("phone", 1, 1, 0), ("print", 1, 0, 0)]
        assert state_of_the_kiosk(page, northwind) == "unsure"
    assert northwind.count("attendance_punch") == 0
    assert northwind.rows("select code from attendance_sighting") == [("face_not_enough",)]
    clear_the_phone(northwind, clips)


def clear_the_phone(northwind: Deployment, clips: Path) -> None:
    """Another test: prints say nothing of phones, a refused phone does."""
    with signed_in(northwind, clips / "spoof_phone_D.mjpeg") as page:
        for kind, said in (("Printed photo", "still asks for a PIN"), ("Phone", "may accept faces alone")):
            open_tests(page, northwind)
            page.get_by_role("button", name="Start a test").click()
            await_camera(page)
            hold_up(page, kind, "refused")
            page.get_by_role("button", name="End test").click()
            expect(page.get_by_text(said)).to_be_visible()
    with signed_in(northwind, clips / "front_A.mjpeg") as page:
        assert state_of_the_kiosk(page, northwind) == "recognised"
    assert northwind.rows("select liveness from attendance_punch") == [("passive",)]
