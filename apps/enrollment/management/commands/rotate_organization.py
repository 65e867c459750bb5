"""`manage.py rotate_organization`: everything of one organization sealed under a new key."""

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.enrollment.errors import RotationUnfinished
from apps.enrollment.rotation import rotate
from apps.organizations import doors
from apps.organizations.audit import Actor, acting_as
from apps.organizations.master_key import KeyUnavailable
from apps.organizations.models import Organization
from apps.organizations.tenancy import acting_for


class Command(BaseCommand):
    help = (
        "Gives an organization a new key and its vectors a new rotation, and destroys the old ones. Faces are "
        "recognised meanwhile. Run it again after an interruption: it goes on where it stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="the organization's address")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        organization_id = doors.organization_id_of(options["slug"])
        if organization_id is None:
            raise CommandError(f"There is no organization {options['slug']}.")
        started = time.perf_counter()
        with acting_for(organization_id), acting_as(Actor("command")):
            try:
                done = rotate(Organization.objects.get(pk=organization_id))
            except (KeyUnavailable, RotationUnfinished) as error:
                raise CommandError(f"{error.message} [{error.code}]") from error
        seconds = round(time.perf_counter() - started, 3)
        self.stdout.write(
            f"{done.references} references of {done.people} people are sealed under version {done.version} now "
            f"({seconds} s); the version before was destroyed."
        )
        if options["json"]:
            told = {"version": done.version, "people": done.people, "references": done.references}
            self.stdout.write(json.dumps(told | {"seconds": seconds}))
