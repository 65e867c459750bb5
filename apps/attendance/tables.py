"""The list of punches; its CSV and XLSX are the same table."""

from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.attendance import liveness_policy
from apps.attendance.models import Liveness, PathTry, Punch, Source
from apps.organizations.tables import ChipColumn, OrganizationTable, PersonColumn

BY_FACE = {Source.FACE, Source.FACE_CONFIRMED}
REVIEWS = {
    liveness_policy.UNSURE: _("The camera could not tell whether a face or a picture was held up"),
    liveness_policy.NOT_LIVE: _("It looked like a picture; the head was turned as asked"),
    liveness_policy.UNAVAILABLE: _("Nothing looked for pictures: files are missing on this machine"),
    liveness_policy.LOW_MARGIN: _("The face was barely near enough"),
}


LIVENESS = {
    Liveness.NONE: _("no liveness"),
    Liveness.PASSIVE: _("liveness passive"),
    Liveness.STRICT: _("liveness strict"),
    Liveness.ATTENDED: _("attended"),
}


def liveness_words(punch: Punch) -> Any:
    """What stood against a picture being held up when this face was recognised."""
    return LIVENESS[Liveness(punch.liveness)]


def review_words(code: str) -> Any:
    """Why somebody should look at a punch again."""
    return REVIEWS.get(code, code.replace("_", " ").capitalize())


def under_source(punch: Punch) -> SafeString:
    """What stands below the source of a punch: liveness, who made it by hand and why, whether to look at it again."""
    lines = []
    if punch.source in BY_FACE:
        lines.append(str(liveness_words(punch)))
    if punch.source == Source.MANUAL:
        lines.append(f"{punch.recorded_by.email if punch.recorded_by else '–'}: {punch.reason}")
    told = format_html_join("", '<div class="small muted">{}</div>', [(line,) for line in lines])
    if not punch.review:
        return told
    chip = render_to_string("includes/chip.html", {"tone": "warn", "icon": "eye", "label": _("To review")})
    return format_html(
        '{}<div class="review">{}<span class="small muted">{}</span></div>', told, chip, review_words(punch.review)
    )


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
    liveness = tables.Column(verbose_name=_("Liveness"), visible=False, empty_values=())
    review = tables.Column(verbose_name=_("Review"), visible=False, default="")

    class Meta:
        model = Punch
        fields = (
            *("attendance_date", "time", "direction", "person", "external_id", "department", "site", "source"),
            *("liveness", "review"),
        )
        sequence = (
            "person",
            "external_id",
            "attendance_date",
            "time",
            "direction",
            "site",
            "department",
            "source",
            "liveness",
            "review",
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
        return format_html("{}{}", value, under_source(record))

    def value_source(self, value: Any) -> Any:
        return value

    def value_review(self, value: str) -> Any:
        return f"{_('To review')}: {review_words(value)}" if value else ""

    def value_liveness(self, record: Punch) -> Any:
        return liveness_words(record) if record.source in BY_FACE else ""

    def value_time(self, record: Punch) -> str:
        return f"{record.occurred_at.astimezone(record.site.zone):%H:%M:%S}"

    def value_occurred_at(self, value: Any) -> str:
        return str(value.isoformat())

    def value_attendance_date(self, value: Any) -> str:
        return str(value.isoformat())


class PathTryTable(OrganizationTable):
    """Tries to punch, of whomever: a file about the ways, not about people."""

    occurred_at = tables.Column(verbose_name=_("Instant (UTC)"))
    site = tables.Column(accessor="camera__site", verbose_name=_("Site"))
    camera = tables.Column()
    path = tables.Column(verbose_name=_("Way"))
    succeeded = tables.Column(verbose_name=_("Worked"))
    milliseconds = tables.Column(verbose_name=_("Milliseconds"))
    taps = tables.Column(verbose_name=_("Taps"))

    class Meta:
        model = PathTry
        fields = ("occurred_at", "site", "camera", "path", "succeeded", "milliseconds", "taps")

    def value_occurred_at(self, value: Any) -> str:
        return str(value.isoformat())
