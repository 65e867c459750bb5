"""Registers the organizations room with Django."""

from importlib import import_module

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class OrganizationsConfig(AppConfig):
    name = "apps.organizations"
    verbose_name = "Places and members"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("apps.organizations.checks")
        import_module("apps.organizations.key_checks")
        import_module("apps.organizations.live_signals")
        import_module("apps.organizations.account_signals")
        fence = import_module("apps.organizations.fence")
        connection_created.connect(fence.fence_connection)
        pre_migrate.connect(fence.lower_fence, sender=self)
        post_migrate.connect(fence.raise_fence, sender=self)
        append_only = import_module("apps.organizations.append_only")
        pre_migrate.connect(append_only.lift_append_only, sender=self)
        post_migrate.connect(append_only.keep_append_only, sender=self)
