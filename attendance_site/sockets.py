"""Addresses of the sockets, and the door that lets in browsers of our own origin only."""

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import URLRouter
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.urls import path

from apps.attendance.consumers import BoardSocket, CameraSocket, PairedCameraSocket
from apps.attendance.spoof_socket import SpoofTestSocket
from apps.enrollment.consumers import CaptureSocket
from apps.enrollment.own_socket import OwnCaptureSocket
from apps.enrollment.photo_socket import PhotoSocket

FORBIDDEN = 4403


class Refused(AsyncWebsocketConsumer):
    """Accepts and closes at once: a browser is told the code only of a socket that was open."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(FORBIDDEN)


class OriginDoor:
    """Lets in browsers whose page came from here; a missing Origin header is refused too."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        application = self.inner if is_own_origin(headers) else Refused.as_asgi()
        return await application(scope, receive, send)


def is_own_origin(headers: dict[bytes, str]) -> bool:
    """Whether Origin is one of the trusted ones, or exactly scheme and host of this request."""
    origin, host = headers.get(b"origin", ""), headers.get(b"host", "")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    name, _ = split_domain_port(host)
    scheme = "https" if settings.HTTPS else "http"
    return validate_host(name, settings.ALLOWED_HOSTS) and origin == f"{scheme}://{host}"


socket_router = URLRouter(
    [
        path("ws/o/<slug:slug>/cameras/<uuid:camera_id>/", CameraSocket.as_asgi()),
        path("ws/o/<slug:slug>/enrollments/<uuid:session_id>/", CaptureSocket.as_asgi()),
        path("ws/o/<slug:slug>/enrollment/photos/", PhotoSocket.as_asgi()),
        path("ws/o/<slug:slug>/board/", BoardSocket.as_asgi()),
        path("ws/o/<slug:slug>/spoof-tests/<uuid:test_id>/", SpoofTestSocket.as_asgi()),
        path("ws/enroll/", OwnCaptureSocket.as_asgi()),
        path("ws/camera/", PairedCameraSocket.as_asgi()),
        path("<path:rest>", Refused.as_asgi()),
    ]
)
