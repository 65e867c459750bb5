"""Forms, filters and a queryset made when this module is imported; test_tenancy_forms.py chooses when."""

import django_filters
from django import forms

from apps.organizations.models import Camera, Site

SITES = Site.objects.all()


class PlantedForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Camera
        fields = ("name", "site")


class PlantedFilter(django_filters.FilterSet):
    class Meta:
        model = Camera
        fields = ("site",)
