"""Every address: accounts and health outside, everything else inside an organization."""

from django.urls import include, path

from apps.attendance.views import paired_kiosk
from apps.enrollment.policy_page import biometric_policy
from apps.organizations import camera_pages, invitation_views, views, visit_views
from apps.organizations.admin_site import site
from attendance_site import health

organization_urls = [
    path("", include("apps.organizations.urls")),
    path("", include("apps.people.urls")),
    path("", include("apps.enrollment.urls")),
    path("", include("apps.attendance.urls")),
    path("", include("apps.integrations.urls")),
    # How the admin is found and left; inside, admin_door.py puts the slug into its addresses.
    path("admin/", (site.urls[0], "admin", "staff")),
]

urlpatterns = [
    path("", views.home, name="home"),
    # An account keeps its address. Invitations are to addresses, and without a mail server nobody proves another one.
    path("accounts/email/", views.nothing_here),
    path("accounts/", include("allauth.urls")),
    path("camera/", paired_kiosk, name="paired_kiosk"),
    path("pair/", camera_pages.pair, name="pair"),
    path("invitations/", invitation_views.invitation_followed, name="invitation"),
    path("invitations/join/", invitation_views.invitation_join, name="invitation_join"),
    path("invitations/register/", invitation_views.invitation_register, name="invitation_register"),
    path("invitations/<str:secret>/", invitation_views.invitation_link, name="invitation_link"),
    path("enroll/", include("apps.enrollment.own_urls")),
    path("platform/", visit_views.platform, name="platform"),
    path("platform/<slug:organization>/", visit_views.step_in, name="step_in"),
    path("platform/<slug:organization>/end/", visit_views.step_out, name="step_out"),
    path("healthz", health.live, name="health"),
    path("readyz", health.ready, name="ready"),
    path("api/", include("apps.integrations.api_urls")),
    # Before those of members: nobody signs in to read it.
    path("o/<slug:organization>/biometric-policy/", biometric_policy, name="biometric_policy"),
    path("o/<slug:slug>/", include(organization_urls)),
]

handler403 = "apps.organizations.middleware.forbidden"
