"""How allauth behaves here: nobody signs up by themselves, and no mail server is normal."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from apps.organizations import doors
from apps.organizations.models import Organization, User


class AccountAdapter(DefaultAccountAdapter):
    """Closes sign-up; sends nothing where no mail server is set."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        if settings.EMAIL_URL:
            super().send_mail(template_prefix, email, context)


def password_path(user: User) -> str:
    """The address where this user sets a password: works once, for PASSWORD_RESET_TIMEOUT (three days)."""
    place = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=place)


def may_be_reset_by(organization: Organization, user: User) -> bool:
    """Whether an owner here may hand out a password link: not where the account opens other organizations too."""
    return all(one.organization_id == organization.pk for one in doors.admissions(user.pk))
