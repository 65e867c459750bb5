"""References that do not open when a gallery is loaded: noted in the audit trail, each once."""

from functools import partial
from uuid import UUID

from django.db import transaction

from apps.enrollment.models import GalleryVersion, Reference
from apps.organizations import audit
from apps.organizations.models import AuditEntry, Organization

ACTION = "reference.refuse"
_noted: set[UUID] = set()


def note(organization: Organization, refused: tuple[UUID, ...]) -> None:
    """Record what was refused; a reference that was recorded before, by whichever process, is not again."""
    new = set(refused) - _noted
    if not new:
        return
    with transaction.atomic(), audit.acting_as(audit.NOBODY):
        # Two processes find the same row at the same time: the second waits here for the first one's entry.
        list(GalleryVersion.objects.select_for_update().filter(organization=organization))
        entries = AuditEntry.objects.filter(organization=organization, action=ACTION, subject_id__in=new)
        told = set(entries.values_list("subject_id", flat=True))
        _record(organization, new - told)
        transaction.on_commit(partial(_noted.update, new))


@audit.held()
def _record(organization: Organization, references: set[UUID]) -> None:
    rows = Reference.objects.filter(organization=organization, pk__in=references)
    for row in rows.order_by("pk"):
        said = {"person": row.person_id, "space": row.space}
        audit.record(organization=organization, action=ACTION, subject=row, new=said)


def forget() -> None:
    """Drop what this process noted (tests)."""
    _noted.clear()
