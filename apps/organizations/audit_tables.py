"""The lists of the audit trail and their filters."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.forms import DateInput, HiddenInput
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.organizations import audit_phrases as phrases
from apps.organizations.audit_reading import Names, member_users
from apps.organizations.models import AuditEntry, PlatformEntry, User
from apps.organizations.tables import OrganizationTable

TIME = "D j M Y, H:i:s"
ACCOUNT = "account."


def users(request: Any) -> "QuerySet[User]":
    return member_users(request.organization)


class EntryTable(OrganizationTable):
    """What was done in the organization, newest first; `names` are those of the rows on the page."""

    names: Names
    sequence = tables.Column(verbose_name=_("No."), attrs={"td": {"class": "n"}})
    at = tables.DateTimeColumn(verbose_name=_("Time (UTC)"), format=TIME, order_by="sequence")
    who = tables.Column(empty_values=(), verbose_name=_("Who"), orderable=False)
    what = tables.Column(accessor="action", verbose_name=_("What"), orderable=False)
    about = tables.Column(empty_values=(), verbose_name=_("About"), orderable=False)

    class Meta:
        model = AuditEntry
        fields = ("what", "who", "about", "at", "sequence")

    def render_who(self, record: AuditEntry) -> str:
        return phrases.who(record, self.names)

    def render_what(self, record: AuditEntry) -> Any:
        url = reverse("organizations:audit_entry", args=[self.organization.slug, record.pk])
        link = format_html('<a class="name" href="{}">{}</a>', url, phrases.sentence(record, self.names))
        return format_html('{}<div class="small muted">{}</div>', link, record.reason) if record.reason else link

    def render_about(self, record: AuditEntry) -> str:
        return phrases.about(record, self.names) or "–"


class AccountEntryTable(OrganizationTable):
    """What members did to their accounts."""

    names: Names
    at = tables.DateTimeColumn(verbose_name=_("Time (UTC)"), format=TIME, order_by="sequence")
    user_id = tables.Column(verbose_name=_("Account"), orderable=False)
    what = tables.Column(accessor="action", verbose_name=_("What"), orderable=False)

    class Meta:
        model = PlatformEntry
        fields = ("what", "user_id", "at")

    def render_user_id(self, record: PlatformEntry) -> str:
        return self.names.get(("organizations.user", record.user_id), "–") if record.user_id else "–"

    def render_what(self, record: PlatformEntry) -> Any:
        said = phrases.act(record.action)
        return format_html('{} <span class="small muted">{}</span>', said, record.reason) if record.reason else said


class TimeFilter(django_filters.FilterSet):
    """From and to, by the day in UTC."""

    first = django_filters.DateFilter("at", "date__gte", label=_("From"), widget=DateInput(attrs={"type": "date"}))
    last = django_filters.DateFilter("at", "date__lte", label=_("To"), widget=DateInput(attrs={"type": "date"}))


class EntryFilter(TimeFilter):
    """By day, who acted, what they did, and one row that it was done to."""

    user = django_filters.ModelChoiceFilter(queryset=users, method="by_user", label=_("User"), empty_label=_("All"))
    actor_kind = django_filters.ChoiceFilter(
        choices=list(phrases.ACTORS.items()), label=_("Acting as"), empty_label=_("All")
    )
    action = django_filters.ChoiceFilter(
        choices=[(name, label) for name, label in phrases.ACTIONS.items() if not name.startswith(ACCOUNT)],
        label=_("What"),
        empty_label=_("All"),
    )
    subject_id = django_filters.UUIDFilter(widget=HiddenInput)

    class Meta:
        model = AuditEntry
        fields = ["first", "last", "user", "actor_kind", "action", "subject_id"]

    def by_user(self, entries: "QuerySet[AuditEntry]", name: str, user: User) -> "QuerySet[AuditEntry]":
        return entries.filter(actor_kind="user", actor_id=user.pk)


class AccountEntryFilter(TimeFilter):
    """By day, account and act."""

    user = django_filters.ModelChoiceFilter(queryset=users, method="by_user", label=_("Account"), empty_label=_("All"))
    action = django_filters.ChoiceFilter(
        choices=[(name, label) for name, label in phrases.ACTIONS.items() if name.startswith(ACCOUNT)],
        label=_("What"),
        empty_label=_("All"),
    )

    class Meta:
        model = PlatformEntry
        fields = ["first", "last", "user", "action"]

    def by_user(self, entries: "QuerySet[PlatformEntry]", name: str, user: User) -> "QuerySet[PlatformEntry]":
        return entries.filter(user_id=user.pk)
