"""Every page of the site in Chromium, light and dark: nothing that its policy forbids, no error on the console."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.browser import signed_in
from tests.e2e.deployment import Deployment, deployment, manage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

LISTEN = """document.addEventListener("securitypolicyviolation", (event) => {
    console.error(`policy: ${event.effectiveDirective} ${event.blockedURI}`);
});"""
# Run in the deployment, which alone can read its rows: the world's furniture in its organization, then every address.
FURNISH = """
import json
from types import SimpleNamespace
from apps.organizations.doors import organization_id_of
from apps.organizations.models import Organization, User
from apps.organizations.tenancy import acting_for
from tests.house.addresses import furniture
from tests.personas import furnish
from tests.site.pages import address, routes
with acting_for(organization_id_of("northwind")):
    northwind = Organization.objects.get(pk=organization_id_of("northwind"))
site, camera, person = furnish(northwind, "")
alice = User.objects.get()
world = SimpleNamespace(northwind=northwind, alice=alice, site=site, camera=camera, person=person)
rows = furniture(world, northwind).rows
print(json.dumps(sorted({address(route, northwind, rows) for route in routes()})))
"""


@pytest.fixture(scope="module")
def northwind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployment(tmp_path_factory.mktemp("pages"), full=False) as made:
        yield made


@pytest.fixture(scope="module")
def addresses(northwind: Deployment) -> list[str]:
    said = manage(northwind.environment, "shell", "-v0", "-c", FURNISH)
    return list(json.loads(said.strip().splitlines()[-1]))


def asked(page: Page, northwind: Deployment, addresses: list[str]) -> tuple[list[str], list[str]]:
    """The addresses that show the owner a page, and those whose answer is a fault or names the server."""
    shown, wrong = [], []
    for one in addresses:
        answer = page.request.get(northwind.url + one, max_redirects=0)
        if answer.status >= 500 or "server" in answer.headers:
            wrong.append(f"{one} {answer.status}")
        elif answer.ok and "text/html" in answer.headers["content-type"]:
            shown.append(northwind.url + one)
    return shown, wrong


def test_no_page_is_stopped_by_its_own_policy(northwind: Deployment, addresses: list[str]) -> None:
    with signed_in(northwind) as page:
        page.add_init_script(LISTEN)
        shown, wrong = asked(page, northwind, addresses)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for url in shown:
                page.goto(url)
    assert wrong == [] and len(shown) > 30


def test_what_the_policy_stops_is_heard(northwind: Deployment) -> None:
    with pytest.raises(AssertionError, match="policy: style-src"), signed_in(northwind) as page:
        page.add_init_script(LISTEN)
        page.goto(northwind.url)
        page.evaluate("document.body.append(Object.assign(document.createElement('style'), {textContent: 'p{}'}))")
        page.wait_for_timeout(200)
