"""Forms on who may come in: invitations, the first password, sign-in rules, visits of platform staff."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from apps.organizations.invitations import DEFAULT_DAYS, MOST_DAYS
from apps.organizations.models import Role, User
from apps.organizations.visits import MINUTES


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=_("Work email"))
    # The smallest role first: nobody becomes an owner by a form sent in haste.
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.EMPLOYEE)
    days = forms.IntegerField(
        label=_("Days the link works"), min_value=1, max_value=MOST_DAYS, initial=DEFAULT_DAYS, required=True
    )


class FirstPasswordForm(forms.Form):
    """The password of a new account."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Ten characters or more. A sentence is easier to remember than a word."),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.email))
        return password


class SignInRulesForm(forms.Form):
    """The roles that need a second step here."""

    roles = forms.MultipleChoiceField(
        label=_("Roles that need a second step"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A code from an app, or a passkey. Who has none is asked to set one up before coming in."),
    )


class VisitForm(forms.Form):
    """Why platform staff step in, as what, and for how long."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("The organization's owners read it, and it stays in the trail.")
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.AUDITOR)
    minutes = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        choices=[(minutes, _("%(minutes)s minutes") % {"minutes": minutes}) for minutes in MINUTES],
        initial=MINUTES[0],
    )
