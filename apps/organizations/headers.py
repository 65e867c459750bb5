"""Headers of every page: the camera only where a page asks for it, and no copy of a page in a cache."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

NO_CAMERA = "camera=(), microphone=(), geolocation=()"
CAMERA = "camera=(self), microphone=(), geolocation=()"


class PageHeadersMiddleware:
    """Sets what a view did not set itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", NO_CAMERA)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def camera_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Allow the camera on this page."""

    @wraps(view)
    def with_camera(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers["Permissions-Policy"] = CAMERA
        return response

    with_camera.camera = True  # type: ignore[attr-defined]  # read by the test of every page's headers
    return with_camera


def prefers_json(request: HttpRequest) -> bool:
    """Whether a program asks for an answer it can read, not a browser for a page."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"
