"""`manage.py found_organization`: an organization and its owner, made by the operator of the machine."""

import json
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from apps.organizations.audit import Actor, acting_as, held, record_account
from apps.organizations.errors import CodedError
from apps.organizations.models import SLUG, Organization, User
from apps.organizations.services import found_organization


class Command(BaseCommand):
    help = "Makes an organization. Its owner signs in with the printed password, or with the one they have already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--slug", required=True, help="its address: small letters, digits, hyphens")
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            SLUG(options["slug"])
            Organization(name=options["name"], slug=options["slug"]).clean_fields()
            validate_email(options["owner"])
            with acting_as(Actor("command")):
                password = self._found(options["name"], options["slug"], options["owner"].lower())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except CodedError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self.stdout.write(f"{options['name']} was made at /o/{options['slug']}/. Its owner is {options['owner']}.")
        if password:
            self.stdout.write(f"Password, printed this once: {password}")
        if options["json"]:
            self.stdout.write(json.dumps({"slug": options["slug"], "owner": options["owner"], "password": password}))

    @held()
    def _found(self, name: str, slug: str, email: str) -> str | None:
        """Make both, and return the new user's password; None for a user there was."""
        owner, password = User.objects.filter(email=email).first(), None
        if owner is None:
            password = secrets.token_urlsafe(12)
            owner = User.objects.create_user(email, password)
            record_account(action="account.create", user_id=owner.pk)
        found_organization(name=name, slug=slug, owner=owner)
        return password
