"""The audit trail for people: what was done, one entry of it, and what members did to their accounts."""

from typing import Any
from uuid import UUID

import django_tables2
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.organizations import audit_phrases as phrases
from apps.organizations.access import OrganizationRequest, Permission, gate
from apps.organizations.audit_reading import account_entries_of, entries_of, last_verification, names_of
from apps.organizations.audit_tables import AccountEntryFilter, AccountEntryTable, EntryFilter, EntryTable, TimeFilter
from apps.organizations.pages import ROWS_PER_PAGE, Action, Empty, Page

Table = EntryTable | AccountEntryTable


def address(request: OrganizationRequest, name: str, *args: object) -> str:
    return reverse(f"organizations:{name}", args=[request.organization.slug, *args])


@require_safe
@gate(Permission.VIEW_AUDIT)
def audit(request: OrganizationRequest) -> HttpResponseBase:
    """What was done in this organization."""
    chosen = EntryFilter(request.GET, queryset=entries_of(request.organization), request=request)
    return _trail(request, chosen, EntryTable(chosen.qs, organization=request.organization))


@require_safe
@gate(Permission.VIEW_AUDIT)
def audit_accounts(request: OrganizationRequest) -> HttpResponseBase:
    """What its members did to their accounts."""
    chosen = AccountEntryFilter(request.GET, queryset=account_entries_of(request.organization), request=request)
    return _trail(request, chosen, AccountEntryTable(chosen.qs, organization=request.organization))


@require_safe
@gate(Permission.VIEW_AUDIT)
def audit_entry(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """One entry in full."""
    entry = get_object_or_404(entries_of(request.organization), pk=pk)
    names = names_of([entry])
    context: dict[str, Any] = {
        "page": Page(phrases.act(entry.action), back=Action(address(request, "audit"), _("Audit"))),
        "entry": entry,
        "who": phrases.who(entry, names),
        "about": phrases.about(entry, names),
        "lines": phrases.lines(entry, names),
        "more": f"{address(request, 'audit')}?subject_id={entry.subject_id}" if entry.subject_id else "",
    }
    return TemplateResponse(request, "organizations/audit_entry.html", context)


def _trail(request: OrganizationRequest, chosen: TimeFilter, table: Table) -> HttpResponseBase:
    django_tables2.RequestConfig(request, paginate={"per_page": ROWS_PER_PAGE}).configure(table)
    table.names = names_of(row.record for row in table.paginated_rows)
    views = (("audit", _("What was done")), ("audit_accounts", _("Sign-ins and accounts")))
    context = {
        "page": Page(_("Audit"), _("Who did what, and when. Nothing here can be changed or deleted unseen.")),
        "table": table,
        "filter_form": chosen.form,
        "empty": Empty(_("Nothing yet"), _("Every change appears here with who made it.")),
        "views": [
            {"url": address(request, name), "label": label, "current": request.path == address(request, name)}
            for name, label in views
        ],
        "verified": last_verification(request.organization),
    }
    return TemplateResponse(request, "organizations/audit.html", context)
