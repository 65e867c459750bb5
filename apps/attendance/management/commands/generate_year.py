"""`manage.py generate_year`: a made-up year of people and punches out of a seed, and its days by the rule engine."""

import time
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.attendance import made_year
from apps.attendance.management.commands.rebuild_days import rebuild, said
from apps.organizations import doors
from apps.organizations.models import Camera, Organization
from apps.organizations.tenancy import acting_for
from apps.people.models import Person


class Command(BaseCommand):
    help = "Makes up people and a year of punches in an organization of its own, and reckons their days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG", help="an organization without people")
        parser.add_argument("--people", type=int, default=2000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--first", type=date.fromisoformat, default=date(2025, 1, 1), metavar="DATE")
        parser.add_argument("--last", type=date.fromisoformat, default=date(2025, 12, 31), metavar="DATE")

    def handle(self, *args: Any, **options: Any) -> None:
        organization_id = doors.organization_id_of(options["organization"])
        if organization_id is None:
            raise CommandError(f"There is no organization {options['organization']}.")
        with acting_for(organization_id):
            organization = Organization.objects.get(pk=organization_id)
            if Person.objects.filter(organization=organization).exists():
                raise CommandError("This organization has people already: what is made up belongs in one of its own.")
            camera = Camera.objects.filter(organization=organization).select_related("site").order_by("name").first()
            if camera is None:
                raise CommandError("This organization has no camera yet: add one first.")
            chosen = {name: options[name] for name in ("people", "first", "last", "seed")}
            year = made_year.Year(organization, camera, **chosen)
            began = time.perf_counter()
            with transaction.atomic():
                punches = made_year.make(year)
            self.stdout.write(f"{punches:,} punches of {year.people:,} people in {time.perf_counter() - began:.1f} s")
            self.stdout.write(said(rebuild(organization, year.first, year.last)))
