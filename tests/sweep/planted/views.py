"""Four ways to leak by HTTP. Each view asks `rows` for its rows: a careless one gives everybody's."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_POST, require_safe

from apps.organizations.models import Camera, Site
from apps.organizations.tenancy import unguarded
from apps.people.models import Department, Person

Rows = Callable[[Any, type[Model]], "QuerySet[Any]"]


def everybodys(request: HttpRequest, model: type[Model]) -> "QuerySet[Any]":
    return unguarded(model).all()


def own(request: Any, model: type[Model]) -> "QuerySet[Any]":
    return unguarded(model).filter(organization=request.organization)


class CameraForm(forms.Form):
    """The site is any site that `rows` gives."""

    name = forms.CharField()
    site = forms.ModelChoiceField(queryset=Site.objects.none())


def page_of(request: HttpRequest, form: forms.Form) -> HttpResponse:
    token = f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
    return HttpResponse(f'<form method="post">{token}{form.as_p()}</form>', status=422 if form.is_bound else 200)


def addresses(rows: Rows) -> list[URLPattern | URLResolver]:
    """The application, reading through these rows."""

    def camera_add(request: Any, slug: str) -> HttpResponseBase:
        form = CameraForm(request.POST or None)
        # Shown from own rows, accepted from anybody's: what a serializer with an unlimited foreign key does.
        form.fields["site"].queryset = (rows if form.is_bound else own)(request, Site)  # type: ignore[attr-defined]
        if not form.is_valid():
            return page_of(request, form)
        Camera.objects.create(organization=request.organization, **form.cleaned_data)
        return HttpResponse("added", status=201)

    @require_safe
    def export(request: Any, slug: str) -> HttpResponseBase:
        people = own(request, Person)
        if "department" in request.GET:
            people = rows(request, Person).filter(department_id=request.GET["department"])
        return HttpResponse("\n".join(person.name for person in people), content_type="text/csv")

    @require_safe
    def detail(request: Any, slug: str, pk: UUID) -> HttpResponseBase:
        return HttpResponse(get_object_or_404(rows(request, Person), pk=pk).name)

    @require_POST
    def purge(request: Any, slug: str, pk: UUID) -> HttpResponseBase:
        rows(request, Department).filter(pk=pk).update(name="purged")
        return HttpResponse(status=204)

    return [
        path("o/<slug:slug>/planted/cameras/add/", camera_add, name="camera_add"),
        path("o/<slug:slug>/planted/export/", export, name="export"),
        path("o/<slug:slug>/planted/people/<uuid:pk>/", detail, name="detail"),
        path("o/<slug:slug>/planted/departments/<uuid:pk>/purge/", purge, name="purge"),
    ]
