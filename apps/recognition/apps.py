"""Registers the recognition room with Django: it has commands, but no tables."""

from django.apps import AppConfig


class RecognitionConfig(AppConfig):
    name = "apps.recognition"
    label = "recognition"
    verbose_name = "Recognition"
