"""`manage.py rotate_keys`: every organization's keys under the present master key."""

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.organizations import audit, doors, keyring
from apps.organizations.audit import Actor, acting_as
from apps.organizations.master_key import KeyUnavailable


class Command(BaseCommand):
    help = (
        "Wraps every organization's keys with the present MASTER_KEY; give the one before it in MASTER_KEYS_BEFORE. "
        "Nothing is sealed anew and nobody waits. Run it again after an interruption."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        try:
            done = keyring.rewrap_all(doors.organization_ids())
        except KeyUnavailable as error:
            raise CommandError(f"{error.message} [{error.code}]") from error
        if done.keys:
            new = {"organizations": done.organizations, "keys": done.keys, "master_key": done.master_key}
            with acting_as(Actor("command")):
                audit.record_platform(action="keys.rewrap", new=new)
        seconds = round(time.perf_counter() - started, 3)
        self.stdout.write(
            f"{done.keys} keys of {done.organizations} organizations are wrapped with master key {done.master_key} now "
            f"({seconds} s). The others were before."
        )
        if options["json"]:
            told = {"organizations": done.organizations, "keys": done.keys, "seconds": seconds}
            self.stdout.write(json.dumps(told | {"refused": [str(one) for one in done.refused]}))
        if done.refused:
            named = ", ".join(str(one) for one in done.refused[:5])
            raise CommandError(f"Keys of {len(done.refused)} organizations do not open ({named}): see what was logged.")
