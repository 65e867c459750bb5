"""Forms for people and departments, for what a supervisor looks after, and for who a person is."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.organizations.forms import OrganizationForm, name_empty_choices
from apps.organizations.models import Membership, Organization, Site
from apps.organizations.selectors import sites_of
from apps.people.models import Department, Person, PunchMethod
from apps.people.selectors import departments_of, members_nobody_is


class PersonForm(OrganizationForm):
    """A person as HR knows them."""

    class Meta:
        model = Person
        fields = [
            "external_id",
            "given_name",
            "family_name",
            "department",
            "home_site",
            "preferred_method",
            "minor_until",
            "is_active",
        ]
        widgets: ClassVar[dict[str, Any]] = {"minor_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if method := self.fields.get("preferred_method"):  # who may only look has no such field
            method.required = False  # left out, it stays as it is


class MethodForm(forms.Form):
    """How somebody wants their own time recorded."""

    preferred_method = forms.ChoiceField(
        label=_("I prefer"),
        choices=PunchMethod.choices,
        help_text=_("Every way counts alike; change it whenever you like."),
    )


class DepartmentForm(OrganizationForm):
    """A department."""

    class Meta:
        model = Department
        fields = ["name"]


class ResponsibilityForm(forms.Form):
    """What a supervisor looks after."""

    departments = forms.ModelMultipleChoiceField(
        label=_("Departments"), queryset=Department.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    sites = forms.ModelMultipleChoiceField(
        label=_("Sites"),
        queryset=Site.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Everybody whose home site this is, whatever their department."),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["departments"].queryset = departments_of(organization)  # type: ignore[attr-defined]
        self.fields["sites"].queryset = sites_of(organization)  # type: ignore[attr-defined]


class MemberChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A member by the address they sign in with, and their role."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.user.email} ({obj.get_role_display()})"


class InvitePersonForm(forms.Form):
    """Where the link goes that lets a person see their own time."""

    email = forms.EmailField(label=_("Work email"))


class LinkForm(forms.Form):
    """Which member a person is."""

    membership = MemberChoice(label=_("Member"), queryset=Membership.objects.none())

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["membership"].queryset = members_nobody_is(organization)  # type: ignore[attr-defined]
        name_empty_choices(self)
