"""Enrolling from a ZIP of photos in the browser: tried out first, then for good, under the consent rules."""

import csv
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.e2e.browser import signed_in
from tests.e2e.deployment import Deployment, deployment, manage

pytestmark = [pytest.mark.e2e, pytest.mark.shared, pytest.mark.timeout(600)]
PAPER = "HR archive, folder 7"
PEOPLE = """
import datetime
from apps.organizations import doors
from apps.organizations.models import Organization
from apps.organizations.tenancy import acting_for
from apps.people.models import Person

with acting_for(doors.organization_id_of("northwind")):
    organization = Organization.objects.get(slug="northwind")
    grown = datetime.date.today() + datetime.timedelta(days=400)
    for number, name in (("1001", "Dad"), ("1002", "Mom"), ("1003", "Son"), ("1004", "=Lady")):
        until = grown if name == "Son" else None
        Person.objects.create(organization=organization, external_id=number, given_name=name, family_name="Example",
                              minor_until=until)
"""


@pytest.fixture(scope="module")
def northwind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployment(tmp_path_factory.mktemp("photos"), full=False) as made:
        manage(made.environment, "shell", "-v0", "-c", PEOPLE)
        yield made


def photos_of(shared: Path, name: str) -> list[bytes]:
    files = sorted((shared / "faces" / "azure_family" / name).glob("*.jpg"))
    return [file.read_bytes() for file in files]


@pytest.fixture(scope="module")
def archive(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two who can be enrolled, a minor, a face that is 1001's, somebody unknown, and what is no photo."""
    dad, mom = photos_of(shared, "Family1-Dad"), photos_of(shared, "Family1-Mom")
    files = {
        "1001.jpg": dad[0],
        "1001_2.jpg": dad[1],
        "1001_3.jpg": dad[0],
        "1002/any name.jpg": mom[0],
        "1002/other.jpg": photos_of(shared, "Family3-Man")[0],
        "1003.jpg": photos_of(shared, "Family1-Son")[0],
        "1004.jpg": dad[2],
        "9999.jpg": mom[1],
        "notes.txt": b"not a photo",
        "__MACOSX/._1001.jpg": b"hidden",
    }
    path = tmp_path_factory.mktemp("zip") / "badges.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return path


@pytest.fixture(scope="module")
def page(northwind: Deployment) -> Iterator[Page]:
    with signed_in(northwind) as opened:
        yield opened


def shot(page: Page, name: str) -> None:
    """A picture for whoever looks the page over: SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def open_photos(page: Page, northwind: Deployment) -> None:
    page.goto(f"{northwind.url}/o/northwind/people/")
    page.get_by_role("link", name="Enroll from photos").click()
    expect(page.get_by_role("heading", name="Choose the photos")).to_be_visible()


def choose(page: Page, archive: Path) -> None:
    page.locator("#zip").set_input_files(archive)
    expect(page.locator("#photos")).to_have_attribute("data-step", "preview", timeout=30_000)


def run(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    expect(page.locator("#photos")).to_have_attribute("data-end", "done", timeout=180_000)


def results(page: Page) -> dict[str, str]:
    """Result by file, as the table tells it."""
    page.get_by_role("button", name="All").click()
    rows = page.locator("[data-part=rows] tr").all()
    return {row.locator("td").nth(0).inner_text(): row.locator("td").nth(2).inner_text() for row in rows}


def written(northwind: Deployment) -> list[int]:
    return [northwind.count(f"enrollment_{table}") for table in ("consent", "enrollmentsession", "reference")]


def downloaded(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def test_a_zip_that_is_none_and_a_bomb_are_refused_in_words(page: Page, northwind: Deployment, tmp_path: Path) -> None:
    bad, bomb = tmp_path / "bad.zip", tmp_path / "bomb.zip"
    bad.write_bytes(b"no archive")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("1001.jpg", bytes(20 * 2**20))
    open_photos(page, northwind)
    shot(page, "empty")
    for file, said in ((bad, "not a ZIP"), (bomb, "would unpack to far too much. (1001.jpg)")):
        page.locator("#zip").set_input_files(file)
        expect(page.locator("[data-part=refused]")).to_contain_text(said)


def test_without_consent_nobody_is_ready(page: Page, northwind: Deployment, archive: Path) -> None:
    open_photos(page, northwind)
    choose(page, archive)
    said = results(page)
    assert {said["1001.jpg"], said["1004.jpg"]} == {"Has not agreed"}
    assert (said["1003.jpg"], said["9999.jpg"], said["notes.txt"]) == ("Minor", "No such person", "Not a photo")
    expect(page.get_by_role("button", name="Try it out")).to_be_disabled()


def test_a_dry_run_tells_everything_and_writes_nothing(page: Page, northwind: Deployment, archive: Path) -> None:
    open_photos(page, northwind)
    choose(page, archive)
    page.get_by_label("Also those who signed on paper").check()
    page.get_by_label("Where are the signed papers kept?").fill(PAPER)
    page.get_by_role("heading", name="badges.zip").click()
    expect(page.get_by_role("button", name="Enroll 3 people")).to_be_enabled()
    shot(page, "preview")
    run(page, "Try it out")
    shot(page, "tried")
    said = results(page)
    assert [said[name] for name in ("1001.jpg", "1001_2.jpg", "1002/any name.jpg")] == ["Would be used"] * 3
    assert (said["1001_3.jpg"], said["1002/other.jpg"]) == ("The same again", "Somebody else")
    assert written(northwind) == [0, 0, 0]
    assert northwind.rows("select action from organizations_auditentry where action like 'photos%'") == [
        ("photos.dry_run",)
    ]


def test_the_real_run_enrolls_who_is_ready_and_holds_a_known_face(
    page: Page, northwind: Deployment, tmp_path: Path
) -> None:
    run(page, "Enroll them now")
    shot(page, "enrolled")
    said = results(page)
    assert (said["1001.jpg"], said["1002/any name.jpg"], said["1004.jpg"]) == ("Enrolled", "Enrolled", "Known face")
    kinds = "select kind, state from enrollment_enrollmentsession order by state"
    assert northwind.rows(kinds) == [("photos", "complete"), ("photos", "complete"), ("photos", "held")]
    papers = "select distinct method, paper_reference from enrollment_consent"
    assert northwind.rows(papers) == [("on_paper", PAPER)]
    sheets(page, tmp_path)


def sheets(page: Page, folder: Path) -> None:
    """Both reports hold every file, and no name is a formula."""
    text = downloaded(page, "Report as CSV", folder).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    book = load_workbook(downloaded(page, "Report as XLSX", folder))
    cells = [[cell or "" for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    assert (len(rows), rows) == (11, cells)
    assert ["1004.jpg", "1004", "'=Lady Example"] in [row[:3] for row in rows]


def test_who_is_enrolled_already_is_left_as_they_are(page: Page, northwind: Deployment, archive: Path) -> None:
    before = written(northwind)
    open_photos(page, northwind)
    choose(page, archive)
    said = results(page)
    assert (said["1001.jpg"], said["1004.jpg"]) == ("Enrolled already", "Waits for a decision")
    assert written(northwind) == before


def test_nothing_of_a_picture_is_left_in_the_folder(northwind: Deployment, shared: Path) -> None:
    start = photos_of(shared, "Family1-Dad")[0][200:264]
    files = [file for file in northwind.folder.rglob("*") if file.is_file()]
    assert files and not [file for file in files if start in file.read_bytes()]
