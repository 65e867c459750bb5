"""Addresses of an organization's own furniture, below /o/<slug>/."""

from django.urls import path

from apps.organizations import audit_pages, camera_pages, invitation_views, security_views, views

app_name = "organizations"
urlpatterns = [
    path("", views.organization_home, name="home"),
    path("sites/", views.sites, name="sites"),
    path("sites/add/", views.site_add, name="site_add"),
    path("sites/<uuid:pk>/", views.site_edit, name="site_edit"),
    path("cameras/", views.cameras, name="cameras"),
    path("cameras/add/", views.camera_add, name="camera_add"),
    path("cameras/<uuid:pk>/", views.camera_edit, name="camera_edit"),
    path("cameras/<uuid:pk>/device/", camera_pages.camera_devices, name="camera_devices"),
    path("cameras/<uuid:pk>/device/pair/", camera_pages.pairing_new, name="pairing_new"),
    path("camera-keys/<uuid:pk>/revoke/", camera_pages.camera_key_revoke, name="camera_key_revoke"),
    path("members/", views.members, name="members"),
    path("members/rules/", security_views.sign_in_rules, name="sign_in_rules"),
    path("invitations/", invitation_views.invitation_list, name="invitations"),
    path("invitations/add/", invitation_views.invitation_add, name="invitation_add"),
    path("invitations/<uuid:pk>/", invitation_views.invitation, name="invitation"),
    path("invitations/<uuid:pk>/link/", invitation_views.invitation_renew, name="invitation_renew"),
    path("invitations/<uuid:pk>/revoke/", invitation_views.invitation_revoke, name="invitation_revoke"),
    path("members/<uuid:pk>/", views.member_edit, name="member_edit"),
    path("members/<uuid:pk>/link/", views.member_link, name="member_link"),
    path("audit/", audit_pages.audit, name="audit"),
    path("audit/accounts/", audit_pages.audit_accounts, name="audit_accounts"),
    path("audit/<uuid:pk>/", audit_pages.audit_entry, name="audit_entry"),
]
