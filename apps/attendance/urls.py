"""Addresses of attendance, below /o/<slug>/."""

from django.urls import path

from apps.attendance import views

app_name = "attendance"
urlpatterns = [
    path("me/", views.me, name="me"),
    path("me/export/<slug:form>/", views.export_own, name="export_own"),
    path("today/", views.board, name="board"),
    path("today/rows/", views.board_rows, name="board_rows"),
    path("punches/", views.punches, name="punches"),
    path("punches/export/<slug:form>/", views.export_punches, name="export"),
    path("punches/add/", views.manual_punch, name="manual_punch"),
    path("cameras/<uuid:pk>/kiosk/", views.kiosk, name="kiosk"),
    path("cameras/<uuid:pk>/pin/", views.pin_punch, name="pin_punch"),
    path("people/<uuid:pk>/pin/", views.pin_new, name="pin_new"),
]
