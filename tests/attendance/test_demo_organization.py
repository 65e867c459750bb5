"""The demo organization shows what each role is limited to."""

import pytest

from apps.attendance.demo_organization import LOGINS, Demo, make_demo
from apps.organizations.models import Role, User
from tests.personas import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo() -> Demo:
    return make_demo()


def page(role: str, path: str) -> str:
    return signed_in(User.objects.get(email=f"{role}@demo.test")).get(f"/o/demo/{path}").text


def test_every_role_has_a_login(demo: Demo) -> None:
    assert set(LOGINS) == set(Role) and len(demo.passwords) == len(Role)


def test_the_supervisor_sees_one_department_of_two(demo: Demo) -> None:
    people = page("supervisor", "people/")
    assert [person.name in people for person in demo.people] == [True, True, False]


def test_the_employee_is_one_of_the_people(demo: Demo) -> None:
    assert f"Hello, {demo.people[0].given_name}" in page("employee", "me/")
