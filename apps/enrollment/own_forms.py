"""The forms on the page that a link to enroll opens, and of the page that makes links."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.enrollment.invitations import OTHER_WAYS

LONGEST_NAME = 160


class OwnConsentForm(forms.Form):
    """Signed by typing a name; for a minor the guardian's. The version that was read travels with it."""

    language = forms.CharField(widget=forms.HiddenInput, max_length=10)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    guardian = forms.CharField(
        label=_("Name of your parent or guardian"),
        max_length=LONGEST_NAME,
        help_text=_("You are under age, so they decide with you and sign."),
        error_messages={"required": _("Until you come of age a parent or guardian has to agree.")},
    )
    signature = forms.CharField(
        label=_("Type your full name to sign"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Type your name to agree. Or choose a PIN or badge: it works just as well.")},
    )

    def __init__(self, *args: Any, is_minor: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_minor:
            self.fields["signature"].label = _("Your parent or guardian signs: their full name")
            self.fields["signature"].widget.attrs["autocomplete"] = "off"
        else:
            del self.fields["guardian"]


class OtherWayForm(forms.Form):
    """Which other way it shall be."""

    method = forms.ChoiceField(choices=[(way.value, way.label) for way in OTHER_WAYS])


class LinkForm(forms.Form):
    """Where the link is sent; empty sends nothing, the page shows it in any case."""

    email = forms.EmailField(label=_("Also send it to"), required=False)
