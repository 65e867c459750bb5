"""The consent form that stands before the camera, and the one setting an owner has about strangers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import FalsePositiveTarget

SIGNED = ("signature", "guardian", "paper_reference")


class ReadForm(forms.Form):
    """What was read: its language and version travel with every form that stands below it."""

    language = forms.CharField(widget=forms.HiddenInput, required=False, max_length=10)
    text_version = forms.IntegerField(widget=forms.HiddenInput)
    guardian = forms.CharField(label=_("Parent or guardian"), max_length=160)

    def __init__(self, *args: Any, is_minor: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_minor:
            del self.fields["guardian"]

    @property
    def said(self) -> dict[str, str]:
        """What is signed, as `give_consent` takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name in SIGNED}


class ConsentForm(ReadForm):
    """The person signs it themselves, or for a minor the guardian."""

    signature = forms.CharField(
        label=_("Signature"),
        max_length=160,
        required=False,
        help_text=_("Your full name, typed by yourself. Left empty, whoever is signed in here is the witness."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    agreed = forms.BooleanField(
        label=_("I have read this and I agree."),
        error_messages={"required": _("Without consent no camera opens. A PIN works just as well.")},
    )

    def __init__(self, *args: Any, is_minor: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, is_minor=is_minor, **kwargs)
        if is_minor:
            self.fields["signature"].required = True
            self.fields["signature"].help_text = _("The guardian’s full name, typed by themselves.")


class PaperConsentForm(ReadForm):
    """A consent that was signed on paper, and where that is kept."""

    prefix = "paper"
    paper_reference = forms.CharField(
        label=_("Where the signed paper is kept"), max_length=200, help_text=_("A folder, a number or a place.")
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
