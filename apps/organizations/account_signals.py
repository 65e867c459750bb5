"""Writes what people do to their own accounts into the platform's trail."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as factors
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import Signal

from apps.organizations import audit
from apps.organizations.models import User

# Failed sign-ins have no signal that knows the account; accounts.py writes them.
ACTIONS: dict[Signal, str] = {
    user_logged_in: "account.sign_in",
    user_logged_out: "account.sign_out",
    account.password_set: "account.password_set",
    account.password_changed: "account.password_change",
    account.password_reset: "account.password_reset",
    account.email_changed: "account.email_change",
    account.email_confirmed: "account.email_confirm",
    factors.authenticator_added: "account.factor_add",
    factors.authenticator_removed: "account.factor_remove",
    factors.authenticator_reset: "account.recovery_codes_renew",
}


def record(signal: Signal, user: User | None = None, **kwargs: Any) -> None:
    """One entry, in the name of the account itself: who signs in is nobody before."""
    user = user or getattr(kwargs.get("email_address"), "user", None)
    if user is None or user.pk is None:
        return
    authenticator = kwargs.get("authenticator")
    with audit.acting_as(audit.Actor("user", user.pk)):
        reason = str(authenticator.type) if authenticator else ""
        audit.record_account(action=ACTIONS[signal], user_id=user.pk, reason=reason)


for one in ACTIONS:
    one.connect(record, dispatch_uid="account trail")
