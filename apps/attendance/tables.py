"""The list of punches; its CSV and XLSX are the same table."""

from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from apps.attendance.models import Punch
from apps.organizations.tables import ChipColumn, OrganizationTable, PersonColumn


class PunchTable(OrganizationTable):
    """Punches with the time of the site they were made at."""

    attendance_date = tables.DateColumn(verbose_name=_("Date"), format="D j M Y")
    time = tables.Column(accessor="occurred_at", verbose_name=_("Time"), order_by="occurred_at")
    time_zone = tables.Column(verbose_name=_("Time zone"), visible=False)
    occurred_at = tables.Column(verbose_name=_("Instant (UTC)"), visible=False)
    person = PersonColumn(order_by=("person__family_name", "person__given_name"))
    direction = ChipColumn({"in": ("ok", "door-enter"), "out": ("", "door-exit")})
    external_id = tables.Column(accessor="person__external_id", verbose_name=_("Person number"))
    department = tables.Column(accessor="person__department", verbose_name=_("Department"))

    class Meta:
        model = Punch
        fields = ("attendance_date", "time", "direction", "person", "external_id", "department", "site", "source")
        sequence = (
            "person",
            "external_id",
            "attendance_date",
            "time",
            "direction",
            "site",
            "department",
            "source",
            "time_zone",
            "occurred_at",
        )

    def render_time(self, record: Punch) -> str:
        return f"{record.occurred_at.astimezone(record.site.zone):%H:%M}"

    def value_time(self, record: Punch) -> str:
        return f"{record.occurred_at.astimezone(record.site.zone):%H:%M:%S}"

    def value_occurred_at(self, value: Any) -> str:
        return str(value.isoformat())

    def value_attendance_date(self, value: Any) -> str:
        return str(value.isoformat())
