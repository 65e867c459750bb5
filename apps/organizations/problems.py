"""What a program is told when its request is refused: RFC 9457, with a stable code and a pointer to what is wrong."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from django.http import HttpRequest, JsonResponse

API = "/api/"
Wrong = Mapping[str, str]


def is_api(request: HttpRequest) -> bool:
    """Whether a credential is what opens this address, never a session."""
    return request.path_info.startswith(API)


def problem(
    status: int, code: str, detail: str, *, errors: Sequence[Wrong] = (), headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """The refusal. Nothing in it differs between what is foreign and what is absent: the request's id is a header."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": list(errors),
    }
    return JsonResponse(body, status=status, headers=dict(headers or {}), content_type="application/problem+json")


def not_found() -> JsonResponse:
    """404, for absent and foreign alike."""
    return problem(404, "not_found", "There is nothing at this address.")
