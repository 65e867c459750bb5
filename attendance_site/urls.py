"""Every address: accounts and health outside, everything else inside an organization."""

from django.urls import include, path

from apps.organizations import views
from attendance_site import health

organization_urls = [
    path("", include("apps.organizations.urls")),
    path("", include("apps.people.urls")),
    path("", include("apps.enrollment.urls")),
    path("", include("apps.attendance.urls")),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/", include("allauth.urls")),
    path("healthz", health.live, name="health"),
    path("o/<slug:slug>/", include(organization_urls)),
]

handler403 = "apps.organizations.middleware.forbidden"
