"""A receipt verifies as it was handed out, and with any byte changed it does not."""

import base64
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.organizations.platform_key import public_key, signing_key
from apps.organizations.tenancy import acting_for
from apps.people.erasure import Reason, erase
from apps.people.models import ErasureReceipt
from apps.people.receipts import ReceiptRefused, canonical, file_of, verified
from tests.personas import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt(northwind: World) -> ErasureReceipt:
    return erase(organization=northwind.northwind, person=northwind.person, by=northwind.alice, reason=Reason.ASKED)


def test_it_verifies_and_tells_what_was_done(receipt: ErasureReceipt) -> None:
    told = verified(file_of(receipt))
    assert told["pseudonym"] == receipt.pseudonym
    assert told["pseudonymised"]["people.person"] == 1


def test_any_byte_changed_is_noticed(receipt: ErasureReceipt) -> None:
    raw = file_of(receipt)
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(ReceiptRefused):
            verified(changed)


def respelled(text: str) -> Iterator[str]:
    """Other base64 texts of the same bytes: the plain alphabet's two letters, and bits behind the last byte."""
    yield from (text.replace(own, plain) for own, plain in (("-", "+"), ("_", "/")) if own in text)
    at = len(text.rstrip("=")) - 1
    yield text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :]


def test_another_spelling_of_the_same_signature_is_an_edit(receipt: ErasureReceipt) -> None:
    raw, whole = file_of(receipt), receipt.signature
    for other in respelled(whole):
        assert base64.urlsafe_b64decode(other.translate(str.maketrans("+/", "-_"))) == base64.urlsafe_b64decode(whole)
        with pytest.raises(ReceiptRefused):
            verified(raw.replace(whole.encode(), other.encode()))


@pytest.mark.parametrize("cut", [b"", b"{}", b"[]", b"null", b"\xff", b'{"receipt": {"organization": "x"}}'])
def test_what_is_no_receipt_is_refused(cut: bytes) -> None:
    with pytest.raises(ReceiptRefused):
        verified(cut)


def test_a_row_less_or_more_is_noticed(receipt: ErasureReceipt) -> None:
    whole = json.loads(file_of(receipt))
    whole["receipt"]["destroyed"]["enrollment.reference"] = 99
    with pytest.raises(ReceiptRefused):
        verified(json.dumps(whole, sort_keys=True, indent=2).encode() + b"\n")


def test_another_organizations_signature_is_refused(receipt: ErasureReceipt, world: World) -> None:
    receipt.signature = signing_key(world.southwind.pk).sign(receipt.body.encode()).hex()
    with pytest.raises(ReceiptRefused):
        verified(file_of(receipt))


def test_the_public_key_alone_verifies_it(receipt: ErasureReceipt, settings: object, world: World) -> None:
    raw, key = file_of(receipt), public_key(world.northwind.pk)
    settings.PLATFORM_KEY = "A" * 43 + "="  # type: ignore[attr-defined]  # another platform's
    assert verified(raw, key)["organization"] == str(world.northwind.pk)
    with pytest.raises(ReceiptRefused):
        verified(raw)


def test_its_body_has_one_spelling(receipt: ErasureReceipt) -> None:
    assert canonical(json.loads(receipt.body)) == receipt.body


def test_the_command_tells_genuine_from_changed(receipt: ErasureReceipt, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(file_of(receipt))
    bad.write_bytes(file_of(receipt).replace(b'"asked"', b'"left"'))
    out = StringIO()
    call_command("verify_receipt", str(good), stdout=out)
    assert out.getvalue().startswith(f"Genuine: {receipt.pseudonym[:16]}")
    with pytest.raises(CommandError, match="receipt_not_genuine"):
        call_command("verify_receipt", str(bad))


def test_the_command_erases_by_number(world: World, tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    call_command("erase", "E1", "--organization", "northwind", "--yes", "--receipt", str(file), stdout=StringIO())
    with acting_for(world.northwind):
        assert verified(file.read_bytes())["pseudonym"] == ErasureReceipt.objects.get().pseudonym
    with pytest.raises(CommandError, match="Nobody here has the number E1"):
        call_command("erase", "E1", "--organization", "northwind", "--yes", stdout=StringIO())


def test_an_erasure_whose_receipt_cannot_be_written_tells_where_it_is(world: World, tmp_path: Path) -> None:
    file, out, errors = tmp_path / "no folder" / "receipt.json", StringIO(), StringIO()
    given = ["--organization", "northwind", "--yes", "--receipt", str(file)]
    call_command("erase", "E1", *given, stdout=out, stderr=errors)
    assert out.getvalue().startswith("Erased.") and "from the page Erasures" in errors.getvalue()
