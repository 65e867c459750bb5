"""Sockets that stay open only while their admission lasts.

Each asks when it opens and again whenever something it rests on changed: the senders stand in live_signals.py. A notice
may be lost, so each also asks by itself, slowly. A socket that fell takes nothing more and closes with a code:
4401 sign in, 4403 forbidden, 1013 try again.
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from apps.organizations import audit, doors, second_step
from apps.organizations.access import Permission, admits
from apps.organizations.models import User
from apps.organizations.notices import user_group
from apps.organizations.session_age import has_ended
from apps.organizations.tenancy import acting_for

SIGN_IN, FORBIDDEN, TRY_AGAIN = 4401, 4403, 1013
MOST_COMMAND_CHARACTERS = 2048
ASK_AGAIN_SECONDS = 30.0
# A visit of platform staff ends by the clock, and no notice tells of that.
VISIT_SECONDS = 1.0


class LiveSocket(AsyncWebsocketConsumer, ABC):
    """The base of every socket: admits, asks again, and hangs up once the admission fell."""

    subprotocol: ClassVar[str] = ""

    organization_id: UUID
    actor = audit.NOBODY
    ask_again_seconds = ASK_AGAIN_SECONDS
    is_admitted = False
    is_closing = False
    hello: dict[str, Any] | None = None
    asking: asyncio.Task[None] | None = None

    @abstractmethod
    async def enter(self) -> None:
        """Find out who is there, join the group that tells of a change, so that none is missed, then `admit`."""

    @abstractmethod
    def ask(self) -> int | None:
        """The code to close with, or None for a socket that may stay. Runs in a thread."""

    @abstractmethod
    def admitted(self, organization_id: UUID) -> dict[str, Any] | None:
        """The hello for a socket that may open, or None. Runs in a thread, acting for the organization."""

    def may_stay(self) -> bool:
        """Whether what was asked about in `admitted` still holds. Runs as that does."""
        return True

    async def opened(self) -> None:
        """Join more groups; runs once the socket was admitted."""

    async def connect(self) -> None:
        await self.accept(self.subprotocol if self.subprotocol in self.scope["subprotocols"] else None)
        await self.enter()

    async def admit(self) -> None:
        """Open the socket, or close it with the reason."""
        refusal = await database_sync_to_async(self.ask)()
        if refusal:
            await self.hang_up(refusal)
            return
        self.is_admitted = True
        await self.opened()
        await self.send_json({"t": "hello", **(self.hello or {})})
        self.asking = asyncio.ensure_future(self._keep_asking())

    def ask_organization(self, organization_id: UUID) -> int | None:
        """The last part of `ask`: what only the organization's own rows tell."""
        self.organization_id = organization_id
        with self.acting():
            if self.is_admitted:
                return None if self.may_stay() else FORBIDDEN
            self.hello = self.admitted(organization_id)
        return FORBIDDEN if self.hello is None else None

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Act for the organization the socket was admitted to, in the name of whoever is there."""
        with acting_for(self.organization_id), audit.acting_as(self.actor):
            yield

    async def join(self, group: str) -> None:
        """Hear what a group is told; channels leaves it again at the end."""
        self.groups.append(group)
        await self.channel_layer.group_add(group, self.channel_name)

    async def admission_changed(self, event: dict[str, Any]) -> None:
        """A notice: something this socket's admission rests on was written."""
        if not self.is_admitted or self.is_closing:
            return
        refusal = await database_sync_to_async(self.ask)()
        if refusal:
            await self.hang_up(refusal)

    async def _keep_asking(self) -> None:
        while not self.is_closing:
            await asyncio.sleep(self.ask_again_seconds)
            try:
                await self.admission_changed({})
            except DatabaseError:
                await self.hang_up(TRY_AGAIN)

    async def hang_up(self, code: int) -> None:
        """Close; what arrives before the other side learns of it is dropped."""
        if not self.is_closing:
            self.is_closing = True
            await self.close(code)

    async def send_json(self, message: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(message))

    async def disconnect(self, code: int) -> None:
        self.is_closing = True
        if self.asking:
            self.asking.cancel()


class MemberSocket(LiveSocket):
    """A socket of somebody who signed in; a subclass names the permission."""

    permission: ClassVar[Permission]

    async def enter(self) -> None:
        user = self.scope["user"]
        if not user.is_authenticated:
            await self.hang_up(SIGN_IN)
            return
        self.actor = audit.Actor("user", user.pk)
        await self.join(user_group(user.pk))
        await self.admit()

    def ask(self) -> int | None:
        user_id = self.scope["user"].pk
        if session_user_id(self.scope["session"].session_key) != user_id:
            return SIGN_IN
        admission = doors.admission(user_id, self.scope["url_route"]["kwargs"]["slug"])
        if admission is None or not admits(admission, self.permission):
            return FORBIDDEN
        if second_step.missing(self.scope["session"], self.scope["user"], admission):
            return FORBIDDEN
        if admission.visit_id:
            self.actor = audit.Actor("visit", admission.visit_id)
            self.ask_again_seconds = VISIT_SECONDS
        return self.ask_organization(admission.organization_id)


def session_user_id(session_key: str | None) -> UUID | None:
    """Whose session this is now: None once it ended or is too old, its password was changed, or the account closed."""
    session = SessionStore(session_key).load() if session_key else {}
    if has_ended(session, int(timezone.now().timestamp()), counts_idle=False):
        return None
    user_id = session.get(SESSION_KEY)
    user = User.objects.filter(pk=user_id, is_active=True).first() if user_id else None
    if user is None:
        return None
    is_current = constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    return user.pk if is_current else None


def read_command(text: str) -> dict[str, Any] | None:
    """The JSON object of a text message, or None for anything else."""
    try:
        command = json.loads(text) if len(text) <= MOST_COMMAND_CHARACTERS else None
    except (ValueError, RecursionError):
        return None
    return command if isinstance(command, dict) else None
