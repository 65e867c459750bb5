"""Forms for sites, cameras and members."""

import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import Camera, DirectionPolicy, Organization, Role, Site


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form on a row of this organization: uniqueness is tested within it, choices are its own."""

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.organization = organization
        name_empty_choices(self)

    def _get_validation_exclusions(self) -> set[str]:
        # Django skips a constraint when one of its fields is not in the form; ours always holds the organization.
        return super()._get_validation_exclusions() - {"organization"}  # type: ignore[misc, no-any-return]


def name_empty_choices(form: forms.BaseForm) -> None:
    """Say what no choice means, instead of a row of dashes."""
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField):
            field.empty_label = _("Choose…") if field.required else _("None")


class SiteForm(OrganizationForm):
    """A place and its time zone."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [("", _("Choose…")), *((name, name) for name in sorted(zoneinfo.available_timezones()))],
    )

    class Meta:
        model = Site
        fields = ["name", "time_zone", "direction_policy"]


class CameraForm(OrganizationForm):
    """A capture device at a site."""

    direction_policy = forms.ChoiceField(
        label=_("Direction policy"), required=False, choices=[("", _("As the site")), *DirectionPolicy.choices]
    )

    class Meta:
        model = Camera
        fields = ["name", "site", "direction_policy", "is_active"]


class MembershipForm(forms.Form):
    """Change a member's role, or end the membership."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    is_active = forms.BooleanField(
        label=_("Active"), required=False, help_text=_("Without it they cannot open this organization any more.")
    )
