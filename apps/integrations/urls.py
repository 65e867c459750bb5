"""Addresses of the pages that keep credentials, below /o/<slug>/."""

from django.urls import path

from apps.integrations import views

app_name = "integrations"
urlpatterns = [
    path("credentials/", views.credentials, name="credentials"),
    path("credentials/add/", views.credential_add, name="credential_add"),
    path("credentials/<uuid:pk>/revoke/", views.credential_revoke, name="credential_revoke"),
]
