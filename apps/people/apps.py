"""Registers the people room with Django."""

from importlib import import_module

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "apps.people"
    verbose_name = "Staff"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("apps.people.erasure_plan")
        import_module("apps.people.tombstones")
