"""Reads of credentials."""

from django.db.models import Case, QuerySet, Value, When
from django.utils import timezone

from apps.organizations.models import Credential, Organization


def credentials_of(organization: Organization) -> "QuerySet[Credential]":
    """Credentials with their `state`, the newest first; revoked ones stay in the list."""
    credentials = Credential.objects.filter(organization=organization).select_related("created_by")
    state = Case(
        When(revoked_at__isnull=False, then=Value("revoked")),
        When(expires_at__lte=timezone.now(), then=Value("expired")),
        default=Value("active"),
    )
    return credentials.annotate(state=state).order_by("-created_at", "id")
