"""`manage.py verify_audit`: reads the audit trail against its seals and its anchors, and names what is wrong."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.organizations import doors
from apps.organizations.audit import PLATFORM, chain_name
from apps.organizations.audit_anchor import anchored_chains, note_verified
from apps.organizations.audit_verification import Fault, Verified, verify
from apps.organizations.models import Organization
from apps.organizations.tenancy import acting_for


class Command(BaseCommand):
    help = "Verifies the audit trail: every organization's chain and the platform's, or one. Ends with 1 for a fault."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="this organization's chain only")
        parser.add_argument("--anchors", type=Path, metavar="DIR", help="a copy of the anchors (default AUDIT_ANCHORS)")
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        chains = _chains(options["organization"])
        found = {name: verify(chain, options["anchors"]) for name, chain in chains.items()}
        if not options["organization"]:
            found |= _vanished(chains, options["anchors"])
        seconds = time.perf_counter() - started
        for name, verified in found.items():
            note_verified(chain_name(verified.chain), verified.rows, verified.fault.message if verified.fault else "")
            self.stdout.write(f"{name}: {_told(verified)}")
        faults = {name: asdict(verified.fault) for name, verified in found.items() if verified.fault}
        if options["json"]:
            rows = sum(verified.rows for verified in found.values())
            told = {"chains": len(found), "rows": rows, "seconds": round(seconds, 3), "faults": faults}
            self.stdout.write(json.dumps(told))
        if faults:
            raise CommandError(f"The audit trail is not as it was written: {', '.join(faults)}.")


def _chains(slug: str | None) -> dict[str, UUID]:
    """The chains to read, by what people call them."""
    if slug is None:
        return {**{_slug(one): one for one in doors.organization_ids()}, "platform": PLATFORM}
    organization_id = doors.organization_id_of(slug)
    if organization_id is None:
        raise CommandError(f"There is no organization {slug}.")
    return {slug: organization_id}


def _slug(organization_id: UUID) -> str:
    with acting_for(organization_id):
        return Organization.objects.get(pk=organization_id).slug


def _vanished(chains: dict[str, UUID], anchors: Path | None) -> dict[str, Verified]:
    """Chains that are anchored, of organizations that are not there any more."""
    known = {chain_name(chain) for chain in chains.values()}
    gone = [name for name in anchored_chains(anchors) if name not in known]
    fault = Fault(1, "cut", "the chain is anchored, and its organization is not in the database")
    return {name: Verified(UUID(name), fault=fault) for name in gone}


def _told(verified: Verified) -> str:
    if verified.fault:
        return f"{verified.fault.code} at row {verified.fault.sequence}: {verified.fault.message}"
    return f"{verified.rows} rows, unbroken"
