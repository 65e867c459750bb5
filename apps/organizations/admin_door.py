"""Gives each organization's admin its own addresses, so that two tabs with two organizations cannot mix.

Stock admin builds every link from a name alone (`admin:people_person_change`) and knows no slug. So a request below
`/o/<slug>/admin/` is answered with a URLconf of its own, in which the admin stands at that organization's address and
everything else where it always is. Nothing is read from the session.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import clear_url_caches, get_resolver, path, set_urlconf

from apps.organizations.admin_site import site

# Django keeps what it worked out of each URLconf, a quarter of a megabyte, until it is told to forget all.
MOST_KEPT = 100
HANDLERS = ("handler400", "handler403", "handler404", "handler500")


@cache
def admin_urls() -> Any:
    """The admin's own patterns, made once and shared by all organizations."""
    return site.urls


class Addresses:
    """Every address of the project, and the admin at one organization's."""

    def __init__(self, slug: str) -> None:
        project: Any = get_resolver(settings.ROOT_URLCONF).urlconf_module
        self.urlpatterns = [path(f"o/{slug}/admin/", admin_urls()), *project.urlpatterns]
        for name in HANDLERS:
            if hasattr(project, name):
                setattr(self, name, getattr(project, name))


_kept: dict[str, Addresses] = {}


def addresses_of(slug: str) -> Addresses:
    """The URLconf of this organization's admin; ask only for somebody who was admitted to it."""
    if slug not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
            clear_url_caches()
        _kept[slug] = Addresses(slug)
    return _kept[slug]


class AdminDoorMiddleware:
    """Stands behind the OrganizationMiddleware, which let in who may be here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        admission = getattr(request, "admission", None)
        if admission is None or not request.path_info.startswith(f"/o/{admission.slug}/admin/"):
            return self.get_response(request)
        request.urlconf = addresses_of(admission.slug)
        try:
            return self.get_response(request)
        finally:
            set_urlconf(None)
