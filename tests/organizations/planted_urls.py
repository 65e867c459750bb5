"""The project's addresses, and views that write a site and then go wrong in one way each."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path

from apps.organizations.access import OrganizationRequest
from apps.organizations.errors import CodedError, NameTaken
from apps.organizations.models import Site
from attendance_site.urls import urlpatterns as project_urls


def write(request: OrganizationRequest, name: str = "Written") -> None:
    Site.objects.create(organization=request.organization, name=name, time_zone="UTC")


def works(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    write(request)
    return HttpResponse("written")


def fails(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    write(request)
    raise RuntimeError("after the write")


def refuses(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    write(request)
    raise NameTaken("This name is taken. Choose another.")


def counts_the_refusal(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    write(request, "Counted")
    raise CodedError("Wrong PIN.", keeps=True)


def fails_to_render(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    return TemplateResponse(request, "there/is/no/such/template.html", {})


def refuses_to_be_read(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    raise CodedError("Nothing to read here.", code="nothing", status=410)


def refuses_outside(request: HttpRequest) -> HttpResponseBase:
    raise CodedError("No organization is needed to be refused.")


urlpatterns = [
    path("o/<slug:slug>/planted/works/", works),
    path("o/<slug:slug>/planted/fails/", fails),
    path("o/<slug:slug>/planted/refuses/", refuses),
    path("o/<slug:slug>/planted/counts/", counts_the_refusal),
    path("o/<slug:slug>/planted/renders/", fails_to_render),
    path("o/<slug:slug>/planted/reads/", refuses_to_be_read),
    path("planted/refuses/", refuses_outside),
    *project_urls,
]
