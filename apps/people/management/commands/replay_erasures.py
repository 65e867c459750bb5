"""`manage.py replay_erasures`: erases again whom a restored backup brought back. Harmless to run at any time."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.organizations.audit import Actor, acting_as
from apps.organizations.errors import CodedError
from apps.organizations.models import Organization
from apps.organizations.tenancy import acting_for
from apps.people.erasure import Reason, erase
from apps.people.models import Person
from apps.people.tombstones import bury_again, file_of, revived, untold


class Command(BaseCommand):
    help = "Erases everybody who is in the database although they were erased: after a backup was restored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rebuild",
            action="store_true",
            help="first write the tombstones that this database has receipts of and the list lacks: only where no copy "
            "of the folder ERASURES is left",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            lacking = untold() if options["rebuild"] else []
            bury_again(lacking)
            again = _erase_again(revived())
        except CodedError as refusal:
            raise CommandError(f"{refusal.message} [{refusal.code}]") from refusal
        except OSError as error:
            raise CommandError(f"{file_of()} cannot be written: {error}. See to the folder ERASURES.") from error
        if lacking:
            self.stdout.write(f"{len(lacking)} tombstones were written from their receipts.")
        self.stdout.write(f"{again} people were erased again.")


def _erase_again(found: dict[UUID, list[UUID]]) -> int:
    for organization_id, people in found.items():
        with acting_for(organization_id), acting_as(Actor("command")):
            organization = Organization.objects.get(pk=organization_id)
            for person in Person.objects.filter(organization=organization, pk__in=people):
                erase(organization=organization, person=person, by=None, reason=Reason.REPLAYED)
    return sum(map(len, found.values()))
