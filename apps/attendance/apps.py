"""Registers the attendance room with Django."""

from django.apps import AppConfig


class AttendanceConfig(AppConfig):
    name = "apps.attendance"
    default_auto_field = "django.db.models.BigAutoField"
