"""The API of people and departments."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.organizations.api_base import ListViewSet, Query, StrictModel, found
from apps.organizations.api_door import PEOPLE, Scope, Scopes
from apps.people import services
from apps.people.models import Department, Person

BY_NUMBER = "external_id:"
WRITE = frozenset({Scope.WRITE_PEOPLE})


class DepartmentSerializer(StrictModel):
    class Meta:
        model = Department
        fields = ["id", "name"]
        read_only_fields = fields


class DepartmentViewSet(ListViewSet):
    """Departments, by id."""

    scopes: ClassVar[Scopes] = {"list": PEOPLE, "retrieve": PEOPLE}
    serializer_class = DepartmentSerializer

    def rows(self) -> "QuerySet[Department]":
        return Department.objects.filter(organization=self.organization)


class PersonSerializer(StrictModel):
    """A person; the choices of department and site are the organization's own."""

    class Meta:
        model = Person
        fields = [
            *("id", "external_id", "given_name", "family_name"),
            *("department", "home_site", "is_active", "created_at"),
        ]
        read_only_fields = ["id", "created_at"]


class PersonQuery(Query):
    """Which people: a foreign department holds nobody, like an absent one."""

    external_id = serializers.CharField(required=False, max_length=64)
    is_active = serializers.BooleanField(required=False)
    department = serializers.UUIDField(required=False)
    home_site = serializers.UUIDField(required=False)


class PersonViewSet(ListViewSet):
    """People in the order they were added; an address names one by id or as `external_id:E123`."""

    scopes: ClassVar[Scopes] = {
        "list": PEOPLE,
        "retrieve": PEOPLE,
        "create": WRITE,
        "partial_update": WRITE,
        "deactivate": WRITE,
    }
    order = "created_at"
    query_class = PersonQuery
    serializer_class = PersonSerializer

    def rows(self) -> "QuerySet[Person]":
        people = Person.objects.filter(organization=self.organization)
        # Two changes of different fields at once: without the lock the second would write back what the first changed.
        return people.select_for_update() if self.scopes.get(self.action or "") == WRITE else people

    def filtered(self, rows: "QuerySet[Person]", query: Mapping[str, Any]) -> "QuerySet[Person]":
        return rows.filter(**{name: query[name] for name in query if name not in Query().fields})

    def row(self, key: str) -> Person:
        if not key.startswith(BY_NUMBER):
            return super().row(key)  # type: ignore[no-any-return]
        number = key.removeprefix(BY_NUMBER)
        if "\0" in number:
            raise exceptions.NotFound  # PostgreSQL takes no such text
        return found(self.rows().filter(external_id=number))  # type: ignore[no-any-return]

    def create(self, request: Request) -> Response:
        person = Person(organization=self.organization, **self.body(PersonSerializer))
        return Response(self._saved(person), status=201)

    def partial_update(self, request: Request, pk: str) -> Response:
        person = self.row(pk)
        for name, value in self.body(PersonSerializer, person).items():
            setattr(person, name, value)
        return Response(self._saved(person))

    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: str) -> Response:
        """Whoever left: their references go, their punches stay. Harmless to repeat."""
        person = self.row(pk)
        person.is_active = False
        return Response(self._saved(person))

    def _saved(self, person: Person) -> Any:
        return self.get_serializer(services.save_person(organization=self.organization, person=person)).data
