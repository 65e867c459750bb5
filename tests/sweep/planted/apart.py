"""A socket and a task that leak, and their repaired twins."""

from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import URLRouter
from django.urls import path

from apps.organizations import doors
from apps.organizations.notices import board_group
from apps.organizations.tenancy import unguarded
from apps.people.models import Person


class OpenBoard(AsyncJsonWebsocketConsumer):
    """Joins the board of whichever organization the address names."""

    async def connect(self) -> None:
        await self.accept()
        found = await database_sync_to_async(doors.organization_id_of)(self.scope["url_route"]["kwargs"]["slug"])
        if found and await self.may_join(found):
            await self.channel_layer.group_add(board_group(found), self.channel_name)
            await self.send_json({"t": "hello"})
        else:
            await self.close(4403)

    async def may_join(self, organization_id: UUID) -> bool:
        return True

    async def punch_recorded(self, event: dict[str, Any]) -> None:
        await self.send_json({**event, "t": "punch"})


class GatedBoard(OpenBoard):
    """Joins only the boards of the organizations that admit its user."""

    async def may_join(self, organization_id: UUID) -> bool:
        user = self.scope["user"]
        admitted = await database_sync_to_async(doors.admissions)(user.pk) if user.is_authenticated else []
        return organization_id in {one.organization_id for one in admitted}


def router(board: type[OpenBoard]) -> URLRouter:
    return URLRouter([path("ws/planted/<slug:slug>/", board.as_asgi())])


def name_by_id(organization_id: str, person_id: str) -> str | None:
    """A task that believes the id."""
    person = unguarded(Person).filter(pk=person_id).first()
    return person.name if person else None


def name_in_organization(organization_id: str, person_id: str) -> str | None:
    """The same, of one organization."""
    person = unguarded(Person).filter(pk=person_id, organization=UUID(organization_id)).first()
    return person.name if person else None
