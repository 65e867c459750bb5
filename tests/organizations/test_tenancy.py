"""Nothing reads or writes an organization's rows while no organization is acted for: every path is tried."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, prefetch_related_objects

from apps.organizations.models import Camera, Membership, Organization, Site, User
from apps.organizations.tenancy import OrganizationRequired, acting_for, current_organization_id
from tests.personas import World

pytestmark = pytest.mark.django_db

Path = Callable[[World], Any]


def new_site(world: World) -> Site:
    return Site(organization=world.northwind, name="New", time_zone="UTC")


def without_cache(world: World) -> Camera:
    """A camera whose site was not loaded with it."""
    return Camera(pk=world.camera.pk, organization_id=world.northwind.pk, site_id=world.site.pk, name="Kiosk")


def members_as_users(world: World) -> list[User]:
    return list(User.objects.filter(Exists(Membership.objects.filter(user=OuterRef("pk")))))


async def looped(rows: Any) -> list[Any]:
    return [row async for row in rows]


READS: dict[str, Path] = {
    "all": lambda w: list(Site.objects.all()),
    "filter": lambda w: list(Site.objects.filter(organization=w.northwind)),
    "exclude": lambda w: list(Site.objects.exclude(pk=w.site.pk)),
    "exclude over a relation": lambda w: list(Site.objects.exclude(cameras__name="Kiosk")),
    "get": lambda w: Site.objects.get(pk=w.site.pk),
    "first": lambda w: Site.objects.first(),
    "last": lambda w: Site.objects.order_by("name").last(),
    "latest": lambda w: Organization.objects.latest("created_at"),
    "earliest": lambda w: Organization.objects.earliest("created_at"),
    "count": lambda w: Site.objects.count(),
    "exists": lambda w: Site.objects.exists(),
    "exclude and exists": lambda w: Site.objects.exclude(pk=w.site.pk).exists(),
    "contains": lambda w: Site.objects.contains(w.site),
    "in_bulk": lambda w: Site.objects.in_bulk(),
    "values": lambda w: list(Site.objects.values("pk")),
    "values_list": lambda w: list(Site.objects.values_list("name", flat=True)),
    "distinct": lambda w: list(Site.objects.values("time_zone").distinct()),
    "dates": lambda w: list(Organization.objects.datetimes("created_at", "day")),
    "aggregate": lambda w: Site.objects.aggregate(Max("name")),
    "annotate": lambda w: list(Site.objects.annotate(count=Count("cameras"))),
    "iterator": lambda w: list(Site.objects.iterator()),
    "select_related": lambda w: list(Camera.objects.select_related("site")),
    "select_for_update": lambda w: list(Site.objects.select_for_update()),
    "slice": lambda w: list(Site.objects.order_by("name")[:1]),
    "explain": lambda w: Site.objects.all().explain(),
    "subquery": lambda w: list(User.objects.filter(pk__in=Membership.objects.values("user"))),
    "subquery that exists": members_as_users,
    "union": lambda w: list(Site.objects.all().union(Site.objects.all())),
    "intersection": lambda w: list(Site.objects.all().intersection(Site.objects.all())),
    "raw": lambda w: list(Site.objects.raw("select * from organizations_site")),
    "related manager": lambda w: w.site.cameras.count(),
    "relation of an instance": lambda w: without_cache(w).site,
    "prefetch": lambda w: prefetch_related_objects([w.site], "cameras"),
    "prefetch by a queryset": lambda w: prefetch_related_objects([w.site], Prefetch("cameras", Camera.objects.all())),
    "deferred field": lambda w: Site.from_db("default", ["id"], [w.site.pk]).name,
    "refresh_from_db": lambda w: w.site.refresh_from_db(),
    "unique test of a form": lambda w: new_site(w).validate_constraints(),
    "async for": lambda w: asyncio.run(looped(Site.objects.all())),
    "async iterator": lambda w: asyncio.run(looped(Site.objects.all().aiterator())),
    "async exists": lambda w: asyncio.run(Site.objects.aexists()),
    "async count": lambda w: asyncio.run(Site.objects.acount()),
    "async first": lambda w: asyncio.run(Site.objects.order_by("name").afirst()),
}

WRITES: dict[str, Path] = {
    "save": lambda w: w.site.save(),
    "save a new row": lambda w: new_site(w).save(),
    "force insert": lambda w: new_site(w).save(force_insert=True),
    "create": lambda w: Site.objects.create(organization=w.northwind, name="New", time_zone="UTC"),
    "get_or_create": lambda w: Site.objects.get_or_create(organization=w.northwind, name="New"),
    "update_or_create": lambda w: Site.objects.update_or_create(organization=w.northwind, name="New"),
    "update": lambda w: Site.objects.update(name="Changed"),
    "update of a filter": lambda w: Site.objects.filter(pk=w.site.pk).update(name=F("time_zone")),
    "delete": lambda w: Camera.objects.all().delete(),
    "delete of a filter": lambda w: Camera.objects.filter(pk=w.camera.pk).delete(),
    "raw delete": lambda w: Camera.objects.all()._raw_delete("default"),
    "delete an instance": lambda w: w.camera.delete(),
    "bulk_create": lambda w: Site.objects.bulk_create([new_site(w)]),
    "bulk_create that ignores": lambda w: Site.objects.bulk_create([new_site(w)], ignore_conflicts=True),
    "bulk_update": lambda w: Site.objects.bulk_update([w.site], ["name"]),
    "related create": lambda w: w.site.cameras.create(organization=w.northwind, name="New"),
    "related add": lambda w: w.site.cameras.add(w.camera, bulk=True),
    "async create": lambda w: asyncio.run(Site.objects.acreate(organization=w.northwind, name="New")),
    "async update": lambda w: asyncio.run(Site.objects.aupdate(name="Changed")),
    "async save": lambda w: asyncio.run(w.site.asave()),
}


@pytest.mark.parametrize("path", READS.values(), ids=READS.keys())
def test_it_refuses_to_read_with_no_organization_open(world: World, path: Path) -> None:
    with pytest.raises(OrganizationRequired):
        path(world)


@pytest.mark.parametrize("path", WRITES.values(), ids=WRITES.keys())
def test_it_refuses_to_write_with_no_organization_open(world: World, path: Path) -> None:
    with pytest.raises(OrganizationRequired):
        path(world)


def test_a_refused_write_leaves_the_rows_as_they_were(world: World) -> None:
    for path in WRITES.values():
        with pytest.raises(OrganizationRequired), transaction.atomic():
            path(world)
    with acting_for(world.northwind):
        assert list(Site.objects.values_list("name", "cameras__name")) == [("Main gate", "Kiosk")]


# The asynchronous ones read on another connection, which sees committed rows only: test_tenancy_context.py.
@pytest.mark.parametrize("name", [name for name in READS if name != "raw" and not name.startswith("async")])
def test_every_way_to_read_works_inside_the_own_organization(northwind: World, name: str) -> None:
    READS[name](northwind)


def test_hand_written_sql_stays_refused_inside_an_organization(northwind: World) -> None:
    with pytest.raises(OrganizationRequired, match="selector"):
        Site.objects.raw("select * from organizations_site")


def test_an_empty_queryset_needs_no_organization(world: World) -> None:
    assert list(Site.objects.none()) == []


def test_a_queryset_may_be_built_with_no_organization_open(world: World) -> None:
    assert Site.objects.filter(name="Main gate").order_by("name") is not None


def test_the_refusal_names_the_model_and_what_to_do(world: World) -> None:
    with pytest.raises(OrganizationRequired, match=r"organizations\.Site: open acting_for"):
        Site.objects.count()


def test_the_organization_is_closed_when_the_block_ends(world: World) -> None:
    with acting_for(world.northwind):
        pass
    assert current_organization_id() is None


def test_the_organization_is_closed_when_the_block_fails(world: World) -> None:
    with pytest.raises(ZeroDivisionError), acting_for(world.northwind):
        raise ZeroDivisionError
    assert current_organization_id() is None


def test_an_inner_block_gives_the_outer_organization_back(world: World) -> None:
    with acting_for(world.northwind):
        with acting_for(world.southwind.pk):
            assert Site.objects.get() == world.south_site
        assert Site.objects.get() == world.site
