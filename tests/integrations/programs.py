"""A program with a credential, as tests drive it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from apps.attendance.models import Direction, Punch, Source
from apps.integrations.services import create_credential
from apps.organizations.api_door import Scope
from apps.organizations.models import Credential, DirectionPolicy, Organization, User
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.personas import World

API = "/api/v1"
ALL = [scope.value for scope in Scope]


@dataclass
class Program:
    """Asks as one credential; every answer is what a real client would see."""

    secret: str
    credential: Credential

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        client = Client(raise_request_exception=False)
        given = {"Authorization": f"Bearer {self.secret}", **headers}
        sent = b"" if body is None else json.dumps(body).encode()
        return client.generic(method, API + path, sent, "application/json", headers=given)

    def get(self, path: str) -> Any:
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        return self.ask("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self.ask("PATCH", path, body)


def program_of(organization: Organization, owner: User, scopes: list[str], name: str = "HR system") -> Program:
    with acting_for(organization):
        credential, secret = create_credential(
            organization=organization, created_by=owner, name=name, permissions=scopes, days=90
        )
    return Program(secret, credential)


def refused(answer: Any) -> tuple[int, str]:
    """The status and the code of a problem, whose shape is looked at on the way."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors"}
    assert problem["status"] == answer.status_code and problem["detail"]
    return answer.status_code, problem["code"]


def wrong(answer: Any) -> dict[str, str]:
    """Pointer or parameter to code."""
    return {one.get("pointer", one.get("parameter")): one["code"] for one in answer.json()["errors"]}


def body_of(number: str = "E2", **others: Any) -> dict[str, Any]:
    return {"external_id": number, "given_name": "Ann", "family_name": "Example", **others}


def add_people(organization: Organization, numbers: list[str]) -> list[Person]:
    with acting_for(organization):
        return [
            Person.objects.create(organization=organization, external_id=number, given_name="Ann", family_name=number)
            for number in numbers
        ]


def add_punch(world: World, person: Person, number: int, at: datetime) -> Punch:
    with acting_for(world.northwind):
        return Punch.objects.create(
            organization=world.northwind,
            person=person,
            site=world.site,
            camera=world.camera,
            direction=Direction.IN,
            source=Source.FACE,
            policy=DirectionPolicy.TOGGLE,
            number=number,
            occurred_at=at,
            time_zone="Europe/Zurich",
            utc_offset_minutes=60,
            attendance_date=at.date(),
            nonce=f"{person.pk}:{number}",
        )


def morning(day: int) -> datetime:
    return datetime(2026, 3, 1, 7, 0, tzinfo=UTC) + timedelta(days=day - 1)
