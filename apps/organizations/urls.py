"""Addresses of an organization's own furniture, below /o/<slug>/."""

from django.urls import path

from apps.organizations import views

app_name = "organizations"
urlpatterns = [
    path("", views.organization_home, name="home"),
    path("sites/", views.sites, name="sites"),
    path("sites/add/", views.site_add, name="site_add"),
    path("sites/<uuid:pk>/", views.site_edit, name="site_edit"),
    path("cameras/", views.cameras, name="cameras"),
    path("cameras/add/", views.camera_add, name="camera_add"),
    path("cameras/<uuid:pk>/", views.camera_edit, name="camera_edit"),
    path("members/", views.members, name="members"),
    path("members/add/", views.member_add, name="member_add"),
    path("members/<uuid:pk>/", views.member_edit, name="member_edit"),
    path("members/<uuid:pk>/link/", views.member_link, name="member_link"),
]
