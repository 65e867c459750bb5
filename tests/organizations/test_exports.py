"""A CSV is read while it is sent, in the organization it was asked of."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

from apps.organizations import exports
from apps.organizations.exports import export
from apps.organizations.models import Site
from apps.organizations.selectors import sites_of
from apps.organizations.tables import SiteTable
from apps.organizations.tenancy import acting_for
from tests.downloads import body
from tests.personas import World

pytestmark = pytest.mark.django_db(transaction=True)
SITES = 7


@pytest.fixture
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> StreamingHttpResponse:
    """The answer to a request that is over: nobody is acted for any more."""
    monkeypatch.setattr(exports, "ROWS_A_READ", 3)
    with acting_for(world.northwind):
        for number in range(2, SITES + 1):
            Site.objects.create(organization=world.northwind, name=f"Gate {number}", time_zone="UTC")
        return _asked(world)


def _asked(world: World) -> StreamingHttpResponse:
    answer = export(SiteTable(sites_of(world.northwind), organization=world.northwind), "csv", "sites")
    assert isinstance(answer, StreamingHttpResponse)
    return answer


def rows(text: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_it_holds_every_row_once_in_the_order_of_the_list(asked: StreamingHttpResponse) -> None:
    names = [row["Name"] for row in rows(body(asked).decode())]
    assert names == [*(f"Gate {number}" for number in range(2, SITES + 1)), "Main gate"]


async def test_it_comes_in_parts(asked: StreamingHttpResponse) -> None:
    parts: Sequence[bytes] = [part async for part in asked]
    assert [len(part.splitlines()) for part in parts] == [1, 3, 3, 1]


async def test_two_at_once_hold_own_rows_each(world: World) -> None:
    north, south = [await sync_to_async(_in(world, one))() for one in ("northwind", "southwind")]
    parts = [north.__aiter__(), south.__aiter__()]
    read = [[(await anext(one)).decode() for one in parts] for _ in range(2)]
    assert ["Main gate south" in part for part in read[1]] == [False, True]


def _in(world: World, slug: str) -> Any:
    organization = getattr(world, slug)

    def ask() -> StreamingHttpResponse:
        with acting_for(organization):
            answer = export(SiteTable(sites_of(organization), organization=organization), "csv", "sites")
        assert isinstance(answer, StreamingHttpResponse)
        return answer

    return ask


async def test_a_row_that_goes_meanwhile_is_left_out(world: World, asked: StreamingHttpResponse) -> None:
    stream = asked.__aiter__()
    await anext(stream)

    def remove() -> None:
        with acting_for(world.northwind):
            Site.objects.filter(name="Gate 7").delete()

    await sync_to_async(remove)()
    rest = b"".join([part async for part in stream]).decode()
    assert "Gate 6" in rest and "Gate 7" not in rest
