"""Registers the enrollment room with Django."""

from importlib import import_module

from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    name = "apps.enrollment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("apps.enrollment.jobs")
        import_module("apps.enrollment.leavers")
