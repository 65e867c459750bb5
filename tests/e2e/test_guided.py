"""The guided enrollment in a real browser, before real and painted clips: the ring, the way round it, its end."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.enrollment.guided import missing
from tests.e2e.browser import signed_in
from tests.e2e.deployment import Deployment, deployment, manage
from tests.e2e.test_walk import expect_state, go_on_without_turning, open_kiosk, open_person
from tests.e2e.turning_clips import circle_clip
from tests.plugins.needs import shared_folder
from tests.plugins.size import FULL

pytestmark = [pytest.mark.e2e, pytest.mark.shared, pytest.mark.embedded, pytest.mark.timeout(600)]

WORDS = ("up", "up-right", "right", "down-right", "down", "down-left", "left", "up-left")
TURNING_MS, DONE_MS = 90_000, 120_000
AT_ONE_LOOK_MS = 8000
CAST = """
from apps.organizations import doors
from apps.organizations.models import Camera, Organization, Site
from apps.organizations.tenancy import acting_for
from apps.people.models import Person

with acting_for(doors.organization_id_of("northwind")):
    own = {"organization": Organization.objects.get(slug="northwind")}
    gate = Site.objects.create(name="Gate", time_zone="Europe/Zurich", **own)
    Camera.objects.create(name="Kiosk 1", site=gate, **own)
    for name in ("Circle", "Again", "Bishop", "Evans", "Leaver"):
        Person.objects.create(external_id=name, given_name="Dana", family_name=name, **own)
"""


@pytest.fixture(scope="module")
def clips() -> Path:
    return shared_folder() / "camera"


@pytest.fixture(scope="module")
def northwind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment with a kiosk and people who have not been enrolled."""
    with deployment(tmp_path_factory.mktemp("guided"), full=False) as made:
        manage(made.environment, "shell", "-v0", "-c", CAST)
        yield made


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """cam_D turning through the whole ring."""
    return circle_clip(
        shared_folder() / "faces" / "webcam_people" / "cam_D" / "1.jpg", tmp_path_factory.mktemp("clips")
    )


def test_a_turn_through_the_ring_enrolls_and_is_recognised_from_another_video(
    northwind: Deployment, circle: Path, clips: Path
) -> None:
    with signed_in(northwind, circle) as page:
        body = open_camera(page, northwind, "Circle")
        expect(body).to_have_attribute("data-accepted", "1", timeout=TURNING_MS)
        began = time.monotonic()
        expect(body).to_have_attribute("data-state", "complete", timeout=DONE_MS)
        print(f"\nfrom the first straight frame to the end: {time.monotonic() - began:.1f} s")
        expect(page.locator(".ring-part.is-done")).to_have_count(8)
    taken = references(northwind, "Circle")
    assert {segment for segment, _ in taken} == {None, *range(8)}
    assert all(active for _, active in taken)
    with signed_in(northwind, clips / "front_D.mjpeg") as page:
        open_kiosk(page, northwind)
        expect_state(page, "recognised")
        expect(page.get_by_role("status")).to_contain_text("Dana")


def test_the_same_face_under_another_number_waits_for_a_person(northwind: Deployment, circle: Path) -> None:
    """After the test before it."""
    with signed_in(northwind, circle) as page:
        body = open_camera(page, northwind, "Again")
        expect(body).to_have_attribute("data-state", "held", timeout=DONE_MS)
    assert not any(active for _, active in references(northwind, "Again"))


@pytest.mark.parametrize(("clip", "name"), [("turn_B", "Bishop"), ("turn_E", "Evans")][: 2 if FULL else 1])
def test_who_does_not_get_round_is_told_what_is_missing_and_goes_on_without_turning(
    northwind: Deployment, clips: Path, clip: str, name: str
) -> None:
    with signed_in(northwind, clips / f"{clip}.mjpeg") as page:
        body = open_camera(page, northwind, name)
        expect(page.locator("[data-part=missing]")).to_contain_text("Still missing", timeout=TURNING_MS)
        expect(body).not_to_have_attribute("data-segments", "", timeout=TURNING_MS)
        page.wait_for_timeout(AT_ONE_LOOK_MS)
        filled, said = stopped_at(page)
        assert 0 < len(filled) < 8
        assert said == f"Still missing: {', '.join(WORDS[segment] for segment in missing(filled))}"
        assert {segment for segment, _ in references(northwind, name)} >= {None, *filled}
        go_on_without_turning(page)
        expect(body).to_have_attribute("data-state", "complete", timeout=DONE_MS)
    assert [segment for segment, _ in references(northwind, name)].count(None) == 5
    assert visits(northwind, name) == [("still", "complete", "alice@example.org")]


def test_a_lost_network_and_a_page_loaded_again_lose_nothing_and_cancelling_leaves_nothing(
    northwind: Deployment, clips: Path
) -> None:
    with signed_in(northwind, clips / "turn_E.mjpeg") as page:
        body = open_camera(page, northwind, "Leaver")
        expect(body).not_to_have_attribute("data-segments", "", timeout=TURNING_MS)
        page.context.set_offline(True)
        expect_state(page, "offline")
        page.context.set_offline(False)
        expect_state(page, "collecting")
        before = stopped_at(page)[0]
        page.reload()
        expect(body).to_have_attribute("data-turns", "1", timeout=TURNING_MS)
        assert stopped_at(page)[0] >= before > set()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("heading", name="Dana Leaver")).to_be_visible()
    assert references(northwind, "Leaver") == []
    assert visits(northwind, "Leaver") == [("guided", "cancelled", None)]


def open_camera(page: Page, northwind: Deployment, name: str) -> Locator:
    """Agree, and wait until the camera page hears from the server that the head is to be turned."""
    open_person(page, northwind, name)
    page.get_by_label("I have read this and I agree").check()
    page.get_by_role("button", name="Agree and open the camera").click()
    body = page.locator("body")
    expect(body).to_have_attribute("data-turns", "1", timeout=20_000)
    expect(body).to_have_attribute("data-backend", "wasm", timeout=30_000)
    return body


def stopped_at(page: Page) -> tuple[set[int], str]:
    """What the page says it has, and what it says is missing, read in one moment."""
    segments, said = page.evaluate(
        "() => [document.body.dataset.segments, document.querySelector('[data-part=missing]').textContent]"
    )
    return {int(one) for one in segments.split()}, said


def references(northwind: Deployment, number: str) -> list[tuple[int | None, bool]]:
    """(segment, active) of every reference of this person, read past the application."""
    return [
        (segment, bool(active))
        for segment, active in northwind.rows(
            "select segment, taken.is_active from enrollment_reference as taken "
            "join people_person on people_person.id = person_id "
            f"where external_id = '{number}'"
        )
    ]


def visits(northwind: Deployment, number: str) -> list[tuple[object, ...]]:
    """(kind, state, who sat beside) of every visit of this person."""
    return northwind.rows(
        "select visit.kind, visit.state, email from enrollment_enrollmentsession as visit join people_person on "
        "people_person.id = person_id left join organizations_user as other on other.id = supervised_by_id "
        f"where external_id = '{number}'"
    )
