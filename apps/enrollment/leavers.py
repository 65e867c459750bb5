"""Whoever leaves takes their face along: consent promises references no longer than somebody works here."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from apps.enrollment.services import withdraw_consent
from apps.people.models import Person


@receiver(post_save, sender=Person)
def forget_who_left(sender: type[Person], instance: Person, created: bool, **kwargs: Any) -> None:
    """End the consent and delete the references of a person who is no longer active, in the same transaction."""
    if not created and not instance.is_active:
        withdraw_consent(organization=instance.organization, person=instance)
