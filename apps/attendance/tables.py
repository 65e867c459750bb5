"""The list of punches; its CSV and XLSX are the same table."""

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.attendance.models import Punch, Source
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
    department = tables.Column(
        accessor="person__department", verbose_name=_("Department"), order_by="person__department__name"
    )
    site = tables.Column(order_by="site__name")
    recorded_by = tables.Column(accessor="recorded_by__email", verbose_name=_("Recorded by"), visible=False)
    reason = tables.Column(visible=False)

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
            "recorded_by",
            "reason",
            "time_zone",
            "occurred_at",
        )

    def own(self) -> "PunchTable":
        """The same list for the one person it is about."""
        for name in ("person", "external_id", "department"):
            self.columns.hide(name)
        return self

    def render_time(self, record: Punch) -> str:
        return f"{record.occurred_at.astimezone(record.site.zone):%H:%M}"

    def render_source(self, value: Any, record: Punch) -> Any:
        if record.source != Source.MANUAL:
            return value
        author = record.recorded_by.email if record.recorded_by else "–"
        return format_html('{}<div class="small muted">{}: {}</div>', value, author, record.reason)

    def value_source(self, value: Any) -> Any:
        return value

    def value_time(self, record: Punch) -> str:
        return f"{record.occurred_at.astimezone(record.site.zone):%H:%M:%S}"

    def value_occurred_at(self, value: Any) -> str:
        return str(value.isoformat())

    def value_attendance_date(self, value: Any) -> str:
        return str(value.isoformat())
