"""Addresses of people, departments and what roles reach, below /o/<slug>/."""

from django.urls import path

from apps.people import views

app_name = "people"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/add/", views.person_add, name="person_add"),
    path("people/<uuid:pk>/", views.person_edit, name="person_edit"),
    path("people/<uuid:pk>/login/", views.person_login, name="person_login"),
    path("people/<uuid:pk>/invite/", views.person_invite, name="person_invite"),
    path("people/<uuid:pk>/unlink/", views.person_unlink, name="person_unlink"),
    path("departments/", views.departments, name="departments"),
    path("departments/add/", views.department_add, name="department_add"),
    path("departments/<uuid:pk>/", views.department_edit, name="department_edit"),
    path("members/<uuid:pk>/responsibilities/", views.responsibilities, name="responsibilities"),
    path("roles/", views.roles, name="roles"),
]
