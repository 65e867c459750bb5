"""Lists of people, of departments, and of receipts."""

from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from apps.organizations.tables import EditColumn, LinkColumn, OrganizationTable, PersonColumn
from apps.people.models import Department, ErasureReceipt, Person


class PersonTable(OrganizationTable):
    """People by name, with the way to their enrollment."""

    edit_view = "people:person_edit"
    name = PersonColumn(order_by=("family_name", "given_name"))
    department = tables.Column(order_by="department__name")
    home_site = tables.Column(order_by="home_site__name")
    enroll = LinkColumn("enrollment:person", _("Face and PIN"))

    class Meta:
        model = Person
        fields = ("name", "external_id", "department", "home_site", "preferred_method", "is_active", "enroll")


class DepartmentTable(OrganizationTable):
    """Departments with their number of active people."""

    edit_view = "people:department_edit"
    name = EditColumn()
    people_count = tables.Column(verbose_name=_("People"), attrs={"td": {"class": "num"}, "th": {"class": "num"}})

    class Meta:
        model = Department
        fields = ("name", "people_count")


class ReceiptTable(OrganizationTable):
    """Receipts of erasures: when, and the pseudonym that kept punches carry."""

    edit_view = "people:receipt"
    pseudonym = EditColumn(verbose_name=_("Pseudonym"), orderable=False)
    created_at = tables.DateTimeColumn(verbose_name=_("Erased (UTC)"), format="D j M Y, H:i")

    class Meta:
        model = ErasureReceipt
        fields = ("pseudonym", "created_at")

    def render_pseudonym(self, value: str, record: ErasureReceipt, column: EditColumn) -> Any:
        return column.render(f"{value[:16]}…", record, self)
