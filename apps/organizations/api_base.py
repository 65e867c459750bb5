"""What every room's api.py is built on: one way to refuse, strict bodies and queries, whole lists.

A credential names its organization, so nothing here reads one from an address or a body. CSRF has nothing to protect:
a browser attaches cookies by itself, never an Authorization header, and no session is read below /api/.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import Http404, JsonResponse
from rest_framework import exceptions, serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.organizations.api_door import ScopePermission, Scopes, TooLarge
from apps.organizations.api_pages import BrokenCursor, page_of
from apps.organizations.models import Organization
from apps.organizations.problems import Wrong, not_found, problem

MOST_ROWS = 200


class BadQuery(exceptions.ValidationError):
    """A parameter of the address that cannot be meant."""


class Strict(serializers.Serializer[Any]):
    """Refuses names it does not know: a field that is silently ignored looks to its sender like one that was stored."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            value = super().to_internal_value(data)
        except exceptions.ValidationError as error:
            raise exceptions.ValidationError({**cast(Any, error.detail), **self._refused(data)}) from None
        if refused := self._refused(data):
            raise exceptions.ValidationError(refused)
        return value

    def _refused(self, data: Any) -> dict[str, list[exceptions.ErrorDetail]]:
        given = data if isinstance(data, Mapping) else {}
        writable = {name for name, field in self.fields.items() if not field.read_only}
        return {str(name): [_refusal(name in self.fields)] for name in given if name not in writable}


def _refusal(known: bool) -> exceptions.ErrorDetail:
    if known:
        return exceptions.ErrorDetail("This field is read only. Leave it out.", "read_only")
    return exceptions.ErrorDetail("There is no field of this name. Leave it out.", "unknown_field")


class StrictModel(Strict, serializers.ModelSerializer[Any]):
    """A strict serializer of one model's listed fields."""


class Query(Strict):
    """The parameters every list takes."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=50)
    cursor = serializers.CharField(default="", max_length=500)


class ApiViewSet(GenericViewSet[Any]):
    """The base of every view below /api/: `scopes` names for each action which scopes open it."""

    scopes: ClassVar[Scopes] = {}
    http_method_names = ["get", "head", "post", "patch"]

    @property
    def organization(self) -> Organization:
        return cast(Any, self.request).organization  # type: ignore[no-any-return]

    def get_exception_handler(self) -> Any:
        return refusal

    def body(self, serializer_class: type[Strict], row: Any = None) -> dict[str, Any]:
        """The validated body; on a row, the part of it that is to change."""
        serializer = serializer_class(row, data=self.request.data, partial=row is not None)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class ListViewSet(ListModelMixin, ApiViewSet, ABC):
    """A list in pages: `rows` are the organization's own, `order` a column that never changes."""

    order: ClassVar[str] = "id"
    query_class: ClassVar[type[Query]] = Query

    @abstractmethod
    def rows(self) -> "QuerySet[Any]":
        """The organization's rows that this list is of."""

    def filtered(self, rows: "QuerySet[Any]", query: Mapping[str, Any]) -> "QuerySet[Any]":
        return rows

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        query = self._query(request)
        rows = self.filtered(self.rows(), query)
        try:
            page = page_of(self.organization, rows, order=self.order, limit=query["limit"], cursor=query["cursor"])
        except BrokenCursor as broken:
            raise BadQuery({"cursor": [str(broken)]}, "cursor") from None
        return Response({"data": self.get_serializer(page.rows, many=True).data, "next_cursor": page.next_cursor})

    def _query(self, request: Request) -> Mapping[str, Any]:
        query = self.query_class(data=request.query_params.dict())
        if not query.is_valid():
            raise BadQuery(query.errors)
        return cast(Mapping[str, Any], query.validated_data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self.row(pk)).data)

    def row(self, key: str) -> Any:
        """The row of this id. Raises NotFound for absent, foreign and malformed alike."""
        return found(self.rows().filter(pk=uuid_or_404(key)))


def found(rows: "QuerySet[Any]") -> Any:
    """The one row, or NotFound."""
    row = rows.first()
    if row is None:
        raise exceptions.NotFound
    return row


def uuid_or_404(key: str) -> Any:
    """The UUID that an address names."""
    try:
        return serializers.UUIDField().run_validation(key)
    except exceptions.ValidationError:
        raise exceptions.NotFound from None


def refusal(error: Exception, context: Mapping[str, Any]) -> JsonResponse | None:
    """The problem for an exception of REST framework, and the write undone; a CodedError goes on to the edge."""
    if isinstance(error, Http404 | exceptions.NotFound):
        answer = not_found()
    elif isinstance(error, PermissionDenied):
        answer = problem(403, "forbidden", ScopePermission.message)
    elif isinstance(error, RequestDataTooBig):
        answer = _problem_of(TooLarge())
    elif isinstance(error, exceptions.APIException):
        answer = _problem_of(error)
    else:
        return None
    # The framework returns what it caught, so the transaction around the view would commit what was written before.
    if context["request"].method not in SAFE_METHODS and connection.in_atomic_block:
        transaction.set_rollback(True)
    return answer


def _problem_of(error: exceptions.APIException) -> JsonResponse:
    if isinstance(error, BadQuery):
        detail = "The address has parameters that cannot be used: see errors."
        return problem(400, "invalid_query", detail, errors=wrongs(error, "parameter"))
    if isinstance(error, exceptions.ValidationError):
        detail = "The body has fields that cannot be used: see errors."
        return problem(422, "invalid_body", detail, errors=wrongs(error, "pointer"))
    headers = {"WWW-Authenticate": error.auth_header} if hasattr(error, "auth_header") else {}
    return problem(error.status_code, str(error.get_codes()), str(error.detail), headers=headers)


def wrongs(error: exceptions.ValidationError, where: str) -> list[Wrong]:
    """Each thing that is wrong: a JSON pointer into the body, or the parameter's name."""
    detail = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
    lead = "/" if where == "pointer" else ""
    return [
        {where: "" if name == "non_field_errors" else f"{lead}{escaped(name)}", "code": one.code, "message": str(one)}
        for name, ones in detail.items()
        for one in cast(Any, ones)
    ]


def escaped(name: str) -> str:
    """A name inside a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
