"""The list of people who must enroll again for another engine."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from apps.organizations.tables import LinkColumn, OrganizationTable, PersonColumn
from apps.people.models import Person


class LeftBehindTable(OrganizationTable):
    """People whose references are all of other engines, and the way to enroll each."""

    name = PersonColumn(order_by=("family_name", "given_name"))
    department = tables.Column(order_by="department__name")
    enroll = LinkColumn("enrollment:person", _("Face and PIN"))

    class Meta:
        model = Person
        fields = ("name", "external_id", "department", "enroll")
