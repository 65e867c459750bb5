"""Which rules counted when: an organization's versions, for one site or for all, as the pure rules take them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from apps.attendance.models import RulesVersion
from apps.attendance.rules.terms import DEFAULT_TERMS, AutoClose, BreakRule, RoundTo, Terms
from apps.organizations.models import Organization


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every version of an organization, the newest first."""

    versions: tuple[RulesVersion, ...] = ()

    def terms_on(self, day: date, site_id: UUID | None) -> Terms:
        """The site's own version in force on a day, else the one for all, else what a new organization has."""
        valid = [one for one in self.versions if one.valid_from <= day and one.site_id in (site_id, None)]
        own = next((one for one in valid if one.site_id is not None), None)
        found = own or next(iter(valid), None)
        return terms_from(found.terms, found.number) if found else DEFAULT_TERMS


def rulebook_of(organization: Organization) -> Rulebook:
    """One query."""
    rows = RulesVersion.objects.filter(organization=organization)
    return Rulebook(tuple(rows.order_by("-valid_from", "-number")))


def terms_from(stored: Mapping[str, Any], version: int) -> Terms:
    """Stored terms as the rules take them; what is not stored is as in a new organization."""
    known = {one.name for one in fields(Terms)} - {"version", "breaks", "round_how", "auto_close"}
    plain = {name: value for name, value in stored.items() if name in known}
    return Terms(
        version=version,
        breaks=tuple(BreakRule(int(one["after"]), int(one["least"])) for one in stored.get("breaks", ())),
        round_how=RoundTo(stored.get("round_how", RoundTo.NEAREST)),
        auto_close=AutoClose(stored.get("auto_close", AutoClose.OFF)),
        **plain,
    )


def stored(terms: Terms) -> dict[str, Any]:
    """Terms as a version stores them."""
    told = asdict(terms)
    told.pop("version")
    return told | {"breaks": list(told["breaks"])}
