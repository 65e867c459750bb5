"""What stands in front of every view of the API: who asks, by which scopes, and how much they may send.

A module of its own: REST framework loads these, its defaults, while it loads what api_base.py is built on.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.organizations.models import Credential

MOST_BYTES = 2 * 1024 * 1024


class Scope(StrEnum):
    """What a credential may do; writing includes reading, because an answer to a write shows the row."""

    READ_PEOPLE = "people:read"
    WRITE_PEOPLE = "people:write"
    READ_PUNCHES = "punches:read"


# An action is open to a credential that holds any of the scopes it names.
ANY = frozenset(Scope)
PEOPLE = frozenset({Scope.READ_PEOPLE, Scope.WRITE_PEOPLE})
Scopes = Mapping[str, frozenset[Scope]]


class CredentialAuthentication(BaseAuthentication):
    """Takes over whom the door admitted (apps/integrations/middleware.py); the door alone reads the secret."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Credential] | None:
        credential = getattr(request._request, "credential", None)
        return (AnonymousUser(), credential) if credential else None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ScopePermission(BasePermission):
    """Asks the view's one declaration, `scopes`; an action that is not in it is closed."""

    message = "This credential does not include what you asked for. Ask an owner for one with the scope it needs."

    def has_permission(self, request: Request, view: Any) -> bool:
        credential: Any = request.auth
        if credential is None:
            return False
        if view.action in (None, "metadata"):
            return True  # a method this address does not have: 405, whoever asks
        return not view.scopes.get(view.action, frozenset()).isdisjoint(credential.permissions)


class TooLarge(exceptions.APIException):
    """A body beyond what any request of ours needs."""

    status_code = 413
    default_detail = "The body is larger than 2 MB. Send less at a time."
    default_code = "body_too_large"


class BoundedParser(JSONParser):
    """JSON of a bounded size; the length a client claims is not believed."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        bounded: Any = Bounded(stream)
        try:
            return super().parse(bounded, media_type, parser_context)
        except RecursionError:
            raise exceptions.ParseError("The JSON is nested too deeply.") from None


class Bounded:
    """A stream that raises TooLarge rather than give more than the bound."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.left = MOST_BYTES + 1

    def read(self, size: int = -1) -> bytes:
        piece = cast(bytes, self.stream.read(self.left if size < 0 else min(size, self.left)))
        self.left -= len(piece)
        if self.left <= 0:
            raise TooLarge
        return piece
