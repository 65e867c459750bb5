"""Filters of the people list."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.people.models import Department, Person, PunchMethod
from apps.people.reach import reach_of
from apps.people.selectors import departments_within


def departments(request: Any) -> "QuerySet[Department]":
    return departments_within(request.organization, reach_of(request))


class PersonFilter(django_filters.FilterSet):
    """By name or number, department, how they prefer to punch, and whether they still work here."""

    q = django_filters.CharFilter(method="search", label=_("Name or number"))
    department = django_filters.ModelChoiceFilter(queryset=departments, label=_("Department"), empty_label=_("All"))
    is_active = django_filters.ChoiceFilter(
        choices=[("true", _("Active")), ("false", _("Left"))],
        method="by_activity",
        label=_("Active"),
        empty_label=_("All"),
    )

    preferred_method = django_filters.ChoiceFilter(
        choices=PunchMethod.choices, label=_("Prefers"), empty_label=_("All")
    )

    class Meta:
        model = Person
        fields = ["q", "department", "preferred_method", "is_active"]

    def by_activity(self, people: "QuerySet[Person]", name: str, choice: str) -> "QuerySet[Person]":
        return people.filter(is_active=choice == "true")

    def search(self, people: "QuerySet[Person]", name: str, words: str) -> "QuerySet[Person]":
        for word in words.split():
            people = people.filter(
                Q(given_name__icontains=word) | Q(family_name__icontains=word) | Q(external_id__icontains=word)
            )
        return people
