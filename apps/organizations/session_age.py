"""How long a session lasts: twelve hours from signing in, and thirty minutes without a request."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from apps.organizations.access import Permission
from apps.organizations.middleware import sign_in_first

SINCE, SEEN = "signed_in_at", "seen_at"
# A session is written again at most this often, for its use.
WRITE_SECONDS = 60


class SessionAgeMiddleware:
    """Ends a session that is too old or was left alone.

    A kiosk that somebody signed in is left alone by nature: it sends frames through its socket, not requests. What a
    kiosk asks for therefore neither ends a session nor keeps it; whoever walks from there to another page is asked to
    sign in, and the kiosk with them. Twelve hours bind it like any other.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if not request.user.is_authenticated:
            return None
        now = int(timezone.now().timestamp())
        is_kiosk = getattr(view, "permission", None) == Permission.OPERATE_CAMERA
        if has_ended(request.session, now, counts_idle=not is_kiosk):
            logout(request)
            return sign_in_first(request)
        if not is_kiosk and now - request.session.get(SEEN, 0) >= WRITE_SECONDS:
            request.session[SEEN] = now
        return None


def has_ended(session: Any, now: int, *, counts_idle: bool) -> bool:
    """Whether the session is too old, or idle for too long where that counts."""
    if now - session.get(SINCE, now) >= settings.SESSION_COOKIE_AGE:
        return True
    return counts_idle and now - session.get(SEEN, now) >= settings.SESSION_IDLE_SECONDS


def note_sign_in(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    request.session[SINCE] = request.session[SEEN] = int(timezone.now().timestamp())


user_logged_in.connect(note_sign_in, dispatch_uid="session age")
