"""`manage.py verify_ledger`: reads facts against their seals and every sealed day, and names the first that differs."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.attendance.ledger import Fault, Verified, head_file, is_genuine, newest_day, verify
from apps.organizations import doors
from apps.organizations.models import Organization
from apps.organizations.platform_key import public_key
from apps.organizations.tenancy import acting_for


class Command(BaseCommand):
    help = "Verifies punches against the ledger: of every organization, or of one. Ends with 1 for a fault."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="this organization's ledger only")
        parser.add_argument("--head", type=Path, metavar="FILE", help="a signed head that was kept elsewhere")
        parser.add_argument("--export", type=Path, metavar="FILE", help="write the newest signed head of SLUG there")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        if (options["head"] or options["export"]) and not options["organization"]:
            raise CommandError("A head is of one organization: name it with --organization.")
        faults: dict[str, Fault] = {}
        facts = 0
        for organization_id in _chosen(options["organization"]):
            with acting_for(organization_id):
                organization = Organization.objects.get(pk=organization_id)
                found = verify(organization, _head(organization_id, options["head"]))
                self.stdout.write(f"{organization.slug}: {_told(found)}")
                facts += found.facts
                if found.fault:
                    faults[organization.slug] = found.fault
                elif options["export"]:
                    _export(organization, options["export"])
        if options["json"]:
            said = {slug: asdict(one) for slug, one in faults.items()}
            told = {"facts": facts, "seconds": round(time.perf_counter() - started, 3), "faults": said}
            self.stdout.write(json.dumps(told, default=str))
        if faults:
            raise CommandError(f"Attendance is not as it was written: {', '.join(faults)}.")


def _chosen(slug: str | None) -> list[UUID]:
    if slug is None:
        return list(doors.organization_ids())
    organization_id = doors.organization_id_of(slug)
    if organization_id is None:
        raise CommandError(f"There is no organization {slug}.")
    return [organization_id]


def _head(organization_id: UUID, file: Path | None) -> dict[str, Any] | None:
    if file is None:
        return None
    try:
        whole = json.loads(file.read_bytes())
        head, signature = dict(whole["head"]), str(whole["signature"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{file} is no head of a ledger: {error}") from error
    if head.get("organization") != str(organization_id) or not is_genuine(head, signature, public_key(organization_id)):
        raise CommandError(f"{file} was changed, or is another organization's.")
    return head


def _export(organization: Organization, file: Path) -> None:
    day = newest_day(organization)
    if day is None:
        raise CommandError(f"{organization.slug} has no sealed day yet.")
    file.write_bytes(head_file(day))


def _told(found: Verified) -> str:
    if found.fault:
        return f"{found.fault.code}: {found.fault.message}"
    removed = f", {found.removed} removed by retention" if found.removed else ""
    return f"{found.facts} facts, {found.days} sealed days, as they were written{removed}"
