"""Registers the enrollment room with Django."""

from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    name = "apps.enrollment"
    default_auto_field = "django.db.models.BigAutoField"
