"""The staff admin in a real browser, under the strict policy: no report of it, no error in the console."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import add, signed_in
from tests.e2e.deployment import Deployment, deployment

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

LISTEN = """document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.sourceFile}:${event.lineNumber}`);
});"""


@pytest.fixture(
    scope="module",
    params=[pytest.param("embedded", marks=pytest.mark.twice), pytest.param("full", marks=pytest.mark.services)],
)
def northwind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment with a site, two departments and two people."""
    with deployment(tmp_path_factory.mktemp(request.param), full=request.param == "full") as made:
        with signed_in(made) as page:
            add(page, made, "sites", {"Name": "Main gate", "Time zone": "Europe/Zurich"})
            for name in ("Sales", "Logistics"):
                add(page, made, "departments", {"Name": name})
            for number, given, family in [("E1", "Priya", "Raman"), ("E2", "Tom", "Keller")]:
                add(page, made, "people", {"Person number": number, "Given name": given, "Family name": family})
        yield made


@pytest.fixture
def page(northwind: Deployment) -> Iterator[Page]:
    """The owner's page at the list of people; a report of the policy is an error of the console, which fails."""
    with signed_in(northwind) as found:
        found.add_init_script(LISTEN)
        found.goto(f"{northwind.url}/o/northwind/admin/people/person/")
        yield found


def people(northwind: Deployment) -> dict[str, tuple[str, str, int]]:
    rows = northwind.rows(
        "select external_id, family_name, coalesce(people_department.name, ''), is_active from people_person "
        "left join people_department on people_department.id = department_id"
    )
    return {number: (family, department, int(active)) for number, family, department, active in rows}


def test_a_person_is_changed_with_a_department_found_while_typing(northwind: Deployment, page: Page) -> None:
    page.get_by_role("link", name="Priya Raman").click()
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").press_sequentially("sal")
    page.get_by_role("option", name="Sales").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("was changed successfully")
    assert people(northwind)["E1"][1] == "Sales"


def test_a_department_is_added_in_a_window_of_its_own(northwind: Deployment, page: Page) -> None:
    page.get_by_role("link", name="Tom Keller").click()
    with page.expect_popup() as opened:
        page.locator("#add_id_department").click()
    opened.value.get_by_label("Name").fill("Returns")
    opened.value.get_by_role("button", name="Save").click()
    expect(page.locator("#select2-id_department-container")).to_contain_text("Returns")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("was changed successfully")
    assert people(northwind)["E2"][1] == "Returns"


def test_chosen_people_are_moved_together(northwind: Deployment, page: Page) -> None:
    page.locator("#action-toggle").check()
    page.get_by_label("Action:").select_option("move_to_department")
    page.get_by_role("button", name="Go").click()
    page.get_by_label("Department").select_option(label="Logistics")
    page.get_by_role("button", name="Move").click()
    expect(page.get_by_role("status")).to_contain_text("People changed: 2.")
    assert {department for _, department, _ in people(northwind).values()} == {"Logistics"}


def test_a_list_is_filtered_and_searched(page: Page) -> None:
    page.locator("#changelist-filter").get_by_role("link", name="Yes").click()
    page.locator("#searchbar").fill("kell")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)


def test_a_file_is_looked_at_and_then_imported(northwind: Deployment, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("external_id,given_name,family_name,is_active\nE2,Tom,Keller-Novak,no\nE3,Ines,Moreau,yes\n")
    page.get_by_role("link", name="Import").click()
    page.get_by_label("CSV or XLSX file").set_input_files(file)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Keller → Keller-Novak")).to_be_visible()
    assert "E3" not in people(northwind)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("status")).to_contain_text("Imported: 1 new, 1 changed.")
    assert (people(northwind)["E2"][0], people(northwind)["E2"][2]) == ("Keller-Novak", 0)


def test_the_listener_hears_what_the_policy_stops(northwind: Deployment) -> None:
    with pytest.raises(AssertionError, match="policy: style-src"), signed_in(northwind) as page:
        page.add_init_script(LISTEN)
        page.goto(f"{northwind.url}/o/northwind/admin/")
        # The report comes a moment after the browser's own complaint; closing at once would lose it.
        with page.expect_console_message(lambda message: message.text.startswith("policy:")):
            page.evaluate("document.body.setAttribute('style', 'color: red')")
