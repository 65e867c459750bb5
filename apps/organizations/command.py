"""The command line's door: a command that names its organization with --organization."""

import json
from abc import abstractmethod
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.organizations import doors
from apps.organizations.audit import Actor, acting_as
from apps.organizations.models import Organization
from apps.organizations.tenancy import acting_for


class OrganizationCommand(BaseCommand):
    """Opens the organization, runs `act`, and with --json prints what it returned as the last line."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG", help="the organization's address")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options.pop("organization")
        organization_id = doors.organization_id_of(slug)
        if organization_id is None:
            raise CommandError(f"There is no organization {slug}.")
        with acting_for(organization_id), acting_as(Actor("command")):
            outcome = self.act(Organization.objects.get(pk=organization_id), **options)
        if options["json"]:
            self.stdout.write(json.dumps(outcome))

    @abstractmethod
    def act(self, organization: Organization, **options: Any) -> dict[str, Any]:
        """Do it, write lines for people to stdout, and return the figures for programs."""
