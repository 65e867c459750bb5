"""The staff admin as its registry says it is: every kind of row, every page of it, in two stocked organizations."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from django.db import models

from apps.attendance.models import Direction, Punch, Source
from apps.enrollment.models import Consent, ConsentText
from apps.organizations.admin_site import site
from apps.organizations.models import Camera, DirectionPolicy, Invitation, Membership, Organization, Role, Site
from apps.organizations.tenancy import acting_for
from apps.people.models import Department, Person
from tests.personas import World

REGISTRY: dict[Any, Any] = dict(site._registry)
ADMIN = "/o/northwind/admin/"


def label(model: Any) -> str:
    return str(model._meta.label)


def list_url(model: Any, slug: str = "northwind") -> str:
    return f"/o/{slug}/admin/{model._meta.app_label}/{model._meta.model_name}/"


def page_url(model: Any, key: Any, page: str = "change", slug: str = "northwind") -> str:
    return f"{list_url(model, slug)}{key}/{page}/"


@dataclass(frozen=True)
class Stocked:
    """Two organizations with a row of every registered kind; `canaries` stand in rows of the second alone."""

    world: World
    own: dict[Any, Any]
    foreign: dict[Any, Any]
    canaries: list[str]


def stocked(world: World) -> Stocked:
    own = stock(world.northwind, world.site, world.camera, world.person, "northern")
    foreign = stock(world.southwind, world.south_site, world.south_camera, world.south_person, "canary")
    keys = [str(row.pk) for row in foreign.values()]
    return Stocked(world, own, foreign, ["canary", "Raman south", "Main gate south", "Kiosk south", "charlie@", *keys])


def stock(organization: Organization, place: Site, camera: Camera, person: Person, mark: str) -> dict[Any, Any]:
    with acting_for(organization):
        department = Department.objects.create(organization=organization, name=f"{mark} department")
        person.department, person.home_site = department, place
        person.save()
        text = ConsentText.objects.create(organization=organization, version=7, body=f"{mark} text", sha256="0" * 64)
        rows = [
            place,
            camera,
            person,
            department,
            text,
            Membership.objects.order_by("user__email").first(),
            Consent.objects.create(
                organization=organization, person=person, text=text, paper_reference=f"{mark} paper"
            ),
            invitation(organization, mark),
            punch(organization, person, place, camera, mark),
        ]
    return {type(row): row for row in rows}


def invitation(organization: Organization, mark: str) -> Invitation:
    return Invitation.objects.create(
        organization=organization,
        email=f"{mark}@invited.example",
        role=Role.AUDITOR,
        token_hash=uuid.uuid4().hex * 2,
        expires_at=datetime(2030, 1, 1, tzinfo=UTC),
    )


def punch(organization: Organization, person: Person, place: Site, camera: Camera, mark: str) -> Punch:
    return Punch.objects.create(
        organization=organization,
        person=person,
        site=place,
        camera=camera,
        direction=Direction.IN,
        source=Source.MANUAL,
        policy=DirectionPolicy.TOGGLE,
        number=1,
        occurred_at=datetime(2026, 3, 2, 8, tzinfo=UTC),
        time_zone="Europe/Zurich",
        utc_offset_minutes=60,
        attendance_date=datetime(2026, 3, 2, tzinfo=UTC).date(),
        nonce=uuid.uuid4().hex,
        reason=f"{mark} reason",
    )


def pages(stock: Stocked) -> Iterator[str]:
    """Every page of Northwind's admin that an owner may open."""
    yield ADMIN
    yield f"{ADMIN}people/person/import/"
    for model, page in REGISTRY.items():
        yield f"{ADMIN}{model._meta.app_label}/"
        yield list_url(model)
        yield f"{list_url(model)}?q=canary" if page.search_fields else list_url(model)
        yield page_url(model, stock.own[model].pk)
        if "add" in page.acts:
            yield f"{list_url(model)}add/"
        if "delete" in page.acts:
            yield page_url(model, stock.own[model].pk, "delete")


def foreign_keys(model: Any) -> list[models.ForeignKey[Any, Any]]:
    return [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]


class Markup(HTMLParser):
    """What a page holds: its links, its fields, and whatever a strict policy would not run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fields: dict[str, str] = {}
        self.inline: list[str] = []
        self.in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in pairs}
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.inline += ["<style>"] if tag == "style" else []
        self.in_script = tag == "script" and "src" not in given and given.get("type") != "application/json"
        self.links += [given[name] for name in ("href", "action", "src", "data-ajax--url") if given.get(name)]
        if tag == "input" and "name" in given:
            self.fields[given["name"]] = given.get("value", "")

    def handle_data(self, text: str) -> None:
        if self.in_script and text.strip():
            self.inline.append("<script>")

    def handle_endtag(self, tag: str) -> None:
        self.in_script = False
