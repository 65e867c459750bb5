"""Forms for people and departments."""

from apps.organizations.forms import OrganizationForm
from apps.people.models import Department, Person


class PersonForm(OrganizationForm):
    """A person as HR knows them."""

    class Meta:
        model = Person
        fields = ["external_id", "given_name", "family_name", "department", "home_site", "is_active"]


class DepartmentForm(OrganizationForm):
    """A department."""

    class Meta:
        model = Department
        fields = ["name"]
