"""The socket of somebody who enrolls on their own phone: admitted by the browser that agreed, for that one visit."""

from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.contrib.sessions.backends.db import SessionStore

from apps.enrollment import invitations
from apps.enrollment.consumers import CaptureFrames
from apps.enrollment.own_pages import FOLLOWED, VISIT
from apps.enrollment.visit_signals import visit_group
from apps.organizations import audit, doors
from apps.organizations.live import FORBIDDEN


class OwnCaptureSocket(CaptureFrames):
    """Opens for the browser session in which the link was agreed to; closes when link, consent or person go."""

    ask_again_seconds = 5.0
    token_hash = ""

    async def enter(self) -> None:
        self.token_hash, visit_id = await database_sync_to_async(marks_of)(self.scope["session"].session_key)
        found = await database_sync_to_async(doors.enrollment_link_of)(self.token_hash)
        if found is None or visit_id is None:
            await self.hang_up(FORBIDDEN)
            return
        self.session_id = visit_id
        self.actor = audit.Actor("enrollment_link", found.id)
        await self.join(visit_group(found.organization_id, visit_id))
        await self.admit()

    def ask(self) -> int | None:
        found = doors.enrollment_link_of(self.token_hash)
        return self.ask_organization(found.organization_id) if found else FORBIDDEN

    def admitted(self, organization_id: UUID) -> dict[str, Any] | None:
        return self.greeting(organization_id, self.session_id) if self._link_stands() else None

    def may_stay(self) -> bool:
        return self._link_stands() and super().may_stay()

    def _link_stands(self) -> bool:
        link = invitations.link_of_visit(self.organization_id, self.token_hash, self.session_id)
        return link is not None and link.session is not None and link.session.state != link.session.State.CANCELLED


def marks_of(session_key: str | None) -> tuple[str, UUID | None]:
    """What the browser's session says now: the hash of the link it followed, and the visit it opened."""
    session = SessionStore(session_key).load() if session_key else {}
    visit_id = session.get(VISIT)
    return str(session.get(FOLLOWED, "")), UUID(visit_id) if visit_id else None
