"""Due work of enrollment: a visit nobody finished is ended, and what was kept of the face with it."""

from datetime import timedelta

from django.utils import timezone

from apps.enrollment.models import EnrollmentSession
from apps.enrollment.services import cancel_session
from apps.organizations.jobs import job
from apps.organizations.models import Organization

STALE = timedelta(minutes=2)
"""Without a frame and without a socket: long enough for a page that is loaded again or lost its network."""


@job("enrollment.end_stale_sessions", every=timedelta(minutes=2))
def end_stale_sessions(organization: Organization) -> None:
    """Cancel every open session that was left alone for longer than STALE, and delete its drafts."""
    stale = EnrollmentSession.objects.filter(
        organization=organization, state=EnrollmentSession.State.OPEN, seen_at__lt=timezone.now() - STALE
    )
    for session in stale:
        cancel_session(organization=organization, session=session)
