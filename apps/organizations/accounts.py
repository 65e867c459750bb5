"""How allauth behaves here: nobody signs up by themselves, no mail server is normal, no answer tells of an account."""

import base64
import os

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import truncate_ip
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from apps.organizations import audit, doors
from apps.organizations.models import Organization, User
from apps.organizations.platform_key import platform_key

NONCE_BYTES = 12
LOCK_SECONDS = 5 * 60


class AccountAdapter(DefaultAccountAdapter):
    """Closes sign-up; sends nothing where no mail server is set; answers a locked sign-in with 429."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        if settings.EMAIL_URL:
            super().send_mail(template_prefix, email, context)

    def pre_authenticate(self, request: HttpRequest, **credentials: str) -> None:
        """Refuse while the limit is reached, a right password too: before any password is looked at."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            response = respond_429(request)
            response["Retry-After"] = str(LOCK_SECONDS)
            raise ImmediateHttpResponse(response) from None

    def authenticate(self, request: HttpRequest, **credentials: str) -> User | None:
        """Answer a closed account as a wrong password, whichever password was given."""
        user: User | None = super().authenticate(request, **credentials)
        if user and not user.is_active:
            self.pre_authenticate(request, **credentials)  # counts like a wrong one, too
            self.authentication_failed(request, **credentials)
            return None
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: str) -> None:
        """Write the failure into the platform's trail; for an address of nobody's too, or the time would tell."""
        user = User.objects.filter(email=credentials.get("email", "").lower()).first()
        audit.record_account(action="account.sign_in_fail", user_id=user.pk if user else None)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: str) -> str:
        # By account and address: whoever guesses locks only themselves out, not the account's owner elsewhere.
        # Whoever has one address of IPv6 has the whole network of it.
        where = truncate_ip(self.get_client_ip(request))
        return f"{where}:{super()._get_login_attempts_cache_key(request, **credentials)}"


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of authenticator apps and recovery codes encrypted under the platform key."""

    def encrypt(self, text: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        return base64.urlsafe_b64encode(nonce + _cipher().encrypt(nonce, text.encode(), None)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        sealed = base64.urlsafe_b64decode(encrypted_text)
        return _cipher().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()


def _cipher() -> AESGCM:
    return AESGCM(platform_key(audit.PLATFORM, "second_factors.v1"))


def password_path(user: User) -> str:
    """The address where this user sets a password: works once, for PASSWORD_RESET_TIMEOUT (three days)."""
    place = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=place)


def may_be_reset_by(organization: Organization, user: User) -> bool:
    """Whether an owner here may hand out a password link.

    Not where another organization has the account too, be it suspended there, nor that of platform staff.
    """
    if user.is_staff or user.is_superuser:
        return False
    return doors.organization_ids_of(user.pk) <= {organization.pk}
