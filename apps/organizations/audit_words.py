"""What may stand in the audit trail: ids, dates, numbers, choices and the names of things, never of people.

Everything else is replaced by a mark: the trail says that it was changed, and not to what. An erased person must not
live on in a table that nobody can change.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import models

HIDDEN = "•••"
# An id or an instant says nothing about a person to whoever cannot look it up.
BARE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d([T ][\d:.]+([+-]\d\d:\d\d|Z)?)?")
# Reviewed: texts that say nothing about a person, by the model they belong to. "" is for entries without a row.
PLAIN: dict[str, frozenset[str]] = {
    "": frozenset({"role", "roles", "permissions", "format", "code", "direction", "source"}),
    "organizations.organization": frozenset({"name", "slug", "mfa_roles", "false_positive_target"}),
    "organizations.site": frozenset({"name", "time_zone", "liveness_policy"}),
    "organizations.camera": frozenset({"name"}),
    "organizations.camerakey": frozenset({"fingerprint"}),
    "organizations.credential": frozenset({"name", "prefix", "permissions"}),
    "people.department": frozenset({"name"}),
    "enrollment.consenttext": frozenset({"language", "sha256"}),
    "enrollment.enginechoice": frozenset({"name"}),
    "attendance.punch": frozenset({"time_zone"}),
    "attendance.ledgerday": frozenset({"root"}),
}


def said(values: Mapping[str, Any], subject: models.Model | None) -> str:
    """The values as one canonical JSON object; empty for none."""
    if not values:
        return ""
    kept = {field: _kept(field, value, subject) for field, value in values.items()}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def kind_of(subject: models.Model | None) -> str:
    """The name of the row's model, such as `people.person`."""
    return subject._meta.label_lower if subject else ""


def _kept(field: str, value: Any, subject: models.Model | None) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return [_kept(field, one, subject) for one in (value if isinstance(value, list | tuple) else sorted(value))]
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    return value if value == "" or _is_plain(field, value, subject) else HIDDEN


def _is_plain(field: str, value: Any, subject: models.Model | None) -> bool:
    if not isinstance(value, str):
        return False
    if BARE.fullmatch(value) or field in PLAIN[""] or field in PLAIN.get(kind_of(subject), ()):
        return True
    return subject is not None and value in _choices(subject, field)


def _choices(subject: models.Model, field: str) -> list[Any]:
    found = next((one for one in subject._meta.concrete_fields if one.name == field), None)
    return [value for value, _ in found.flatchoices] if found else []
