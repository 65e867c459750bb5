"""`manage.py erase --organization SLUG NUMBER`: erases a person; asks for their number once more."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.organizations.command import OrganizationCommand
from apps.organizations.errors import CodedError
from apps.organizations.models import Organization
from apps.people.erasure import Reason, erase
from apps.people.models import Person
from apps.people.receipts import file_of


class Command(OrganizationCommand):
    help = "Erases a person: destroys what says who they are, writes a signed receipt."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("number", help="the person number")
        parser.add_argument("--reason", choices=[Reason.ASKED, Reason.LEFT, Reason.MISTAKE], default=Reason.ASKED)
        parser.add_argument("--receipt", type=Path, metavar="FILE", help="write the receipt there")
        parser.add_argument("--yes", action="store_true", help="do not ask for the number once more")

    def act(self, organization: Organization, **options: Any) -> dict[str, Any]:
        number = options["number"]
        person = Person.objects.filter(organization=organization, external_id=number, erased_at=None).first()
        if person is None:
            raise CommandError(f"Nobody here has the number {number}.")
        if not options["yes"] and input(f"{person.name} cannot be brought back. Type {number} to erase: ") != number:
            raise CommandError("Nothing was erased: the number was another.")
        try:
            receipt = erase(organization=organization, person=person, by=None, reason=options["reason"])
        except CodedError as error:
            raise CommandError(f"{error.message} [{error.code}]") from error
        self._write(options["receipt"], file_of(receipt))
        self.stdout.write(f"Erased. The receipt is {receipt.pk}, pseudonym {receipt.pseudonym[:16]}.")
        return {"receipt": str(receipt.pk), "pseudonym": receipt.pseudonym}

    def _write(self, file: Path | None, receipt: bytes) -> None:
        """The deed is done: a file that cannot be written ends nothing."""
        try:
            if file:
                file.write_bytes(receipt)
        except OSError as error:
            self.stderr.write(f"The receipt was not written: {error}. Download it from the page Erasures.")
