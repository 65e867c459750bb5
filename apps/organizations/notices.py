"""Messages to sockets: names of groups, and one way to send from any thread in either mode.

A message carries ids and display names only, and nothing durable depends on one: a layer drops silently.
"""

import asyncio
import logging
import threading
from functools import cache
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

SEND_SECONDS = 2.0


def camera_group(organization_id: UUID, camera_id: UUID) -> str:
    """93 characters; channels allows 99."""
    return f"organization.{organization_id}.camera.{camera_id}"


def board_group(organization_id: UUID) -> str:
    return f"organization.{organization_id}.board"


def user_group(user_id: UUID | str) -> str:
    """The sockets of one user, in whichever organization."""
    return f"user.{user_id}"


def send_to_channel(channel: str, message: dict[str, Any]) -> None:
    """Send to one socket."""
    _send(get_channel_layer().send(channel, message))


def send_to_group(group: str, message: dict[str, Any]) -> None:
    """Send to every socket of a group."""
    _send(get_channel_layer().group_send(group, message))


def _send(coroutine: Any) -> None:
    try:
        if settings.EMBEDDED:
            # The in-memory layer's queues belong to the server's own loop, which waits for this thread.
            async_to_sync(_awaited)(coroutine)
        else:
            asyncio.run_coroutine_threadsafe(coroutine, _loop()).result(SEND_SECONDS)
    except (OSError, RedisError, ChannelFull):  # a layer that is down must not undo a punch
        log.exception("a notice could not be sent")


async def _awaited(coroutine: Any) -> None:
    await coroutine


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One loop for the process: async_to_sync would open a new Redis connection for every message."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="notices", daemon=True).start()
    return loop
