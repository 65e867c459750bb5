"""Lists of invitations and of platform staff's visits."""

from typing import Any

import django_tables2 as tables
from django.utils import timezone
from django.utils.translation import gettext as now_said
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import Invitation, PlatformVisit
from apps.organizations.tables import EditColumn, OrganizationTable

MOMENT = "Y-m-d H:i"


class InvitationTable(OrganizationTable):
    """Invitations that nobody accepted yet."""

    edit_view = "organizations:invitation"
    email = EditColumn()
    expires_at = tables.DateTimeColumn(verbose_name=_("Works until (UTC)"), format=MOMENT)

    class Meta:
        model = Invitation
        fields = ("email", "role", "expires_at")
        order_by = "email"

    def render_expires_at(self, value: Any) -> Any:
        return now_said("Expired") if value <= timezone.now() else f"{value:%Y-%m-%d %H:%M}"


class VisitTable(OrganizationTable):
    """Who of the platform's staff came in, and why."""

    user = tables.Column(verbose_name=_("Email"), orderable=False)
    role = tables.Column(orderable=False)
    reason = tables.Column(orderable=False)
    started_at = tables.DateTimeColumn(verbose_name=_("From (UTC)"), format=MOMENT, orderable=False)
    until = tables.DateTimeColumn(
        verbose_name=_("Until (UTC)"), accessor="expires_at", format=MOMENT, orderable=False, empty_values=()
    )

    class Meta:
        model = PlatformVisit
        fields = ("user", "role", "reason", "started_at", "until")

    def render_until(self, record: PlatformVisit) -> str:
        return f"{record.ended_at or record.expires_at:%Y-%m-%d %H:%M}"
