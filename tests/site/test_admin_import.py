"""The import of people in the staff admin: a preview that writes nothing, then all of it or nothing."""

import copy
import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook, load_workbook

from apps.organizations.models import AuditEntry, Organization, User
from apps.organizations.services import found_organization
from apps.organizations.tenancy import acting_for
from apps.people import admin_import
from apps.people.models import Department, Person
from tests.personas import World, signed_in
from tests.site.admin_pages import Markup, Stocked, list_url, stocked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_stock")]

IMPORT = f"{list_url(Person)}import/"
HEAD = "external_id,given_name,family_name,department,home_site,is_active"
TWO = f"{HEAD}\nE1,Priya,Iyer,northern department,Main gate,yes\nE2,Tom,Keller,,Main gate,no\n"


@pytest.fixture(scope="module")
def standing_stock(standing_world: World) -> Stocked:
    return stocked(standing_world)


@pytest.fixture
def stock(standing_stock: Stocked, db: None) -> Stocked:
    return copy.deepcopy(standing_stock)


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.alice)


def uploaded(client: Client, text: str | bytes, url: str = IMPORT, **more: str) -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(url, {"sheet": SimpleUploadedFile("people.csv", content), **more})


def sealed(answer: Any) -> str:
    return Markup(answer.content.decode()).fields.get("rows", "")


def people(organization: Organization) -> dict[str, tuple[str, str, bool]]:
    with acting_for(organization):
        found = Person.objects.select_related("department")
        return {
            one.external_id: (one.name, one.department.name if one.department else "", one.is_active) for one in found
        }


def test_the_preview_says_what_would_happen_and_writes_nothing(stock: Stocked, client: Client) -> None:
    before = people(stock.world.northwind)
    with CaptureQueriesContext(connection) as asked:
        answer = uploaded(client, TWO)
    text = answer.content.decode()
    assert answer.status_code == 200 and "1 new" in text and "1 changed" in text and "Raman → Iyer" in text
    assert people(stock.world.northwind) == before
    assert not [
        one["sql"] for one in asked if one["sql"].split()[0] in {"INSERT", "DELETE"} and "people_" in one["sql"]
    ]


def test_what_was_shown_is_imported_when_it_is_confirmed(stock: Stocked, client: Client) -> None:
    answer = client.post(IMPORT, {"rows": sealed(uploaded(client, TWO))})
    assert answer["Location"] == list_url(Person)
    assert people(stock.world.northwind) == {
        "E1": ("Priya Iyer", "northern department", True),
        "E2": ("Tom Keller", "", False),
    }


def test_every_person_of_it_is_in_the_audit_trail(stock: Stocked, client: Client) -> None:
    client.post(IMPORT, {"rows": sealed(uploaded(client, TWO))})
    with acting_for(stock.world.northwind):
        actions = list(AuditEntry.objects.order_by("sequence").values_list("action", flat=True))
    assert actions[-3:] == ["person.change", "person.create", "people.import"]


def test_the_other_organization_stays_as_it_was(stock: Stocked, client: Client) -> None:
    before = people(stock.world.southwind)  # it has an E1 too
    client.post(IMPORT, {"rows": sealed(uploaded(client, TWO))})
    assert people(stock.world.southwind) == before


@pytest.mark.parametrize("column", ["id", "organization", "organization_id", "pk", "user"])
def test_keys_in_the_file_are_refused(stock: Stocked, client: Client, column: str) -> None:
    foreign = stock.foreign[Person].pk
    answer = uploaded(client, f"{column},external_id,given_name\n{foreign},E1,Taken\n")
    assert (answer.status_code, f"“{column}”" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize(("column", "name"), [("department", "canary department"), ("home_site", "Main gate south")])
def test_a_place_of_the_other_organization_is_unknown(stock: Stocked, client: Client, column: str, name: str) -> None:
    answer = uploaded(client, f"external_id,{column}\nE1,{name}\n")
    assert "There is no" in answer.content.decode()
    assert "Import</button>" not in answer.content.decode()


def test_a_department_is_added_only_when_that_was_asked(stock: Stocked, client: Client) -> None:
    text = "external_id,department\nE1,canary department\n"
    answer = uploaded(client, text, create_departments="on")
    assert "These departments will be added: canary department." in answer.content.decode()
    client.post(IMPORT, {"rows": sealed(answer)})
    with acting_for(stock.world.northwind):
        own = Department.objects.get(name="canary department")
    assert own.pk != stock.foreign[Department].pk
    assert people(stock.world.northwind)["E1"][1] == "canary department"


def test_a_file_with_a_wrong_row_cannot_be_imported_even_by_hand(stock: Stocked, client: Client) -> None:
    before = people(stock.world.northwind)
    wrong = f"{HEAD}\nE8,Good,Row,,,yes\nE9,Bad,Row,Nowhere,,yes\n"
    answer = client.post(IMPORT, {"rows": sealed(uploaded(client, TWO))[:-4]})
    assert answer.status_code == 422
    assert "Import</button>" not in uploaded(client, wrong).content.decode()
    assert people(stock.world.northwind) == before


def test_what_changed_between_preview_and_confirmation_stops_all_of_it(stock: Stocked, client: Client) -> None:
    shown = sealed(uploaded(client, f"{HEAD}\nE8,Good,Row,,,yes\nE9,Also,Row,northern department,,yes\n"))
    with acting_for(stock.world.northwind):
        Person.objects.update(department=None)
        Department.objects.all().delete()
    answer = client.post(IMPORT, {"rows": shown})
    assert (answer.status_code, "Nothing was imported" in answer.content.decode()) == (409, True)
    assert set(people(stock.world.northwind)) == {"E1"}


def test_a_failure_halfway_leaves_nothing(stock: Stocked, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = sealed(uploaded(client, f"{HEAD}\nE8,Good,Row,,,yes\nE9,Also,Row,,,yes\n"))
    save = Person.save

    def failing(self: Person, *args: Any, **kwargs: Any) -> None:
        if self.external_id == "E9":
            raise RuntimeError("the disk is full")
        save(self, *args, **kwargs)

    monkeypatch.setattr(Person, "save", failing)
    client.raise_request_exception = False
    assert client.post(IMPORT, {"rows": shown}).status_code == 500
    assert set(people(stock.world.northwind)) == {"E1"}


def test_the_rows_of_one_organization_cannot_be_sent_to_another(stock: Stocked, client: Client) -> None:
    second = found_organization(name="Eastwind", slug="eastwind", owner=stock.world.alice)
    answer = client.post("/o/eastwind/admin/people/person/import/", {"rows": sealed(uploaded(client, TWO))})
    assert (answer.status_code, people(second)) == (422, {})


def test_the_rows_of_one_user_cannot_be_sent_by_another(stock: Stocked, client: Client) -> None:
    shown = sealed(uploaded(client, TWO))
    assert signed_in(stock.world.bob_as("owner")).post(IMPORT, {"rows": shown}).status_code == 422
    assert set(people(stock.world.northwind)) == {"E1"}


def test_an_old_preview_is_refused(stock: Stocked, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = sealed(uploaded(client, TWO))
    monkeypatch.setattr(admin_import, "HOUR", -1)
    assert client.post(IMPORT, {"rows": shown}).status_code == 422


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\xff", "The file is no text"),
        (HEAD.encode() + b"\n" + b"E,a,b,,,\n" * 2001, "more than 2,000 rows"),
        (b"x" * (2 * 2**20 + 1), "larger than 2 MB"),
    ],
)
def test_a_file_that_is_no_list_is_refused_on_the_form(client: Client, content: bytes, said: str) -> None:
    answer = uploaded(client, content)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)


def test_nothing_chosen_is_said_on_the_form(client: Client) -> None:
    assert client.post(IMPORT).status_code == 422


def test_a_workbook_is_read_too(stock: Stocked, client: Client) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["external_id", "given_name", "family_name", "is_active"])
    sheet.append([1001, "Nina", "Berg", True])
    written = io.BytesIO()
    book.save(written)
    client.post(IMPORT, {"rows": sealed(uploaded(client, written.getvalue()))})
    assert people(stock.world.northwind)["1001"] == ("Nina Berg", "", True)


def exported(client: Client, form: str = "csv", query: str = "") -> Any:
    return client.get(f"{list_url(Person)}export/{form}/{query}")


def test_an_export_can_be_imported_again_and_changes_nothing(stock: Stocked, client: Client) -> None:
    with acting_for(stock.world.northwind):
        Person.objects.update(family_name="=1+1")
    written = exported(client).content
    assert b"'=1+1" in written
    assert "1 as they are" in uploaded(client, written).content.decode()


def test_an_export_is_the_list_as_it_is_filtered(stock: Stocked, client: Client) -> None:
    with acting_for(stock.world.northwind):
        Person.objects.create(
            organization=stock.world.northwind, external_id="E5", given_name="Ann", family_name="Gone", is_active=False
        )
    rows = list(csv.DictReader(io.StringIO(exported(client, query="?is_active__exact=0").content.decode())))
    assert [row["external_id"] for row in rows] == ["E5"]


def test_looks_and_exports_are_in_the_audit_trail(stock: Stocked, client: Client) -> None:
    client.get(f"{list_url(Person)}{stock.world.person.pk}/change/")
    exported(client)
    with acting_for(stock.world.northwind):
        last = list(AuditEntry.objects.order_by("-sequence").values_list("action", "subject_id")[:2])
    assert last == [("people.export", None), ("person.view", stock.world.person.pk)]


def test_an_export_as_workbook_holds_the_same(stock: Stocked, client: Client) -> None:
    book = load_workbook(io.BytesIO(exported(client, "xlsx").content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows == [tuple(HEAD.split(",")), ("E1", "Priya", "Raman", "northern department", "Main gate", "yes")]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_holds_nobody_of_the_other_organization(stock: Stocked, client: Client, form: str) -> None:
    content = exported(client, form).content
    assert not [canary for canary in stock.canaries if canary.encode() in content]


def test_an_export_is_no_oracle_either(stock: Stocked, client: Client) -> None:
    assert exported(client, query="?organization__slug__startswith=s").status_code == 400


def test_another_form_of_export_is_refused(client: Client) -> None:
    assert exported(client, "yaml").status_code == 422


def test_the_preview_of_many_rows_asks_as_often_as_that_of_few(stock: Stocked, client: Client) -> None:
    counts = []
    for many in (2, 200):
        rows = "\n".join(f"N{number},A,B,northern department,Main gate,yes" for number in range(many))
        with CaptureQueriesContext(connection) as asked:
            uploaded(client, f"{HEAD}\n{rows}\n")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_no_user_is_made_or_touched(stock: Stocked, client: Client) -> None:
    before = User.objects.count()
    client.post(IMPORT, {"rows": sealed(uploaded(client, TWO))})
    assert User.objects.count() == before
