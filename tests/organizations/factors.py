"""Second factors for tests: an authenticator app, and a browser that signed in with its code."""

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.test import Client

from apps.organizations.models import User

PASSWORD = "a long enough password"


def code_of(secret: str) -> str:
    """What the app shows now."""
    return str(format_hotp_value(hotp_value(secret, next(iter(counters())))))


def with_app(user: User) -> str:
    """Give this user an authenticator app, and a password; returns the app's secret."""
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    user.set_password(PASSWORD)
    user.save()
    return secret


def signed_in_twice(user: User) -> Client:
    """A browser of this user that took both steps."""
    secret = with_app(user)
    browser = Client()
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    answer = browser.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert answer.status_code == 302, answer.content
    return browser
