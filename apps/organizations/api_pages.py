"""Pages of a list by key, not by number: rows added or taken away meanwhile shift nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet

from apps.organizations.models import Organization


class BrokenCursor(ValueError):
    """A cursor that was not made here, for this list of this organization."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and where the next ones begin; an empty cursor means that these were the last."""

    rows: Sequence[Any]
    next_cursor: str | None


def page_of(organization: Organization, rows: "QuerySet[Any]", *, order: str, limit: int, cursor: str) -> Page:
    """The rows after the cursor, by a column that never changes and the id that decides ties. Raises BrokenCursor."""
    salt = f"cursor:{organization.pk}:{rows.model._meta.label}"
    if cursor:
        rows = rows.filter(_after(order, *_opened(cursor, salt)))
    found = list(rows.order_by(order, "id")[: limit + 1])
    page = found[:limit]
    if len(found) <= limit:
        return Page(page, None)
    last = page[-1]
    position = getattr(last, order)
    return Page(page, signing.dumps([getattr(position, "isoformat", position.__str__)(), str(last.pk)], salt=salt))


def _opened(cursor: str, salt: str) -> tuple[str, str]:
    try:
        position, pk = signing.loads(cursor, salt=salt)
    except signing.BadSignature:
        raise BrokenCursor("This cursor belongs to no page of this list. Begin without one.") from None
    return position, pk


def _after(order: str, position: str, pk: str) -> Q:
    return Q(**{f"{order}__gt": position}) | Q(**{order: position, "id__gt": pk})
