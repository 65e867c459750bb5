"""Messages to sockets, sent from any thread, over the layer of this mode."""

import asyncio
import logging
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from pytest_django.fixtures import Settings

from apps.organizations.notices import board_group, camera_group, send_to_channel, send_to_group

GROUP = "organization.test.board"
NOTICE = {"type": "punch.recorded", "name": "Priya"}


async def received(layer: Any, channel: str) -> Any:
    return await asyncio.wait_for(layer.receive(channel), 3)


async def test_a_channel_receives_what_a_thread_sends() -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await sync_to_async(send_to_channel, thread_sensitive=False)(channel, NOTICE)
    assert await received(layer, channel) == NOTICE


async def test_every_socket_of_a_group_receives_it() -> None:
    layer = get_channel_layer()
    channels = [await layer.new_channel() for _ in range(2)]
    for channel in channels:
        await layer.group_add(GROUP, channel)
    await sync_to_async(send_to_group)(GROUP, NOTICE)
    assert [await received(layer, channel) for channel in channels] == [NOTICE, NOTICE]


async def test_another_group_receives_nothing() -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(GROUP + ".other", channel)
    await sync_to_async(send_to_group)(GROUP, NOTICE)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(layer.receive(channel), 0.2)


def test_the_name_of_a_cameras_group_is_short_enough_for_the_layer() -> None:
    assert len(camera_group(uuid.uuid4(), uuid.uuid4())) == 93


def test_two_organizations_share_no_group() -> None:
    assert board_group(uuid.uuid4()) != board_group(uuid.uuid4())


def test_a_layer_that_is_down_undoes_nothing(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.EMBEDDED = False
    backend = "channels_redis.core.RedisChannelLayer"
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]}}}
    with caplog.at_level(logging.ERROR):
        send_to_group(GROUP, NOTICE)
    assert "could not be sent" in caplog.text
