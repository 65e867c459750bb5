"""Addresses of the API, below /api/; each room declares its own views."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.attendance.api import PunchViewSet
from apps.integrations.views import nothing_here
from apps.organizations.api import OrganizationViewSet, SiteViewSet
from apps.people.api import DepartmentViewSet, PersonViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("people", PersonViewSet, "people")
router.register("departments", DepartmentViewSet, "departments")
router.register("sites", SiteViewSet, "sites")
router.register("punches", PunchViewSet, "punches")

app_name = "api"
urlpatterns = [
    path("v1/organization", OrganizationViewSet.as_view({"get": "retrieve"}), name="organization"),
    path("v1/", include(router.urls)),
    re_path("", nothing_here, name="nothing_here"),
]
