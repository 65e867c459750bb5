"""How allauth behaves here: nobody signs up by themselves, and no mail server is normal."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Closes sign-up; sends nothing where no mail server is set."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        if settings.EMAIL_URL:
            super().send_mail(template_prefix, email, context)
