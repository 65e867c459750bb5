"""Sites and cameras: listed, added, changed; names are unique within an organization only."""

from typing import Any

import pytest
from django.test import Client

from apps.organizations import services
from apps.organizations.errors import NameTaken
from apps.organizations.models import Camera, DirectionPolicy, Role, Site, validate_time_zone
from apps.organizations.selectors import camera_of
from apps.organizations.tenancy import acting_for
from tests.personas import World, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]
SITES, CAMERAS = "/o/northwind/sites/", "/o/northwind/cameras/"
LIVENESS = {"liveness_policy": "off", "frames_per_decision": "3"}
WAREHOUSE = {"name": "Warehouse", "time_zone": "Asia/Tokyo", "direction_policy": "once_per_day", **LIVENESS}


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.alice)


def gate(world: World, **changes: Any) -> dict[str, Any]:
    fields = {"name": "Gate", "site": str(world.site.pk), "direction_policy": "", "faces_per_frame": "1"}
    return {**fields, "is_active": "on", **changes}


def names(world: World, model: Any = Site) -> list[str]:
    with acting_for(world.northwind):
        return sorted(model.objects.values_list("name", flat=True))


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return dict(answer.context["form"].errors)


def test_the_list_holds_own_sites(client: Client) -> None:
    page = client.get(SITES).text
    assert "Main gate" in page and "Europe/Zurich" in page and "Main gate south" not in page


def test_the_list_holds_own_cameras(client: Client) -> None:
    page = client.get(CAMERAS).text
    assert "Kiosk" in page and "Kiosk south" not in page


def test_a_site_is_added(world: World, client: Client) -> None:
    assert client.post(SITES + "add/", WAREHOUSE)["Location"] == SITES
    assert names(world) == ["Main gate", "Warehouse"]


def test_a_site_is_added_to_the_own_organization_whatever_the_form_says(world: World, client: Client) -> None:
    client.post(SITES + "add/", {**WAREHOUSE, "organization": str(world.southwind.pk)})
    assert names(world) == ["Main gate", "Warehouse"]


def test_the_list_says_what_was_saved(client: Client) -> None:
    assert "Warehouse was saved." in client.post(SITES + "add/", WAREHOUSE, follow=True).text


def test_a_site_is_changed(world: World, client: Client) -> None:
    client.post(f"{SITES}{world.site.pk}/", WAREHOUSE)
    with acting_for(world.northwind):
        world.site.refresh_from_db()
    assert (world.site.time_zone, world.site.direction_policy) == ("Asia/Tokyo", DirectionPolicy.ONCE_PER_DAY)


def test_a_site_saved_unchanged_is_no_double(world: World, client: Client) -> None:
    assert client.post(f"{SITES}{world.site.pk}/", {**WAREHOUSE, "name": "Main gate"}).status_code == 302


def test_the_form_of_a_site_shows_what_it_is(world: World, client: Client) -> None:
    assert client.get(f"{SITES}{world.site.pk}/").context["form"].initial["time_zone"] == "Europe/Zurich"


def test_a_name_is_taken_once_in_an_organization(client: Client) -> None:
    answer = client.post(SITES + "add/", {**WAREHOUSE, "name": "Main gate"})
    assert errors(answer) == {"__all__": ["A site of this name exists already."]}


def test_two_organizations_may_use_one_name(world: World, client: Client) -> None:
    client.post(SITES + "add/", {**WAREHOUSE, "name": "Main gate south"})
    assert "Main gate south" in names(world)


def test_a_name_taken_between_the_look_and_the_write_is_refused_too(northwind: World) -> None:
    site = Site(name="Main gate", time_zone="UTC")
    with pytest.raises(NameTaken, match="exists already"):
        services.save_site(organization=northwind.northwind, site=site)


def test_a_taken_camera_name_is_refused_too(northwind: World) -> None:
    camera = Camera(name="Kiosk", site=northwind.site)
    with pytest.raises(NameTaken):
        services.save_camera(organization=northwind.northwind, camera=camera)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "europe/zurich", "../UTC", "CEST"])
def test_a_time_zone_must_be_one(client: Client, zone: str) -> None:
    assert "time_zone" in errors(client.post(SITES + "add/", {**WAREHOUSE, "time_zone": zone}))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd"])
def test_the_model_knows_the_zones_too(zone: str) -> None:
    with pytest.raises(Exception, match="not an IANA time zone"):
        validate_time_zone(zone)


def test_a_policy_must_be_one(client: Client) -> None:
    assert "direction_policy" in errors(client.post(SITES + "add/", {**WAREHOUSE, "direction_policy": "sideways"}))


def test_a_site_needs_a_name(client: Client) -> None:
    assert "name" in errors(client.post(SITES + "add/", {**WAREHOUSE, "name": "  "}))


def test_a_camera_is_added(world: World, client: Client) -> None:
    client.post(CAMERAS + "add/", gate(world))
    assert names(world, Camera) == ["Gate", "Kiosk"]


def test_a_camera_cannot_stand_at_another_organizations_site(world: World, client: Client) -> None:
    assert "site" in errors(client.post(CAMERAS + "add/", gate(world, site=str(world.south_site.pk))))


def test_a_camera_is_taken_out_of_use(world: World, client: Client) -> None:
    client.post(f"{CAMERAS}{world.camera.pk}/", gate(world, is_active=""))
    with acting_for(world.northwind):
        assert camera_of(world.northwind, world.camera.pk) is None


def test_a_camera_without_a_policy_has_its_sites(northwind: World) -> None:
    assert northwind.camera.policy == DirectionPolicy.TOGGLE


def test_a_cameras_own_policy_comes_first(northwind: World) -> None:
    northwind.camera.direction_policy = DirectionPolicy.ONCE_PER_DAY
    assert (northwind.camera.policy, northwind.camera.policy_label) == ("once_per_day", "Once per day")


def test_who_may_not_change_sees_no_way_to(world: World) -> None:
    page = signed_in(world.bob_as(Role.AUDITOR)).get(SITES).text
    assert "Add site" not in page and str(world.site.pk) not in page


def test_who_may_not_operate_a_camera_sees_no_kiosk(world: World) -> None:
    assert "Open kiosk" not in signed_in(world.bob_as(Role.SUPERVISOR)).get(CAMERAS).text


def test_a_list_without_rows_says_what_to_do(world: World, client: Client) -> None:
    with acting_for(world.northwind):
        Camera.objects.all().delete()
    assert "No cameras yet" in client.get(CAMERAS).text


@pytest.mark.parametrize("order", ["name", "-name", "time_zone", "nonsense"])
def test_a_list_is_sorted_by_the_address(client: Client, order: str) -> None:
    client.post(SITES + "add/", WAREHOUSE)
    assert client.get(SITES, {"sort": order}).status_code == 200


def test_a_list_comes_in_pages(world: World, client: Client) -> None:
    with acting_for(world.northwind):
        rows = [Site(organization=world.northwind, name=f"Site {n:03}", time_zone="UTC") for n in range(30)]
        Site.objects.bulk_create(rows)
    first, second = (client.get(SITES, {"page": page}).text for page in (1, 2))
    assert ("Site 010" in first, "Site 028" in first, "Site 028" in second) == (True, False, True)


def test_markup_in_a_name_is_shown_as_text(world: World, client: Client) -> None:
    client.post(SITES + "add/", {**WAREHOUSE, "name": "<script>alert(1)</script>"})
    assert "<script>alert" not in client.get(SITES).text


def test_a_camera_may_do_as_its_site_does(world: World) -> None:
    form = signed_in(world.alice).get("/o/northwind/cameras/add/").context["form"]
    assert form.fields["direction_policy"].choices[0] == ("", "As the site")


def test_a_time_zone_is_chosen_not_preset(world: World) -> None:
    form = signed_in(world.alice).get("/o/northwind/sites/add/").context["form"]
    assert form.fields["time_zone"].choices[0] == ("", "Choose…")
