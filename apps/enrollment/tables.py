"""The lists of people who look alike, and of links to enroll."""

from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.enrollment.invitations import stage_of
from apps.enrollment.models import EnrollmentInvitation, LookAlike
from apps.organizations.tables import OrganizationTable, PersonColumn
from apps.people.models import Person, PunchMethod

STAGES: dict[str, tuple[str, str, Any]] = {
    "open": ("info", "link", _("Not followed yet")),
    "expired": ("warn", "hourglass", _("Expired")),
    "visiting": ("info", "camera", _("Agreed, at the camera")),
    "declined": ("ok", "dialpad", _("Chose another way")),
    "complete": ("ok", "circle-check", _("Enrolled")),
    "held": ("warn", "user-question", _("Waits for a decision")),
    "cancelled": ("", "circle-x", _("Agreed, then stopped")),
}

WAYS: dict[str, str] = {PunchMethod.PIN: "dialpad", PunchMethod.BADGE: "id-badge-2"}


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


class StageColumn(tables.Column):
    """What came of a link, in a word; of one that was declined, what the person uses instead."""

    def __init__(self) -> None:
        looks = {"td": {"class": "c-status"}}
        super().__init__(verbose_name=_("Stage"), accessor="pk", orderable=False, attrs=looks)

    def render(self, record: EnrollmentInvitation) -> Any:
        stage = stage_of(record, timezone.now())
        tone, icon, label = STAGES[stage]
        if stage == "declined" and record.person.declines_face:
            icon = WAYS.get(record.person.preferred_method, icon)
            label = record.person.get_preferred_method_display()
        return render_to_string("includes/chip.html", {"tone": tone, "icon": icon, "label": label})


class LinkTable(OrganizationTable):
    """Links to enroll, the newest first; a person's page takes one back or makes a new one."""

    person = LinkedPersonColumn(order_by=("person__family_name", "person__given_name"), verbose_name=_("Person"))
    stage = StageColumn()
    created_at = tables.DateTimeColumn(verbose_name=_("Made (UTC)"), format="Y-m-d H:i")
    expires_at = tables.DateTimeColumn(verbose_name=_("Works until (UTC)"), format="Y-m-d H:i")
    invited_by = tables.Column(verbose_name=_("Made by"), orderable=False)

    class Meta:
        model = EnrollmentInvitation
        fields = ("person", "stage", "created_at", "expires_at", "invited_by")


class ToInviteTable(OrganizationTable):
    """Whom links would go to, and where a mail reaches them."""

    name = PersonColumn(order_by=("family_name", "given_name"))
    department = tables.Column(order_by="department__name")
    email = tables.Column(verbose_name=_("Mail goes to"), accessor="pk", orderable=False)

    class Meta:
        model = Person
        fields = ("name", "external_id", "department", "email")

    def render_email(self, record: Any) -> str:
        return str(record.own_email or record.invited_email or _("no address known"))
