"""The sockets of the capture page: what every one does with frames, and the operator's."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps.enrollment import capture, selectors, services
from apps.enrollment.errors import EnrollmentError
from apps.enrollment.frame_socket import FrameSocket
from apps.enrollment.models import EnrollmentSession
from apps.enrollment.tasks import NO_SEGMENT, capture_frame
from apps.organizations.access import Permission
from apps.organizations.live import MemberSocket
from apps.organizations.models import User
from apps.recognition import frames, wire


class CaptureFrames(FrameSocket):
    """Takes the frames of one open enrollment session; a subclass says for whom."""

    session_id: UUID
    told: dict[str, Any]

    def greeting(self, organization_id: UUID, session_id: UUID) -> dict[str, Any] | None:
        """The hello of an open session whose consent is live, or None. Runs as `admitted` does.

        Of one that ended well too, with how: its page may have lost its connection before the last answer.
        """
        session = selectors.session_of(organization_id, session_id)
        if session is None or session.consent.withdrawn_at:
            return None
        self.session_id = session.pk
        if told := capture.ended(session.organization, session):
            return {"state": told.state, **asdict(told)}
        if session.state != EnrollmentSession.State.OPEN:
            return None
        services.note_presence(organization=session.organization, session_id=session.pk)
        return asdict(capture.Visit.of(session.organization, session).progress())

    def may_stay(self) -> bool:
        """Also once the session is complete: its page says so, and sends nothing more."""
        session = selectors.session_of(self.organization_id, self.session_id)
        if session is None or session.consent.withdrawn_at:
            return False
        services.note_presence(organization=session.organization, session_id=session.pk)
        return True

    def supervisor(self) -> User | None:
        """Whoever sits beside the person; nobody does at one's own phone."""
        return None

    def submit(self, header: wire.FrameHeader, frame: bytes) -> None:
        ticket = frames.hold(self.organization_id, frame)
        segment = NO_SEGMENT if header.segment is None else header.segment
        capture_frame.apply_async(
            (str(self.organization_id), str(self.session_id), ticket, header.seq, self.channel_name, segment)
        )

    async def receive_command(self, command: dict[str, Any]) -> None:
        if command.get("t") == "cancel":
            await self.in_thread(self._cancel)
            await self.close(1000)
        if command.get("t") == "cannot_turn":
            self.told = {"t": "refused", "seq": None, "code": "session_ended", "hint": _("This visit has ended.")}
            await self.in_thread(self._cannot_turn)
            await self.send_json(self.told)

    def _cannot_turn(self) -> None:
        session = selectors.session_of(self.organization_id, self.session_id)
        if session is None:
            return
        organization = session.organization
        try:
            services.cannot_turn(organization=organization, session=session, supervisor=self.supervisor())
            self.told = {"t": "progress", **asdict(capture.Visit.of(organization, session).progress())}
        except EnrollmentError as error:
            self.told = {"t": "refused", "seq": None, "code": error.code, "hint": error.message}

    def _cancel(self) -> None:
        session = selectors.session_of(self.organization_id, self.session_id)
        if session and session.state == EnrollmentSession.State.OPEN:
            services.cancel_session(organization=session.organization, session=session)


class CaptureSocket(MemberSocket, CaptureFrames):
    """The operator's: admitted by their session and role."""

    permission = Permission.ENROLL

    def supervisor(self) -> User | None:
        return User.objects.filter(pk=self.scope["user"].pk).first()

    def admitted(self, organization_id: UUID) -> dict[str, Any] | None:
        return self.greeting(organization_id, self.scope["url_route"]["kwargs"]["session_id"])
