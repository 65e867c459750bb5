"""Registers the organizations room with Django."""

from importlib import import_module

from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "apps.organizations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("apps.organizations.checks")
