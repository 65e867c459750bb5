"""Wiring of the project: settings, addresses, the ASGI and Celery entry points."""

from attendance_site.celery import app as celery_app

__all__ = ["celery_app"]
