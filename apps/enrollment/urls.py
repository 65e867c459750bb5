"""Addresses of enrollment, below /o/<slug>/."""

from django.urls import path

from apps.enrollment import (
    consent_pages,
    duplicate_pages,
    engine_pages,
    link_pages,
    photo_pages,
    privacy_pages,
    recognition_pages,
    views,
)

app_name = "enrollment"
urlpatterns = [
    path("people/<uuid:pk>/enrollment/", views.person, name="person"),
    path("people/<uuid:pk>/enrollment/consent/", views.consent, name="consent"),
    path("people/<uuid:pk>/enrollment/consent/paper/", views.consent_on_paper, name="consent_on_paper"),
    path("people/<uuid:pk>/enrollment/start/", views.session_start, name="start"),
    path("people/<uuid:pk>/enrollment/withdraw/", views.withdraw, name="withdraw"),
    path("people/<uuid:pk>/enrollment/link/", link_pages.link_new, name="link_new"),
    path("people/<uuid:pk>/enrollment/link/revoke/", link_pages.link_revoke, name="link_revoke"),
    path("enrollment/links/", link_pages.links, name="links"),
    path("enrollment/links/new/", link_pages.links_new, name="links_new"),
    path("privacy/", privacy_pages.overview, name="privacy"),
    path("privacy/rules/", privacy_pages.rules, name="rules"),
    path("privacy/faces/", privacy_pages.faces, name="faces"),
    path("privacy/assessment/", privacy_pages.assessment, name="assessment"),
    path("privacy/assessment/edit/", privacy_pages.assessment_edit, name="assessment_edit"),
    path("privacy/texts/", consent_pages.texts, name="texts"),
    path("privacy/texts/new/", consent_pages.text_new, name="text_new"),
    path("privacy/texts/<uuid:pk>/", consent_pages.text, name="text"),
    path("me/consent/withdraw/", views.withdraw_own, name="withdraw_own"),
    path("enrollments/<uuid:pk>/", views.capture_page, name="capture"),
    path("enrollments/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("enrollment/photos/", photo_pages.photos, name="photos"),
    path("recognition/", recognition_pages.recognition, name="recognition"),
    path("recognition/target/", recognition_pages.target, name="target"),
    path("recognition/own-line/reset/", recognition_pages.own_line_reset, name="own_line_reset"),
    path("recognition/look-alikes/", recognition_pages.look_alikes, name="look_alikes"),
    path("recognition/engine/", engine_pages.engine_change, name="engine_change"),
    path("recognition/duplicates/", duplicate_pages.duplicates, name="duplicates"),
    path("recognition/duplicates/<uuid:pk>/", duplicate_pages.duplicate, name="duplicate"),
]
