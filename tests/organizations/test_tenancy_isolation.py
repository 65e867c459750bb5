"""Inside one organization the other's rows are neither read, nor written, nor given away."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import Count, Exists, F, OuterRef, Subquery, prefetch_related_objects
from django.test.utils import CaptureQueriesContext

from apps.organizations.models import Camera, Membership, Organization, Site, User
from apps.organizations.tenancy import OrganizationRequired, WrongOrganization, acting_for, unguarded
from tests.personas import World

pytestmark = pytest.mark.django_db

Act = Callable[[World], Any]


def foreign_site(world: World) -> Site:
    return Site(organization=world.southwind, name="Planted", time_zone="UTC")


def given_away(world: World) -> None:
    world.site.organization = world.southwind
    world.site.save()


def given_away_in_bulk(world: World) -> None:
    world.site.organization = world.southwind
    Site.objects.bulk_update([world.site], ["organization"])


FOREIGN: dict[str, Act] = {
    "save": lambda w: w.south_site.save(),
    "save some fields": lambda w: w.south_site.save(update_fields=["name"]),
    "save a new row": lambda w: foreign_site(w).save(),
    "create": lambda w: Site.objects.create(organization=w.southwind, name="Planted", time_zone="UTC"),
    "bulk_create": lambda w: Site.objects.bulk_create([foreign_site(w)]),
    "bulk_create from a generator": lambda w: Site.objects.bulk_create(foreign_site(w) for _ in range(2)),
    "delete": lambda w: w.south_camera.delete(),
    "give a row away": given_away,
    "give rows away": lambda w: Site.objects.update(organization=w.southwind),
    "give rows away by id": lambda w: Site.objects.update(organization_id=w.southwind.pk),
    "organization itself": lambda w: w.southwind.save(),
    "new organization": lambda w: Organization.objects.create(name="Third", slug="third"),
}


@pytest.mark.parametrize("act", FOREIGN.values(), ids=FOREIGN.keys())
def test_it_refuses_to_write_another_organizations_row(northwind: World, act: Act) -> None:
    with pytest.raises(WrongOrganization):
        act(northwind)


@pytest.mark.parametrize("act", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_refused_write_changes_nothing(northwind: World, act: Act) -> None:
    with pytest.raises(WrongOrganization), transaction.atomic():
        act(northwind)
    assert list(Site.objects.values_list("name", flat=True)) == ["Main gate"]
    assert names_in_southwind(northwind, Site) == ["Main gate south"]


def test_rows_cannot_be_given_away_by_bulk_update(northwind: World) -> None:
    with pytest.raises(WrongOrganization):
        given_away_in_bulk(northwind)


def test_rows_cannot_be_given_away_by_an_expression(northwind: World) -> None:
    other = Subquery(unguarded(Organization).filter(slug="southwind").values("id"))
    with pytest.raises(WrongOrganization):
        Site.objects.update(organization=other)


def names_in_southwind(world: World, model: type[Site | Camera]) -> list[str]:
    """Read as southwind: row-level security shows them to nobody else, guard or not."""
    with acting_for(world.southwind):
        return list(model.objects.values_list("name", flat=True))


def test_an_update_reaches_own_rows_only(northwind: World) -> None:
    Site.objects.filter(pk__in=[northwind.site.pk, northwind.south_site.pk]).update(name="Changed")
    assert names_in_southwind(northwind, Site) == ["Main gate south"]


def test_a_bulk_update_of_a_foreign_row_touches_nothing(northwind: World) -> None:
    northwind.south_site.name = "Changed"
    Site.objects.bulk_update([northwind.south_site], ["name"])
    assert names_in_southwind(northwind, Site) == ["Main gate south"]


def test_a_delete_reaches_own_rows_only(northwind: World) -> None:
    Camera.objects.filter(pk__in=[northwind.camera.pk, northwind.south_camera.pk]).delete()
    assert names_in_southwind(northwind, Camera) == ["Kiosk south"]
    assert list(Camera.objects.values_list("name", flat=True)) == []


def test_a_foreign_row_cannot_be_read_again(northwind: World) -> None:
    with pytest.raises(Site.DoesNotExist):
        northwind.south_site.refresh_from_db()


def test_a_foreign_row_cannot_be_got(northwind: World) -> None:
    with pytest.raises(Camera.DoesNotExist):
        Camera.objects.get(pk=northwind.south_camera.pk)


def test_a_foreign_row_is_no_valid_choice(northwind: World) -> None:
    camera = Camera(organization=northwind.northwind, name="New", site_id=northwind.south_site.pk)
    with pytest.raises(ValidationError, match="site"):
        camera.full_clean()


def test_a_foreign_rows_relations_are_empty(northwind: World) -> None:
    assert northwind.south_site.cameras.count() == 0


def test_a_prefetch_over_foreign_rows_finds_nothing(northwind: World) -> None:
    prefetch_related_objects([northwind.south_site, northwind.site], "cameras")
    assert [list(one.cameras.all()) for one in (northwind.south_site, northwind.site)] == [[], [northwind.camera]]


def test_own_rows_can_be_written(northwind: World) -> None:
    site = Site.objects.create(organization=northwind.northwind, name="Back door", time_zone="UTC")
    site.name = "Side door"
    site.save()
    site.refresh_from_db()
    assert site.name == "Side door"


def test_own_rows_can_be_written_in_bulk(northwind: World) -> None:
    names = ["One", "Two"]
    Site.objects.bulk_create(Site(organization=northwind.northwind, name=name, time_zone="UTC") for name in names)
    assert Site.objects.filter(name__in=names).update(time_zone="Asia/Tokyo") == 2


def test_an_own_row_can_be_deleted(northwind: World) -> None:
    assert northwind.camera.delete()[0] == 1


def test_the_organization_itself_is_its_own_row(northwind: World) -> None:
    assert Organization.objects.get() == northwind.northwind


LISTS: dict[str, Callable[[], list[Any]]] = {
    "all": lambda: list(Site.objects.values_list("name", flat=True)),
    "or": lambda: list(Site.objects.filter(models.Q(name="x") | ~models.Q(name="y")).values_list("name", flat=True)),
    "distinct": lambda: list(Site.objects.values_list("name", flat=True).distinct()),
    "union": lambda: [one.name for one in Site.objects.all().union(Site.objects.all())],
    "exclude over a relation": lambda: [one.name for one in Site.objects.exclude(cameras__name="x")],
    "annotate": lambda: [one.name for one in Site.objects.annotate(n=Count("cameras")).filter(n=1)],
    "in_bulk": lambda: [one.name for one in Site.objects.in_bulk().values()],
    "combined": lambda: [one.name for one in Site.objects.filter(name="x") | Site.objects.exclude(name="x")],
    "over a relation": lambda: [camera.site.name for camera in Camera.objects.select_related("site")],
    "from a subquery": lambda: [one.name for one in Site.objects.filter(pk__in=Camera.objects.values("site"))],
    "with an outer reference": lambda: [
        one.name for one in Site.objects.filter(Exists(Camera.objects.filter(site=OuterRef("pk"))))
    ],
    "iterator": lambda: [one.name for one in Site.objects.iterator(chunk_size=1)],
    "sliced": lambda: [one.name for one in Site.objects.order_by("name")[:9]],
}


@pytest.mark.parametrize("listed", LISTS.values(), ids=LISTS.keys())
def test_every_list_holds_own_rows_only(northwind: World, listed: Callable[[], list[Any]]) -> None:
    assert listed() == ["Main gate"]


def test_a_list_from_an_unguarded_model_goes_through_own_rows_only(northwind: World) -> None:
    users = User.objects.filter(pk__in=Membership.objects.values("user")).order_by("email")
    assert [user.email for user in users] == ["alice@example.org", "bob@example.org"]


def test_a_queryset_filtered_under_one_organization_does_not_run_under_another(world: World) -> None:
    with acting_for(world.northwind):
        sites = Site.objects.filter(name="Main gate")
    with acting_for(world.southwind), pytest.raises(WrongOrganization, match="another organization"):
        list(sites)


def test_a_queryset_refined_under_another_organization_does_not_run_there(world: World) -> None:
    with acting_for(world.northwind):
        sites = Site.objects.filter(name="Main gate")
    with acting_for(world.southwind), pytest.raises(WrongOrganization):
        sites.exclude(name="x").order_by("name").count()


@pytest.mark.parametrize("act", ["update", "delete"])
def test_a_write_built_under_one_organization_does_not_run_under_another(world: World, act: str) -> None:
    with acting_for(world.northwind):
        cameras = Camera.objects.filter(is_active=True)
    with acting_for(world.southwind), pytest.raises(WrongOrganization):
        cameras.update(name="Changed") if act == "update" else cameras.delete()


def test_a_bare_queryset_lists_the_rows_of_whoever_runs_it(world: World) -> None:
    with acting_for(world.northwind):
        sites = Site.objects.all()
    with acting_for(world.southwind):
        assert list(sites) == [world.south_site]


def test_rows_once_read_stay_those_that_were_read(world: World) -> None:
    with acting_for(world.northwind):
        sites = Site.objects.all()
        list(sites)
    with acting_for(world.southwind):
        assert list(sites) == [world.site]


def test_the_guard_adds_what_an_explicit_filter_says(northwind: World) -> None:
    plain: models.QuerySet[Camera] = (
        models.QuerySet(Camera).filter(is_active=True, organization=northwind.northwind).order_by("name")
    )
    with CaptureQueriesContext(connection) as asked:
        list(Camera.objects.filter(is_active=True).order_by("name"))
        list(plain)
    assert asked[0]["sql"] == asked[1]["sql"]


def test_an_update_may_compute_from_the_row(northwind: World) -> None:
    Site.objects.update(name=F("time_zone"))
    assert Site.objects.get().name == "Europe/Zurich"


def test_no_condition_reaches_around_the_guard(northwind: World) -> None:
    anything = models.Q(organization=northwind.southwind) | models.Q(pk__isnull=False)
    assert Site.objects.filter(anything).count() == 1


def test_an_unopened_organization_is_required_even_for_a_foreign_key_of_a_session(world: World) -> None:
    with pytest.raises(OrganizationRequired):
        str(Membership(organization_id=world.northwind.pk, user=world.alice).organization)
