"""Filters of the punch list."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.forms import DateInput
from django.utils.translation import gettext_lazy as _

from apps.attendance.models import Direction, Punch, Source
from apps.organizations.models import Site
from apps.people.reach import reach_of
from apps.people.selectors import sites_within


def sites(request: Any) -> "QuerySet[Site]":
    return sites_within(request.organization, reach_of(request))


class OwnPunchFilter(django_filters.FilterSet):
    """By day."""

    first = django_filters.DateFilter(
        "attendance_date", "gte", label=_("From"), widget=DateInput(attrs={"type": "date"})
    )
    last = django_filters.DateFilter("attendance_date", "lte", label=_("To"), widget=DateInput(attrs={"type": "date"}))

    class Meta:
        model = Punch
        fields: ClassVar[list[str]] = ["first", "last"]


class PunchFilter(OwnPunchFilter):
    """By day, person, direction, source, site, and whether somebody should look at them again."""

    q = django_filters.CharFilter(method="search", label=_("Name or number"))
    direction = django_filters.ChoiceFilter(choices=Direction.choices, label=_("Direction"), empty_label=_("Both"))
    source = django_filters.ChoiceFilter(choices=Source.choices, label=_("Source"), empty_label=_("All"))
    review = django_filters.ChoiceFilter(
        choices=[("yes", _("To review"))], method="to_review", label=_("Review"), empty_label=_("All")
    )
    site = django_filters.ModelChoiceFilter(queryset=sites, label=_("Site"), empty_label=_("All"))

    class Meta:
        model = Punch
        fields: ClassVar[list[str]] = ["first", "last", "q", "direction", "source", "review", "site"]

    def to_review(self, punches: "QuerySet[Punch]", name: str, value: str) -> "QuerySet[Punch]":
        return punches.exclude(review="")

    def search(self, punches: "QuerySet[Punch]", name: str, words: str) -> "QuerySet[Punch]":
        for word in words.split():
            punches = punches.filter(
                Q(person__given_name__icontains=word)
                | Q(person__family_name__icontains=word)
                | Q(person__external_id__icontains=word)
            )
        return punches
