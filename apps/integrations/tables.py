"""The list of credentials."""

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import Credential
from apps.organizations.tables import ChipColumn, LinkColumn, OrganizationTable

STATES = {"active": _("Active"), "expired": _("Expired"), "revoked": _("Revoked")}
LOOKS = {"active": ("ok", "circle-check"), "expired": ("warn", "hourglass"), "revoked": ("", "circle-x")}


class RevokeColumn(LinkColumn):
    """The way to end a credential, while it is not ended."""

    def render(self, record: Any, table: OrganizationTable) -> Any:
        return super().render(record, table) if record.revoked_at is None else ""


class CredentialTable(OrganizationTable):
    """Credentials with the first characters of their secret, which is kept nowhere."""

    name = tables.Column(verbose_name=_("Name"))
    state = ChipColumn(LOOKS, verbose_name=_("State"))
    permissions = tables.Column(verbose_name=_("Scopes"), orderable=False)
    created_by = tables.Column(accessor="created_by__email", verbose_name=_("Made by"))
    created_at = tables.DateColumn(verbose_name=_("Made on"), format="j M Y")
    expires_at = tables.DateColumn(verbose_name=_("Valid until"), format="j M Y")
    seen_at = tables.Column(verbose_name=_("Last used"))
    revoke = RevokeColumn("integrations:credential_revoke", _("Revoke"))

    class Meta:
        model = Credential
        fields = ("name", "state", "permissions", "created_by", "created_at", "expires_at", "seen_at", "revoke")

    def render_name(self, value: str, record: Credential) -> Any:
        return format_html('{}<div class="small muted"><code>{}…</code></div>', value, record.prefix)

    def render_state(self, value: str, record: Any, bound_column: Any) -> Any:
        return bound_column.column.render(STATES[value], record, bound_column)

    def render_permissions(self, value: list[str]) -> str:
        return ", ".join(value)

    def render_seen_at(self, value: datetime) -> str:
        return f"{value:%-d %b %Y, %H:%M} UTC"
