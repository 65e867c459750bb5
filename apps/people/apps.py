"""Registers the people room with Django."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "apps.people"
    verbose_name = "Staff"
    default_auto_field = "django.db.models.BigAutoField"
