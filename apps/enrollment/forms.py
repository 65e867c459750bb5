"""The consent form that stands before the camera."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ConsentForm(forms.Form):
    """The person ticks it themselves; the version they read travels with it."""

    text_version = forms.IntegerField(widget=forms.HiddenInput)
    agreed = forms.BooleanField(
        label=_("I have read this and I agree."),
        error_messages={"required": _("Without consent no camera opens. A PIN works just as well.")},
    )
