"""Punches in the staff admin, to be read: a punch is a fact, corrected by another one."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.attendance.models import Punch
from apps.organizations.access import Permission
from apps.organizations.admin_site import ReadOnlyAdmin, site


class ToReviewFilter(admin.SimpleListFilter):
    """Punches that somebody should look at again."""

    title = _("review")
    parameter_name = "to_review"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("To review"))]

    def queryset(self, request: Any, queryset: "QuerySet[Punch]") -> "QuerySet[Punch]":
        return queryset.exclude(review="") if self.value() == "yes" else queryset


@admin.register(Punch, site=site)
class PunchAdmin(ReadOnlyAdmin):
    """Who came and went, where, when, and how it was known."""

    acts: ClassVar[dict[str, Permission]] = {"view": Permission.VIEW_PUNCHES}
    readonly_fields = ("local_time",)
    fields = (
        *("person", "direction", "local_time", "attendance_date", "time_zone", "site", "camera"),
        *("source", "liveness", "review", "policy", "number", "recorded_by", "reason"),
    )
    list_display = ("person", "direction", "local_time", "attendance_date", "site", "camera", "source")
    list_filter = ("direction", "source", ToReviewFilter, "site", "camera")
    list_select_related = ("person", "site", "camera", "recorded_by")
    search_fields = ("person__given_name", "person__family_name", "person__external_id")
    date_hierarchy = "attendance_date"
    ordering = ("-occurred_at", "-number", "id")

    @admin.display(description=_("Time"), ordering="occurred_at")
    def local_time(self, punch: Punch) -> str:
        """The time of the site, as it was booked."""
        return f"{punch.occurred_at.astimezone(ZoneInfo(punch.time_zone)):%Y-%m-%d %H:%M}"
