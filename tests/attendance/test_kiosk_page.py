"""The page a camera shows: its settings as JSON, the right to the camera, and nothing of other cameras."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.enrollment.engine_choice import choose_engine
from apps.organizations.models import Camera, Role
from apps.organizations.tenancy import acting_for
from tests.attendance.punches import seen_at, south_seen_at
from tests.personas import World, signed_in


@pytest.fixture
def kiosk(world: World) -> Client:
    return signed_in(world.bob_as(Role.OPERATOR))


def url(camera: Camera) -> str:
    return f"/o/northwind/cameras/{camera.pk}/kiosk/"


def page_settings(client: Client, world: World) -> dict[str, Any]:
    page = client.get(url(world.camera)).content.decode()
    found = re.search(r'<script id="kiosk-settings" type="application/json">(.*?)</script>', page)
    assert found
    return dict(json.loads(found.group(1)))


def test_the_settings_say_where_to_send_frames_and_pins(world: World, kiosk: Client) -> None:
    settings = page_settings(kiosk, world)
    assert settings["socket"] == f"/ws/o/northwind/cameras/{world.camera.pk}/"
    assert settings["pin_url"] == f"/o/northwind/cameras/{world.camera.pk}/pin/"


def test_the_settings_say_where_the_camera_hangs(world: World, kiosk: Client) -> None:
    settings = page_settings(kiosk, world)
    place = {name: settings[name] for name in ("organization", "site", "camera", "time_zone")}
    assert place == {
        "organization": "Northwind", "site": "Main gate", "camera": "Kiosk", "time_zone": "Europe/Zurich"
    }  # fmt: skip


def test_without_an_engine_the_page_offers_the_pin(world: World, kiosk: Client) -> None:
    settings = page_settings(kiosk, world)
    assert settings["face"] is False
    assert "PIN" in settings["face_message"]


def test_with_an_engine_the_page_takes_faces(world: World, kiosk: Client) -> None:
    choose_engine("dlib")
    assert page_settings(kiosk, world)["face"] is True


def test_the_page_begins_with_this_cameras_newest_punches(world: World, kiosk: Client) -> None:
    now = timezone.now()
    seen_at(world, now)
    south_seen_at(world, now)
    local = f"{now.astimezone(world.site.zone):%H:%M}"
    assert page_settings(kiosk, world)["recent"] == [{"name": "Priya Raman", "direction": "in", "time": local}]


def test_another_cameras_punches_are_not_shown(world: World, kiosk: Client) -> None:
    with acting_for(world.northwind):
        other = Camera.objects.create(organization=world.northwind, site=world.site, name="Second")
    seen_at(world, timezone.now(), camera=other)
    assert page_settings(kiosk, world)["recent"] == []


def test_a_name_cannot_leave_the_settings(world: World, kiosk: Client) -> None:
    with acting_for(world.northwind):
        Camera.objects.filter(pk=world.camera.pk).update(name="</script><script>alert(1)")
    assert page_settings(kiosk, world)["camera"] == "</script><script>alert(1)"


def test_the_page_may_use_the_camera_and_nothing_more(world: World, kiosk: Client) -> None:
    policy = kiosk.get(url(world.camera)).headers["Permissions-Policy"]
    assert policy == "camera=(self), microphone=(), geolocation=()"


def test_no_other_page_may_use_the_camera(world: World, kiosk: Client) -> None:
    for page in ("/o/northwind/people/", "/o/northwind/cameras/"):
        assert "camera=()" in kiosk.get(page).headers["Permissions-Policy"]


def test_the_page_is_kept_in_no_cache(world: World, kiosk: Client) -> None:
    assert kiosk.get(url(world.camera)).headers["Cache-Control"] == "no-store"


def test_the_page_runs_no_inline_script(world: World, kiosk: Client) -> None:
    answer = kiosk.get(url(world.camera))
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"] + ";"
    scripts = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", answer.content.decode())
    assert scripts == []


def test_the_pin_form_works_without_a_script(world: World, kiosk: Client) -> None:
    page = kiosk.get(url(world.camera)).content.decode()
    plain = page[page.index("<noscript>") :]
    assert f'action="/o/northwind/cameras/{world.camera.pk}/pin/"' in plain
    assert "csrfmiddlewaretoken" in plain


def test_a_retired_camera_has_no_page(world: World, kiosk: Client) -> None:
    with acting_for(world.northwind):
        Camera.objects.filter(pk=world.camera.pk).update(is_active=False)
    assert kiosk.get(url(world.camera)).status_code == 404


def test_a_foreign_camera_has_no_page(world: World, kiosk: Client) -> None:
    assert kiosk.get(url(world.south_camera)).status_code == 404


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR, Role.EMPLOYEE])
def test_too_small_a_role_opens_no_kiosk(world: World, role: Role) -> None:
    assert signed_in(world.bob_as(role)).get(url(world.camera)).status_code == 403


def test_a_stranger_opens_no_kiosk(world: World) -> None:
    assert signed_in(world.charlie).get(url(world.camera)).status_code == 404


def test_who_is_not_signed_in_is_asked_to(world: World) -> None:
    assert Client().get(url(world.camera)).status_code == 302


def test_the_page_refuses_a_post(world: World, kiosk: Client) -> None:
    assert kiosk.post(url(world.camera)).status_code == 405
