"""Due work of enrollment: a visit nobody finished is ended, and what was kept of the face with it."""

from datetime import timedelta

from django.utils import timezone

from apps.enrollment.models import EnrollmentSession
from apps.enrollment.services import cancel_session
from apps.organizations.jobs import job
from apps.organizations.models import Organization

STALE = timedelta(hours=1)


@job("enrollment.end_stale_sessions", every=timedelta(minutes=10))
def end_stale_sessions(organization: Organization) -> None:
    """Cancel every session that has been open for longer than STALE."""
    stale = EnrollmentSession.objects.filter(
        organization=organization, state=EnrollmentSession.State.OPEN, started_at__lt=timezone.now() - STALE
    )
    for session in stale:
        cancel_session(organization=organization, session=session)
