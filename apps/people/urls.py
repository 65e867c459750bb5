"""Addresses of people and departments, below /o/<slug>/."""

from django.urls import path

from apps.people import views

app_name = "people"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/add/", views.person_add, name="person_add"),
    path("people/<uuid:pk>/", views.person_edit, name="person_edit"),
    path("departments/", views.departments, name="departments"),
    path("departments/add/", views.department_add, name="department_add"),
    path("departments/<uuid:pk>/", views.department_edit, name="department_edit"),
]
