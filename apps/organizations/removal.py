"""Deleting a row that nothing stands on."""

from typing import Any

from django.db import IntegrityError, models, transaction

from apps.organizations import audit
from apps.organizations.errors import WrongChoice
from apps.organizations.models import Organization, OrganizationModel


def remove(*, organization: Organization, row: OrganizationModel, in_use: Any) -> None:
    """Delete this row for good. Raises WrongChoice with this sentence where facts refer to it."""
    try:
        with transaction.atomic():
            key = row.pk
            row.delete()
            row.pk = key  # Django forgets it; the audit trail must not
            audit.record(organization=organization, action=f"{row._meta.model_name}.delete", subject=row)
    except (models.ProtectedError, models.RestrictedError, IntegrityError):
        raise WrongChoice(str(in_use), code="in_use", status=409) from None
