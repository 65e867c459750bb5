"""Forms for sites, cameras and members."""

import zoneinfo
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import Camera, DirectionPolicy, LivenessPolicy, Organization, Role, Site
from apps.organizations.selectors import cameras_of

LIVENESS_HELP = _(
    "Off: a picture held up may check somebody in. Passive: stops most photos and screens, not masks or cut-outs. "
    "Strict: asks for a turn of the head as well, so most videos fail too. Attended: somebody beside the camera sees "
    "who checks in. Passive and strict need two files: Recognition, Liveness says whether they are here. The PIN "
    "always works."
)


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
        fields = ["name", "time_zone", "direction_policy", "liveness_policy", "frames_per_decision"]
        help_texts: ClassVar[dict[str, Any]] = {"liveness_policy": LIVENESS_HELP}

    def clean_liveness_policy(self) -> str:
        policy: str = self.cleaned_data["liveness_policy"]
        if policy == LivenessPolicy.STRICT and not self.instance._state.adding:
            several = cameras_of(self.instance.organization).filter(site=self.instance, faces_per_frame__gt=1)
            if names := ", ".join(camera.name for camera in several):
                raise forms.ValidationError(
                    _("A strict site looks at one person at a time. Set faces at once to 1 first, at: %(names)s."),
                    params={"names": names},
                )
        return policy


class CameraForm(OrganizationForm):
    """A capture device at a site."""

    direction_policy = forms.ChoiceField(
        label=_("Direction policy"), required=False, choices=[("", _("As the site")), *DirectionPolicy.choices]
    )

    class Meta:
        model = Camera
        fields = ["name", "site", "direction_policy", "faces_per_frame", "is_active"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        site, several = cleaned.get("site"), (cleaned.get("faces_per_frame") or 1) > 1
        if site and several and site.liveness_policy == LivenessPolicy.STRICT:
            self.add_error(
                "faces_per_frame",
                _("%(site)s is strict: it looks at one person at a time. Enter 1, or choose another liveness there.")
                % {"site": site},
            )
        return cleaned


class MembershipForm(forms.Form):
    """Change a member's role, or end the membership."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    is_active = forms.BooleanField(
        label=_("Active"), required=False, help_text=_("Without it they cannot open this organization any more.")
    )
