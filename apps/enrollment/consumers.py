"""The sockets of the capture page: what every one does with frames, and the operator's."""

from typing import Any
from uuid import UUID

from apps.enrollment import capture, selectors, services
from apps.enrollment.frame_socket import FrameSocket
from apps.enrollment.models import EnrollmentSession
from apps.enrollment.tasks import capture_frame
from apps.organizations.access import Permission
from apps.organizations.live import MemberSocket
from apps.recognition import frames, wire


class CaptureFrames(FrameSocket):
    """Takes the frames of one open enrollment session; a subclass says for whom."""

    session_id: UUID

    def greeting(self, organization_id: UUID, session_id: UUID) -> dict[str, Any] | None:
        """The hello of an open session whose consent is live, or None. Runs as `admitted` does."""
        session = selectors.session_of(organization_id, session_id)
        if session is None or session.state != EnrollmentSession.State.OPEN or session.consent.withdrawn_at:
            return None
        self.session_id = session.pk
        return {"needed": capture.NEEDED, "accepted": selectors.drafts_of(session.organization, session).count()}

    def may_stay(self) -> bool:
        """Also once the session is complete: its page says so, and sends nothing more."""
        session = selectors.session_of(self.organization_id, self.session_id)
        return session is not None and not session.consent.withdrawn_at

    def submit(self, header: wire.FrameHeader, frame: bytes) -> None:
        ticket = frames.hold(self.organization_id, frame)
        capture_frame.apply_async(
            (str(self.organization_id), str(self.session_id), ticket, header.seq, self.channel_name)
        )

    async def receive_command(self, command: dict[str, Any]) -> None:
        if command.get("t") == "cancel":
            await self.in_thread(self._cancel)
            await self.close(1000)

    def _cancel(self) -> None:
        session = selectors.session_of(self.organization_id, self.session_id)
        if session and session.state == EnrollmentSession.State.OPEN:
            services.cancel_session(organization=session.organization, session=session)


class CaptureSocket(MemberSocket, CaptureFrames):
    """The operator's: admitted by their session and role."""

    permission = Permission.ENROLL

    def admitted(self, organization_id: UUID) -> dict[str, Any] | None:
        return self.greeting(organization_id, self.scope["url_route"]["kwargs"]["session_id"])
