"""The list of people who look alike."""

from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from apps.enrollment.models import LookAlike
from apps.organizations.tables import OrganizationTable


class LinkedPersonColumn(tables.Column):
    """One of the pair, linked to their enrollment."""

    def render(self, value: Any, table: OrganizationTable) -> Any:
        url = table.url("enrollment:person", value)
        return render_to_string("includes/who.html", {"name": value.name, "url": url, "sub": value.external_id})


class LookAlikeTable(OrganizationTable):
    """Pairs of people; no figure: a similarity tells nobody what to do."""

    person = LinkedPersonColumn(order_by=("person__family_name", "person__given_name"), verbose_name=_("Person"))
    other = LinkedPersonColumn(order_by=("other__family_name", "other__given_name"), verbose_name=_("Looks like"))
    noted_at = tables.DateColumn(verbose_name=_("Noted"), format="j M Y")

    class Meta:
        model = LookAlike
        fields = ("person", "other", "noted_at")
