"""Registers the enrollment room with Django."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class EnrollmentConfig(AppConfig):
    name = "apps.enrollment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("apps.enrollment.jobs")
        import_module("apps.enrollment.nightly")
        import_module("apps.enrollment.leavers")
        fence = import_module("apps.enrollment.consent_fence")
        pre_migrate.connect(fence.lower_consent_fence, sender=self)
        post_migrate.connect(fence.raise_consent_fence, sender=self)
        import_module("apps.enrollment.erasure")
        import_module("apps.enrollment.visit_signals")
        import_module("apps.enrollment.waiting")
