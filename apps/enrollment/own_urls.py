"""Addresses of the link to enroll, below /enroll/: for people who never sign in."""

from django.urls import path

from apps.enrollment import own_pages

urlpatterns = [
    path("", own_pages.ask, name="enroll"),
    path("agree/", own_pages.agree, name="enroll_agree"),
    path("another-way/", own_pages.decline, name="enroll_decline"),
    path("here/", own_pages.here, name="enroll_here"),
    path("cancel/", own_pages.cancel, name="enroll_cancel"),
    path("again/", own_pages.again, name="enroll_again"),
    path("done/", own_pages.done, name="enroll_done"),
    path("<str:token>/", own_pages.follow, name="enroll_link"),
]
