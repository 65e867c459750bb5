"""Addresses of enrollment, below /o/<slug>/."""

from django.urls import path

from apps.enrollment import recognition_pages, views

app_name = "enrollment"
urlpatterns = [
    path("people/<uuid:pk>/enrollment/", views.person, name="person"),
    path("people/<uuid:pk>/enrollment/consent/", views.consent, name="consent"),
    path("people/<uuid:pk>/enrollment/start/", views.session_start, name="start"),
    path("people/<uuid:pk>/enrollment/withdraw/", views.withdraw, name="withdraw"),
    path("enrollments/<uuid:pk>/", views.capture_page, name="capture"),
    path("enrollments/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("recognition/", recognition_pages.recognition, name="recognition"),
    path("recognition/target/", recognition_pages.target, name="target"),
    path("recognition/own-line/reset/", recognition_pages.own_line_reset, name="own_line_reset"),
    path("recognition/look-alikes/", recognition_pages.look_alikes, name="look_alikes"),
]
