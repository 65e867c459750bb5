"""The permission table, against every address and socket there is: found by enumeration, not by memory."""

from collections.abc import Iterator

import pytest
from channels.routing import URLRouter
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.attendance.consumers import PairedCameraSocket
from apps.enrollment.own_socket import OwnCaptureSocket
from apps.organizations.access import GRANTS, Permission, may
from apps.organizations.live import MemberSocket
from apps.organizations.models import Role
from apps.organizations.tenancy import acting_for
from attendance_site.sockets import Refused, socket_router
from tests.house.addresses import ROWS, Address, Furniture, addresses, asked, furniture, url_of
from tests.personas import World, build_world, signed_in
from tests.plugins.standing import Standing

ADDRESSES = addresses()
WITH_ROW = [one for one in ADDRESSES if "pk" in one.parameters]
# Reviewed: sends each role to the first page it may see, and shows nothing of the organization but its name.
OPEN_TO_EVERY_MEMBER = {"organizations:home"}
# Reviewed: a look at a person's record, or a file taken along, leaves an entry in the audit trail.
AUDITED_LOOKS = {
    "people:person_edit",
    "people:person_record",
    "enrollment:person",
    "enrollment:duplicate",
    "attendance:badges",
    "attendance:export",
    "attendance:export_own",
    "attendance:export_tries",
}
AUDIT_TABLES = {"organizations_auditentry", "organizations_audithead"}


def name_of(value: object) -> str:
    return value.name if isinstance(value, Address) else str(value)


def granted(address: Address) -> set[Role]:
    return {role for role in Role if address.permission is None or may(role, Permission(address.permission))}


@pytest.fixture(scope="module")
def world(standing: Standing) -> Iterator[World]:
    with standing():
        yield build_world()


@pytest.fixture(scope="module")
def own(world: World) -> Furniture:
    return furniture(world, world.northwind)


@pytest.fixture(scope="module")
def foreign(world: World) -> Furniture:
    return furniture(world, world.southwind)


def test_the_walk_finds_the_addresses() -> None:
    assert len(ADDRESSES) > 25


def test_every_address_has_a_gate() -> None:
    assert {one.name for one in ADDRESSES if one.permission is None} == OPEN_TO_EVERY_MEMBER


def test_every_address_with_a_row_says_which() -> None:
    assert {one.name for one in WITH_ROW} == set(ROWS)


def test_every_role_has_its_line_in_the_table() -> None:
    assert set(GRANTS) == set(Role)


def test_every_permission_is_in_use() -> None:
    sockets = {socket.permission for socket in MemberSocket.__subclasses__()}
    admin = {Permission.VIEW_STAFF_ADMIN}  # before every page of it: tests/site/test_admin_rights.py
    assert {one.permission for one in ADDRESSES} | sockets | admin >= set(Permission)


def test_an_unknown_role_may_nothing() -> None:
    assert not any(may("janitor", permission) for permission in Permission)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES, ids=name_of)
def test_the_table_decides(world: World, own: Furniture, address: Address) -> None:
    url = url_of(address, own.slug, own.rows)
    answers = {role: asked(signed_in(world.bob_as(role)), url).status_code for role in Role}
    assert not {404, 405, 500} & set(answers.values())
    assert {role for role, status in answers.items() if status != 403} == granted(address)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES, ids=name_of)
def test_a_stranger_gets_404(world: World, own: Furniture, address: Address) -> None:
    assert asked(signed_in(world.charlie), url_of(address, own.slug, own.rows)).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("address", WITH_ROW, ids=name_of)
def test_another_organizations_row_is_404(world: World, own: Furniture, foreign: Furniture, address: Address) -> None:
    assert asked(signed_in(world.alice), url_of(address, own.slug, foreign.rows)).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES, ids=name_of)
def test_who_is_not_signed_in_is_sent_to_sign_in(world: World, own: Furniture, address: Address) -> None:
    url = url_of(address, own.slug, own.rows)
    assert Client().get(url)["Location"] == f"/accounts/login/?next={url}"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES, ids=name_of)
def test_nothing_is_written_by_looking(world: World, own: Furniture, address: Address) -> None:
    client = signed_in(world.alice)
    with acting_for(world.northwind), CaptureQueriesContext(connection) as asked_for:
        client.get(url_of(address, own.slug, own.rows))
    writes = [one["sql"] for one in asked_for if one["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert {table_of(sql) for sql in writes} == (AUDIT_TABLES if address.name in AUDITED_LOOKS else set())


def table_of(sql: str) -> str:
    return sql.split('"')[1]


def test_every_socket_names_its_permission() -> None:
    sockets = [one.callback.consumer_class for one in socket_router.routes if not isinstance(one, URLRouter)]
    unnamed = {socket for socket in sockets if not getattr(socket, "permission", None)}
    # Reviewed: a paired device has no role, its key speaks for one camera (tests/attendance/test_paired_socket.py); a
    # person by their link has none, the browser that agreed speaks for one visit (tests/enrollment/test_own_socket.py).
    assert unnamed == {Refused, PairedCameraSocket, OwnCaptureSocket}
