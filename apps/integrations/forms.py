"""The form of a new credential."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.organizations.api_door import Scope

SCOPES = [
    (Scope.READ_PEOPLE.value, _("Read people, departments and sites")),
    (Scope.WRITE_PEOPLE.value, _("Add and change people")),
    (Scope.READ_PUNCHES.value, _("Read punches")),
]


class CredentialForm(forms.Form):
    """Who the key is for, what it may do, and until when."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("The program that will use it."))
    permissions = forms.MultipleChoiceField(
        label=_("It may"), choices=SCOPES, widget=forms.CheckboxSelectMultiple, initial=[Scope.READ_PEOPLE.value]
    )
    days = forms.IntegerField(label=_("Valid for (days)"), min_value=1, max_value=365, initial=90)
