"""Clips that a virtual camera loops, through the real page with the real engine: what each liveness policy lets in.

A try is one approach to its end: the page loaded, somebody "stepping up", until the page says what became of it, or
goes on for longer than every turn it could ask for. `SCALE=full` makes 50 of them.
"""

import re
import shutil
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import add, signed_in
from tests.e2e.deployment import Deployment, deployment, manage

pytestmark = [pytest.mark.e2e, pytest.mark.shared, pytest.mark.timeout(900)]

# Every clip shows somebody who is enrolled: live and looking straight, on a phone, turning by themselves, turned.
CLIPS = ("front_D", "turn_E", "enrol_turn_D_synthetic", "spoof_phone_D")
PEOPLE = ("cam_A", "cam_D", "cam_E")
ENDS = {"recognised", "checkout", "already", "unknown", "confirm", "ambiguous", "unsure", "closed"}
# Three turns that nobody takes, and what comes before them.
LONGEST_SECONDS = 20.0


def cameras_for(clip: str, number: int) -> list[str]:
    """After three turns in vain a camera asks the person for the PIN at once: more cameras, more turns."""
    return [f"{clip} {nth}" for nth in range(number)]


@pytest.fixture(scope="module")
def northwind(
    shared: Path, tmp_path_factory: pytest.TempPathFactory, sized: Callable[[int, int], int]
) -> Iterator[Deployment]:
    """A deployment with the passive test's files, the clips' people enrolled, a camera for each clip."""
    folder, shown = tmp_path_factory.mktemp("strict"), CLIPS[: sized(1, len(CLIPS))]
    with deployment(folder, full=False) as made:
        manage(
            made.environment,
            *("facemodels", "pull", "--liveness", "--from", str(shared / "models"), "--allow-unlisted"),
        )
        for name in PEOPLE:
            shutil.copytree(shared / "faces" / "webcam_people" / name, folder / "photos" / name)
        photos = ("enroll_photos", "--organization", "northwind", "--consent-reference", "none", str(folder / "photos"))
        manage(made.environment, *photos)
        with signed_in(made) as page:
            add(page, made, "sites", {"Name": "Main gate", "Time zone": "Europe/Zurich"})
            for name in ("passive", *(name for clip in shown for name in cameras_for(clip, sized(1, 2)))):
                add(page, made, "cameras", {"Name": name, "Site": "Main gate"})
        yield made


def demand(northwind: Deployment, policy: str) -> None:
    """Set the site's policy past the application: its form is not what is looked at here."""
    with sqlite3.connect(northwind.folder / "attendance.sqlite3", timeout=20) as file:
        file.execute("update organizations_site set liveness_policy = ?", [policy])


def stand_before(page: Page, northwind: Deployment, camera: str) -> None:
    """Open the camera's page; the clip plays from here on."""
    ((key,),) = northwind.rows(f"select id from organizations_camera where name = '{camera}'")
    page.goto(f"{northwind.url}/o/northwind/cameras/{uuid.UUID(key)}/kiosk/")
    expect(page.locator("body")).to_have_attribute("data-video", "playing", timeout=20_000)


def states_of_a_try(page: Page) -> list[str]:
    """The states the page went through until the approach ended."""
    seen: list[str] = []
    end = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < end and not (seen and seen[-1] in ENDS):
        state = page.locator("body").get_attribute("data-state") or ""
        if not seen or seen[-1] != state:
            seen.append(state)
        page.wait_for_timeout(100)
    return seen


def test_with_policy_strict_a_looped_clip_gets_no_punch(
    northwind: Deployment, shared: Path, sized: Callable[[int, int], int]
) -> None:
    demand(northwind, "strict")
    ends: Counter[tuple[str, str]] = Counter()
    asked = 0
    for number, clip in enumerate(CLIPS[: sized(1, len(CLIPS))]):
        with signed_in(northwind, shared / "camera" / f"{clip}.mjpeg") as page:
            cameras = cycle(cameras_for(clip, sized(1, 2)))
            for _ in range(sized(1, 13 if number < 2 else 12)):
                stand_before(page, northwind, next(cameras))
                states = states_of_a_try(page)
                asked += "challenge" in states
                ends[clip, states[-1]] += 1
    print(f"\n{ends.total()} tries, {asked} of them asked to turn:", dict(ends))
    assert northwind.count("attendance_punch") == 0
    assert asked > 0, "nobody came so far as to be asked: then this shows nothing"


def test_with_policy_passive_a_live_clip_punches_and_a_phone_does_not(northwind: Deployment, shared: Path) -> None:
    demand(northwind, "passive")
    before = northwind.count("attendance_punch")
    with signed_in(northwind, shared / "camera" / "spoof_phone_D.mjpeg") as page:
        stand_before(page, northwind, "passive")
        states_of_a_try(page)
    assert northwind.count("attendance_punch") == before
    # The same person: of A and E, who look alike, a camera names neither by face alone.
    with signed_in(northwind, shared / "camera" / "front_D.mjpeg") as page:
        stand_before(page, northwind, "passive")
        expect(page.locator("body")).to_have_attribute("data-state", re.compile("recognised"), timeout=30_000)
    assert northwind.rows("select liveness, review from attendance_punch") == [("passive", "")]
