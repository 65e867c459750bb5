"""The list of cases: one face under two people."""

from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from apps.enrollment.models import DuplicateCase
from apps.organizations.tables import ChipColumn, OrganizationTable

DECISION_LOOKS: dict[str, tuple[str, str]] = {
    DuplicateCase.Decision.OPEN: ("warn", "hourglass"),
    DuplicateCase.Decision.SAME_PERSON: ("", "user"),
    DuplicateCase.Decision.DIFFERENT_PEOPLE: ("ok", "users-group"),
}


class SideColumn(tables.Column):
    """One of the two, with number and department."""

    def render(self, value: Any) -> Any:
        department = value.department.name if value.department else ""
        sub = " · ".join(one for one in (value.external_id, department) if one)
        return render_to_string("includes/who.html", {"name": value.name, "sub": sub})


class CaseTable(OrganizationTable):
    """Two people whom one face shows, what was decided, and the way to decide it."""

    person = SideColumn(order_by=("person__family_name", "person__given_name"), verbose_name=_("Enrolled last"))
    other = SideColumn(order_by=("other__family_name", "other__given_name"), verbose_name=_("Enrolled before"))
    opened_at = tables.DateColumn(verbose_name=_("Found"), format="j M Y")
    decision = ChipColumn(DECISION_LOOKS, verbose_name=_("Decision"))
    look = tables.Column(accessor="pk", verbose_name="", orderable=False, empty_values=())

    class Meta:
        model = DuplicateCase
        fields = ("person", "other", "opened_at", "decision", "look")

    def render_look(self, record: DuplicateCase) -> Any:
        is_open = record.decision == DuplicateCase.Decision.OPEN
        label = _text("Decide") if is_open else _text("Look")
        tone = "btn btn-s btn-go" if is_open else "btn btn-s"
        return format_html('<a class="{}" href="{}">{}</a>', tone, self.url("enrollment:duplicate", record), label)
