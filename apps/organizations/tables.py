"""Lists of sites, cameras and members, and the base of every list."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.organizations.models import Camera, LivenessPolicy, Membership, Organization, Site


class OrganizationTable(tables.Table):
    """A list inside an organization; its rows link to `edit_view` for who may edit them."""

    edit_view: ClassVar[str] = ""

    def __init__(self, *args: Any, organization: Organization, editable: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization
        self.editable = editable

    def url(self, view: str, record: Any) -> str:
        return reverse(view, args=[self.organization.slug, record.pk])


class EditColumn(tables.Column):
    """The row's name, a link where it may be edited."""

    def render(self, value: Any, record: Any, table: OrganizationTable) -> Any:
        if not table.editable:
            return value
        return format_html('<a class="name" href="{}">{}</a>', table.url(table.edit_view, record), value)

    def value(self, value: Any) -> Any:
        return value


class PersonColumn(EditColumn):
    """A person: initials and name, a link where the list may be edited. Never a photo."""

    def render(self, value: Any, record: Any, table: OrganizationTable) -> Any:
        url = table.url(table.edit_view, record) if table.editable and table.edit_view else ""
        return render_to_string("includes/who.html", {"name": str(value), "url": url})


class ChipColumn(tables.Column):
    """A value out of a few as a word with its icon and tone; `looks` maps the stored value to (tone, icon)."""

    def __init__(self, looks: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(attrs={"td": {"class": "c-status"}}, **kwargs)
        self.looks = looks

    def render(self, value: Any, record: Any, bound_column: Any) -> Any:
        tone, icon = self.looks.get(str(getattr(record, bound_column.name)), ("", "circle"))
        return render_to_string("includes/chip.html", {"tone": tone, "icon": icon, "label": value})

    def value(self, value: Any) -> Any:
        return value


class LinkColumn(tables.Column):
    """A link to something that belongs to the row; not part of an export."""

    def __init__(self, view: str, label: Any, **kwargs: Any) -> None:
        super().__init__(
            accessor="pk", verbose_name="", orderable=False, exclude_from_export=True, empty_values=(), **kwargs
        )
        self.view = view
        self.label = label

    def render(self, record: Any, table: OrganizationTable) -> SafeString:
        return format_html('<a class="btn btn-s" href="{}">{}</a>', table.url(self.view, record), self.label)


LIVENESS_LOOKS = {
    LivenessPolicy.OFF: ("", "eye-off"),
    LivenessPolicy.PASSIVE: ("info", "eye"),
    LivenessPolicy.STRICT: ("ok", "shield-check"),
    LivenessPolicy.ATTENDED: ("ok", "user-check"),
}
LIVENESS_WORDS = {
    LivenessPolicy.OFF: _("Off"),
    LivenessPolicy.PASSIVE: _("Passive"),
    LivenessPolicy.STRICT: _("Strict"),
    LivenessPolicy.ATTENDED: _("Attended"),
}


class LivenessColumn(tables.Column):
    """What a site asks for against pictures held up, in one word."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(verbose_name=_("Liveness"), attrs={"td": {"class": "c-status"}}, **kwargs)

    def render(self, value: Any, bound_column: Any, record: Any) -> Any:
        policy = LivenessPolicy(bound_column.accessor.resolve(record))
        tone, icon = LIVENESS_LOOKS[policy]
        return render_to_string("includes/chip.html", {"tone": tone, "icon": icon, "label": LIVENESS_WORDS[policy]})

    def value(self, bound_column: Any, record: Any) -> Any:
        return LIVENESS_WORDS[LivenessPolicy(bound_column.accessor.resolve(record))]


class SiteTable(OrganizationTable):
    """Sites with their zone and policy."""

    edit_view = "organizations:site_edit"
    name = EditColumn()
    liveness_policy = LivenessColumn()

    class Meta:
        model = Site
        fields = ("name", "time_zone", "direction_policy", "liveness_policy", "frames_per_decision")
        order_by = "name"


class CameraTable(OrganizationTable):
    """Cameras with a link that opens each as a kiosk."""

    edit_view = "organizations:camera_edit"
    name = EditColumn()
    site = tables.Column(order_by="site__name")
    direction_policy = tables.Column(accessor="policy_label", orderable=False)
    liveness = LivenessColumn(accessor="site__liveness_policy", order_by="site__liveness_policy")
    kiosk = LinkColumn("attendance:kiosk", _("Open kiosk"))

    class Meta:
        model = Camera
        fields = ("name", "site", "direction_policy", "liveness", "faces_per_frame", "is_active", "kiosk")
        order_by = "name"


class MemberTable(OrganizationTable):
    """Who may sign in to this organization, and in which role."""

    edit_view = "organizations:member_edit"
    user = EditColumn(verbose_name=_("Email"), order_by="user__email")

    class Meta:
        model = Membership
        fields = ("user", "role", "is_active")
        order_by = "user"
