"""Registers the attendance room with Django."""

from importlib import import_module

from django.apps import AppConfig


class AttendanceConfig(AppConfig):
    name = "apps.attendance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("apps.attendance.erasure")
        import_module("apps.attendance.paths")
        import_module("apps.attendance.retention")
