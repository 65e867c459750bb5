"""Forms to punch by PIN and by hand."""

import uuid
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.attendance.badges import MOST_LETTERS
from apps.attendance.errors import TimeRefused
from apps.attendance.models import Direction
from apps.organizations.forms import name_empty_choices
from apps.organizations.models import Organization, Site
from apps.people.models import Person
from apps.people.reach import Reach
from apps.people.selectors import people_within, sites_within


class PinForm(forms.Form):
    """A person number and a PIN; `nonce` makes a resend harmless."""

    number = forms.CharField(label=_("Person number"), max_length=64)
    pin = forms.CharField(label=_("PIN"), max_length=12, widget=forms.PasswordInput(render_value=False))
    nonce = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].widget.attrs |= {"inputmode": "text", "autocomplete": "off"}
        self.fields["pin"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "off"}


class BadgeForm(forms.Form):
    """What a reader or a camera read off a badge; `nonce` makes a resend harmless."""

    code = forms.CharField(max_length=MOST_LETTERS)
    nonce = forms.UUIDField(required=False)


class CardForm(forms.Form):
    """The number of a card that a person has already, as a reader types it."""

    code = forms.CharField(
        label=_("Card"), max_length=MOST_LETTERS, help_text=_("A reader types the number by itself.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attributes = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
        self.fields["code"].widget.attrs |= attributes


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A person by name and number: two may have one name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.external_id})"


class ManualPunchForm(forms.Form):
    """What a supervisor saw: who, where, which way, when in the site's time, and why by hand.

    `nonce` makes a second press of the button harmless.
    """

    person = PersonChoice(label=_("Person"), queryset=Person.objects.none())
    site = forms.ModelChoiceField(label=_("Site"), queryset=Site.objects.none())
    direction = forms.ChoiceField(label=_("Direction"), choices=Direction.choices)
    local_time = forms.DateTimeField(
        label=_("Time at the site"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    second_time = forms.BooleanField(label=_("The second of the two, when clocks went back"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200)
    nonce = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)

    def __init__(self, *args: Any, organization: Organization, reach: Reach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = people_within(organization, reach).filter(is_active=True)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["site"].queryset = sites_within(organization, reach)  # type: ignore[attr-defined]
        name_empty_choices(self)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        site, local = cleaned.get("site"), cleaned.get("local_time")
        if site and local:
            try:
                cleaned["occurred_at"] = instant(local.replace(tzinfo=None), site.zone, second=cleaned["second_time"])
            except TimeRefused as error:
                self.add_error("local_time", error.message)
        return cleaned


def instant(local: datetime, zone: ZoneInfo, *, second: bool = False) -> datetime:
    """The UTC instant of a wall-clock time; `second` picks the later one of an hour that happens twice.

    Raises TimeRefused for a time that a change to summer time skipped.
    """
    aware = local.replace(tzinfo=zone, fold=int(second))
    at = aware.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != local:
        raise TimeRefused("Clocks skipped this time on that day. Enter a time before or after the change.")
    return at
