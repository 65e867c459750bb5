"""Addresses of attendance, below /o/<slug>/."""

from django.urls import path

from apps.attendance import badge_pages, equal_path_pages, recognition_pages, spoof_pages, views

app_name = "attendance"
urlpatterns = [
    path("me/", views.me, name="me"),
    path("me/method/", views.own_method, name="own_method"),
    path("me/export/<slug:form>/", views.export_own, name="export_own"),
    path("today/", views.board, name="board"),
    path("today/rows/", views.board_rows, name="board_rows"),
    path("punches/", views.punches, name="punches"),
    path("punches/export/<slug:form>/", views.export_punches, name="export"),
    path("punches/add/", views.manual_punch, name="manual_punch"),
    path("cameras/<uuid:pk>/kiosk/", views.kiosk, name="kiosk"),
    path("cameras/<uuid:pk>/pin/", views.pin_punch, name="pin_punch"),
    path("cameras/<uuid:pk>/spoof-tests/", spoof_pages.camera_tests, name="camera_tests"),
    path("cameras/<uuid:pk>/spoof-tests/start/", spoof_pages.spoof_test_start, name="spoof_test_start"),
    path("spoof-tests/<uuid:pk>/", spoof_pages.spoof_test, name="spoof_test"),
    path("spoof-tests/<uuid:pk>/end/", spoof_pages.spoof_test_end, name="spoof_test_end"),
    path("spoof-tests/<uuid:pk>/result/", spoof_pages.spoof_test_result, name="spoof_test_result"),
    path("recognition/use/", recognition_pages.recognition_use, name="recognition_use"),
    path("recognition/ways/", equal_path_pages.equal_ways, name="equal_ways"),
    path("recognition/ways/export/<slug:form>/", equal_path_pages.export_tries, name="export_tries"),
    path("recognition/liveness/", recognition_pages.liveness, name="liveness"),
    path("people/<uuid:pk>/pin/", views.pin_new, name="pin_new"),
    path("people/<uuid:pk>/badges/", badge_pages.person_badges, name="badges"),
    path("people/<uuid:pk>/badges/issue/", badge_pages.badge_issue, name="badge_issue"),
    path("people/<uuid:pk>/badges/adopt/", badge_pages.card_adopt, name="card_adopt"),
    path("badges/<uuid:pk>/revoke/", badge_pages.badge_revoke, name="badge_revoke"),
]
