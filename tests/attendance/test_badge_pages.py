"""A person's badges on the screen: issued and shown once, adopted, revoked; and the QR code says what it should."""

from typing import Any

import cv2
import numpy as np
import pytest
from django.test import Client

from apps.attendance import badges
from apps.attendance.models import Badge
from apps.organizations.models import Role
from apps.organizations.qr import picture_of
from apps.organizations.tenancy import acting_for
from tests.personas import World, signed_in


@pytest.fixture
def desk(world: World) -> Client:
    return signed_in(world.bob_as(Role.OPERATOR))


def url(world: World, act: str = "") -> str:
    return f"/o/northwind/people/{world.person.pk}/badges/{act}"


def issued(desk: Client, world: World) -> Any:
    return desk.post(url(world, "issue/"))


def kept(world: World) -> list[Badge]:
    with acting_for(world.northwind):
        return list(Badge.objects.order_by("issued_at"))


def test_a_badge_is_shown_once(world: World, desk: Client) -> None:
    shown = issued(desk, world)
    assert len(shown.context["code"]) == badges.CODE_LETTERS
    for page in (url(world), f"/o/northwind/people/{world.person.pk}/", "/o/northwind/audit/"):
        assert shown.context["code"] not in desk.get(page).content.decode()


def test_the_card_says_whose_it_is_and_not_their_number(world: World, desk: Client) -> None:
    card = issued(desk, world).content.decode().partition('class="id-card"')[2].partition("</svg>")[0]
    assert "Priya Raman" in card
    assert "E1" not in card.partition("<svg")[0]


def test_the_list_tells_cards_apart(world: World, desk: Client) -> None:
    ending = issued(desk, world).context["code"][-4:]
    assert ending in desk.get(url(world)).content.decode()


def test_a_card_read_on_the_page_is_adopted(world: World, desk: Client) -> None:
    answer = desk.post(url(world, "adopt/"), {"code": "0012345678"}, follow=True)
    assert "The card punches for Priya Raman now." in answer.content.decode()
    assert [badge.ending for badge in kept(world)] == ["5678"]


def test_what_is_no_card_is_said_so_on_the_page(world: World, desk: Client) -> None:
    answer = desk.post(url(world, "adopt/"), {"code": "12"})
    assert answer.status_code == 422
    assert "Hold the card to the reader once more" in answer.content.decode()


def test_a_revoked_badge_says_so(world: World, desk: Client) -> None:
    issued(desk, world)
    answer = desk.post(f"/o/northwind/badges/{kept(world)[0].pk}/revoke/", follow=True)
    assert "Revoked" in answer.content.decode()
    assert kept(world)[0].revoked_at is not None


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR, Role.EMPLOYEE])
def test_too_small_a_role_issues_nothing(world: World, role: Role) -> None:
    assert signed_in(world.bob_as(role)).post(url(world, "issue/")).status_code == 403
    assert kept(world) == []


def test_the_persons_page_leads_there(world: World, desk: Client) -> None:
    assert url(world) in desk.get(f"/o/northwind/people/{world.person.pk}/enrollment/").content.decode()


def drawn(path: str, side: int, scale: int = 8) -> Any:
    """The path as a picture, drawn run by run as a browser fills it."""
    picture = np.full((side, side), 255, np.uint8)
    for run in path.split("M")[1:]:
        place, _, rest = run.partition("h")
        column, row = map(int, place.split())
        picture[row, column : column + int(rest.partition("v")[0])] = 0
    return np.kron(picture, np.ones((scale, scale), np.uint8))


def test_the_drawn_code_reads_back() -> None:
    code = badges.ALPHABET[: badges.CODE_LETTERS]  # the same each time: OpenCV misses one picture in fifty
    qr = picture_of(code)
    read, *_ = cv2.QRCodeDetector().detectAndDecode(drawn(qr.path, qr.side))
    assert read == code
