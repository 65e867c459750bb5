"""The consent form that stands before the camera, and the one setting an owner has about strangers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import FalsePositiveTarget


class ConsentForm(forms.Form):
    """The person ticks it themselves; the version they read travels with it."""

    text_version = forms.IntegerField(widget=forms.HiddenInput)
    agreed = forms.BooleanField(
        label=_("I have read this and I agree."),
        error_messages={"required": _("Without consent no camera opens. A PIN works just as well.")},
    )


class TargetForm(forms.Form):
    """How many strangers may be taken for somebody: in words, never a similarity."""

    false_positive_target = forms.ChoiceField(
        label=_("Strangers taken for somebody, at most"),
        choices=FalsePositiveTarget.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Fewer strangers means that more of your own people are asked again, or for their PIN. It holds from the "
            "next person on who steps up to a camera; nothing that was recorded changes."
        ),
    )
