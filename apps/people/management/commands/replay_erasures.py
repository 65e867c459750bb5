"""`manage.py replay_erasures`: erases again whom a restored backup brought back. Harmless to run at any time."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.organizations.audit import Actor, acting_as
from apps.organizations.models import Organization
from apps.organizations.tenancy import acting_for
from apps.people.erasure import Reason, erase
from apps.people.models import Person
from apps.people.tombstones import TombstonesAltered, revived


class Command(BaseCommand):
    help = "Erases everybody who is in the database although they were erased: after a backup was restored."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = revived()
        except TombstonesAltered as refusal:
            raise CommandError(f"{refusal.message} [{refusal.code}]") from refusal
        for organization_id, people in found.items():
            with acting_for(organization_id), acting_as(Actor("command")):
                organization = Organization.objects.get(pk=organization_id)
                for person in Person.objects.filter(organization=organization, pk__in=people):
                    erase(organization=organization, person=person, by=None, reason=Reason.REPLAYED)
        self.stdout.write(f"{sum(map(len, found.values()))} people were erased again.")
