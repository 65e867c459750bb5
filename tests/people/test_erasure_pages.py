"""HR erases a person by typing their number, reads the receipt, and hands out records; people take their own."""

import io
import json
from zipfile import ZipFile

import pytest

from apps.organizations.models import AuditEntry, Role
from apps.organizations.tenancy import acting_for
from apps.people.models import ErasureReceipt, Person
from apps.people.receipts import verified
from tests.personas import World, signed_in

from .erasing import CANARY, Canary, furnish

pytestmark = pytest.mark.django_db


@pytest.fixture
def canary(world: World) -> Canary:
    return furnish(world)


def page_of(person: Person, name: str) -> str:
    return f"/o/northwind/people/{person.pk}/{name}/"


def test_the_page_says_what_goes_and_what_stays(world: World, canary: Canary) -> None:
    page = signed_in(world.alice).get(page_of(canary.person, "erase")).content.decode()
    assert "encrypted references" in page
    assert "from now on they name nobody" in page


def test_typing_the_number_erases_and_shows_the_receipt(world: World, canary: Canary) -> None:
    client = signed_in(world.bob_as(Role.HR_MANAGER))
    answer = client.post(
        page_of(canary.person, "erase"), {"number": canary.person.external_id, "reason": "asked"}, follow=True
    )
    with acting_for(world.northwind):
        receipt = ErasureReceipt.objects.get()
        entry = AuditEntry.objects.get(action="person.erase")
    assert answer.redirect_chain == [(f"/o/northwind/erasures/{receipt.pk}/", 302)]
    assert "They asked for it" in answer.content.decode()
    assert CANARY not in answer.content.decode()
    assert entry.actor_id == world.bob.pk


@pytest.mark.parametrize("typed", ["", "E1", CANARY])
def test_another_number_erases_nobody(world: World, canary: Canary, typed: str) -> None:
    answer = signed_in(world.alice).post(page_of(canary.person, "erase"), {"number": typed, "reason": "asked"})
    assert answer.status_code == 422
    with acting_for(world.northwind):
        assert not ErasureReceipt.objects.exists()


def test_who_was_erased_has_no_page_and_no_line(world: World, canary: Canary) -> None:
    client = signed_in(world.alice)
    client.post(page_of(canary.person, "erase"), {"number": canary.person.external_id, "reason": "left"})
    assert client.get(page_of(canary.person, "erase")).status_code == 404
    assert "erased-" not in client.get("/o/northwind/people/").content.decode()
    assert "Erased" in client.get("/o/northwind/punches/").content.decode()


def test_the_downloaded_receipt_verifies(world: World, canary: Canary) -> None:
    client = signed_in(world.alice)
    client.post(page_of(canary.person, "erase"), {"number": canary.person.external_id, "reason": "asked"})
    with acting_for(world.northwind):
        receipt = ErasureReceipt.objects.get()
    raw = client.get(f"/o/northwind/erasures/{receipt.pk}/receipt.json").content
    assert verified(raw)["pseudonym"] == receipt.pseudonym
    assert CANARY.encode() not in raw


def record(client: object, url: str) -> dict[str, str]:
    answer = client.get(url)  # type: ignore[attr-defined]
    with ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_record_tells_everything_but_the_face(world: World, canary: Canary) -> None:
    found = record(signed_in(world.alice), page_of(canary.person, "record"))
    said = {word for word in ("given", "signature", "guardian", "paper", "reason") for text in found.values()
            if f"{CANARY}-{word}" in text}  # fmt: skip
    assert said == {"given", "signature", "guardian", "paper", "reason"}
    assert len(json.loads(found["punch.json"])) == 2
    assert set(json.loads(found["reference.json"])[0]) == {"space", "kind", "segment", "is_active", "created_at"}
    assert not any("KNOWN" in text or "ciphertext" in text for text in found.values())


def test_the_record_tells_who_looked(world: World, canary: Canary) -> None:
    client = signed_in(world.alice)
    client.get(f"/o/northwind/people/{canary.person.pk}/")
    record(client, page_of(canary.person, "record"))
    lines = json.loads(record(client, page_of(canary.person, "record"))["auditentry.json"])
    looked = [line["what"] for line in lines if line["who"] == "alice@example.org"]
    assert looked == ["Looked at a person’s record", "Handed out a person’s record"]


def test_a_formula_in_a_name_stays_text(world: World) -> None:
    with acting_for(world.northwind):
        Person.objects.filter(pk=world.person.pk).update(given_name="=1+1")
    found = record(signed_in(world.alice), page_of(world.person, "record"))
    assert ",'=1+1," in found["person.csv"]
    assert json.loads(found["person.json"])[0]["given_name"] == "=1+1"


def test_people_take_their_own_record_and_no_other(world: World, canary: Canary) -> None:
    found = record(signed_in(canary.person.user), "/o/northwind/me/record/")  # type: ignore[arg-type]
    assert json.loads(found["person.json"])[0]["external_id"] == canary.person.external_id
    assert signed_in(world.bob_as(Role.EMPLOYEE)).get("/o/northwind/me/record/").status_code == 422


def test_nobody_reads_anothers_record_by_way_of_a_look_alike(world: World, canary: Canary) -> None:
    found = record(signed_in(canary.person.user), "/o/northwind/me/record/")  # type: ignore[arg-type]
    assert not any("Priya" in text or str(world.person.pk) in text for text in found.values())
