"""The organization follows the work into threads and coroutines, and nowhere else."""

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection

from apps.organizations.models import Site
from apps.organizations.tenancy import OrganizationRequired, acting_for, current_organization_id
from tests.personas import World


def site_names() -> list[str]:
    try:
        return list(Site.objects.values_list("name", flat=True))
    finally:
        connection.close()


async def test_it_is_still_open_after_an_await(committed: World) -> None:
    with acting_for(committed.northwind):
        await asyncio.sleep(0)
        assert [site.name async for site in Site.objects.all()] == ["Main gate"]


async def test_asynchronous_reads_find_own_rows_only(committed: World) -> None:
    with acting_for(committed.southwind):
        found = [site.name async for site in Site.objects.exclude(name="x").aiterator()]
    assert found == ["Main gate south"]


async def test_asynchronous_counts_are_of_own_rows(committed: World) -> None:
    with acting_for(committed.northwind):
        assert (await Site.objects.aexists(), await Site.objects.acount()) == (True, 1)


async def test_two_coroutines_at_once_keep_their_own_organization(committed: World) -> None:
    async def read(organization: object) -> list[str]:
        with acting_for(organization):  # type: ignore[arg-type]
            await asyncio.sleep(0.01)
            return [site.name async for site in Site.objects.all()]

    found = await asyncio.gather(*(read(one) for one in (committed.northwind, committed.southwind) * 3))
    assert found == [["Main gate"], ["Main gate south"]] * 3


async def test_a_task_keeps_the_organization_it_was_started_under(committed: World) -> None:
    with acting_for(committed.northwind):
        started = asyncio.create_task(sync_to_async(site_names)())
    assert await started == ["Main gate"]


async def test_it_follows_into_the_thread_of_a_synchronous_call(committed: World) -> None:
    with acting_for(committed.northwind):
        assert await sync_to_async(site_names, thread_sensitive=False)() == ["Main gate"]


def test_it_follows_from_a_synchronous_view_into_a_coroutine(committed: World) -> None:
    async def current() -> object:
        return current_organization_id()

    with acting_for(committed.northwind):
        assert async_to_sync(current)() == committed.northwind.pk


def test_a_new_thread_has_no_organization(committed: World) -> None:
    with acting_for(committed.northwind), ThreadPoolExecutor(1) as pool, pytest.raises(OrganizationRequired):
        pool.submit(site_names).result()


def test_a_thread_that_is_given_the_context_acts_for_it(committed: World) -> None:
    with acting_for(committed.northwind), ThreadPoolExecutor(1) as pool:
        assert pool.submit(contextvars.copy_context().run, site_names).result() == ["Main gate"]


def test_threads_at_once_keep_their_own_organization(committed: World) -> None:
    barrier = threading.Barrier(4)

    def read(organization: object) -> list[str]:
        with acting_for(organization):  # type: ignore[arg-type]
            barrier.wait(5)
            return site_names()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(read, [committed.northwind, committed.southwind] * 2))
    assert found == [["Main gate"], ["Main gate south"]] * 2
