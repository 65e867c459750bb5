"""The API of punches."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from rest_framework import serializers
from rest_framework.fields import Field

from apps.attendance import selectors
from apps.attendance.models import Punch
from apps.organizations.api_base import ListViewSet, Query, StrictModel
from apps.organizations.api_door import Scope, Scopes

READ = frozenset({Scope.READ_PUNCHES})


class PunchSerializer(StrictModel):
    """A punch; its time is written with the offset of its site at that instant."""

    external_id = serializers.CharField(source="person.external_id")
    occurred_at = serializers.SerializerMethodField()

    class Meta:
        model = Punch
        fields = [
            *("id", "person", "external_id", "site", "camera", "direction", "source"),
            *("occurred_at", "received_at", "time_zone", "attendance_date", "liveness", "review"),
        ]
        read_only_fields = fields

    def get_occurred_at(self, punch: Punch) -> str:
        offset = timezone(timedelta(minutes=punch.utc_offset_minutes))
        return punch.occurred_at.astimezone(offset).isoformat()


class Instant(serializers.CharField):
    """A time that says its offset: one without would mean another instant at each site."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "offset": "Give a date, a time and its offset, such as 2026-03-02T08:00:00+01:00 (a + in an address is %2B)."
    }

    def to_internal_value(self, data: Any) -> datetime:  # type: ignore[override]
        try:
            instant = parse_datetime(super().to_internal_value(data))
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            self.fail("offset")
        return instant


class PunchQuery(Query):
    """Which punches: from an instant until before another, of one person. A foreign person has none."""

    to = Instant(required=False)
    person = serializers.UUIDField(required=False)
    external_id = serializers.CharField(required=False, max_length=64)
    site = serializers.UUIDField(required=False)

    def get_fields(self) -> dict[str, "Field[Any, Any, Any, Any]"]:
        return {**super().get_fields(), "from": Instant(required=False)}  # a word that Python keeps for itself


LOOKUPS = {
    "from": "occurred_at__gte",
    "to": "occurred_at__lt",
    "person": "person_id",
    "external_id": "person__external_id",
    "site": "site_id",
}


class PunchViewSet(ListViewSet):
    """Punches, the oldest first."""

    scopes: ClassVar[Scopes] = {"list": READ, "retrieve": READ}
    order = "occurred_at"
    query_class = PunchQuery
    serializer_class = PunchSerializer

    def rows(self) -> "QuerySet[Punch]":
        return selectors.punches_of(self.organization)

    def filtered(self, rows: "QuerySet[Punch]", query: Mapping[str, Any]) -> "QuerySet[Punch]":
        return rows.filter(Q(**{lookup: query[name] for name, lookup in LOOKUPS.items() if name in query}))
