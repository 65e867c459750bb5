"""Addresses of people, departments and what roles reach, below /o/<slug>/."""

from django.urls import path

from apps.people import erasure_pages, views

app_name = "people"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/add/", views.person_add, name="person_add"),
    path("people/<uuid:pk>/", views.person_edit, name="person_edit"),
    path("people/<uuid:pk>/login/", views.person_login, name="person_login"),
    path("people/<uuid:pk>/invite/", views.person_invite, name="person_invite"),
    path("people/<uuid:pk>/unlink/", views.person_unlink, name="person_unlink"),
    path("people/<uuid:pk>/erase/", erasure_pages.erase, name="erase"),
    path("people/<uuid:pk>/record/", erasure_pages.person_record, name="person_record"),
    path("erasures/", erasure_pages.erasures, name="erasures"),
    path("erasures/<uuid:pk>/", erasure_pages.receipt, name="receipt"),
    path("erasures/<uuid:pk>/receipt.json", erasure_pages.receipt_file, name="receipt_file"),
    path("me/record/", erasure_pages.own_record, name="own_record"),
    path("departments/", views.departments, name="departments"),
    path("departments/add/", views.department_add, name="department_add"),
    path("departments/<uuid:pk>/", views.department_edit, name="department_edit"),
    path("members/<uuid:pk>/responsibilities/", views.responsibilities, name="responsibilities"),
    path("roles/", views.roles, name="roles"),
]
