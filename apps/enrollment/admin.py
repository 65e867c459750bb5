"""Consents and their texts in the staff admin, to be read."""

from typing import ClassVar

from django.contrib import admin

from apps.enrollment.models import Consent, ConsentText
from apps.organizations.access import Permission
from apps.organizations.admin_site import ReadOnlyAdmin, site


@admin.register(ConsentText, site=site)
class ConsentTextAdmin(ReadOnlyAdmin):
    """What people were told, version by version."""

    acts: ClassVar[dict[str, Permission]] = {"view": Permission.VIEW_ENROLLMENT}
    fields = ("version", "language", "body", "sha256", "created_at")
    list_display = ("version", "language", "created_at")
    list_filter = ("language",)
    ordering = ("-version", "language")


@admin.register(Consent, site=site)
class ConsentAdmin(ReadOnlyAdmin):
    """Who agreed to which text, when, and until when."""

    acts: ClassVar[dict[str, Permission]] = {"view": Permission.VIEW_ENROLLMENT}
    fields = ("person", "text", "method", "paper_reference", "witness", "given_at", "withdrawn_at")
    list_display = ("person", "text", "method", "given_at", "withdrawn_at")
    list_filter = ("method",)
    list_select_related = ("person", "text", "witness")
    search_fields = ("person__given_name", "person__family_name", "person__external_id")
    date_hierarchy = "given_at"
    ordering = ("-given_at",)
