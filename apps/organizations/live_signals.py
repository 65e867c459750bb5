"""Tells open sockets that something they were admitted by was written. A bulk update() sends no signal: save rows."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from apps.organizations.models import Camera, CameraKey, Membership, PlatformVisit, User
from apps.organizations.notices import camera_group, send_to_group, user_group

CHANGED = {"type": "admission.changed"}
# What of an account decides whether its sockets stay; last_login, written at every sign-in, does not.
DECIDING = {"is_active", "is_staff", "password"}


def tell(group: str) -> None:
    """Let the sockets of this group ask again, once the write is committed."""
    transaction.on_commit(partial(send_to_group, group, CHANGED))


@receiver(post_save, sender=User)
def user_saved(instance: User, update_fields: Iterable[str] | None, created: bool, **given: Any) -> None:
    if not created and (update_fields is None or DECIDING & set(update_fields)):
        tell(user_group(instance.pk))


@receiver([post_save, post_delete], sender=Membership)
@receiver([post_save, post_delete], sender=PlatformVisit)
def admission_saved(instance: Membership | PlatformVisit, **given: Any) -> None:
    tell(user_group(instance.user_id))


@receiver(post_delete, sender=Session)
def session_ended(instance: Session, **given: Any) -> None:
    """Signed out, or ended from the list of sessions."""
    user_id = instance.get_decoded().get(SESSION_KEY)
    if user_id:
        tell(user_group(user_id))


@receiver([post_save, post_delete], sender=Camera)
def camera_saved(instance: Camera, **given: Any) -> None:
    tell(camera_group(instance.organization_id, instance.pk))


@receiver([post_save, post_delete], sender=CameraKey)
def camera_key_saved(instance: CameraKey, **given: Any) -> None:
    tell(camera_group(instance.organization_id, instance.camera_id))
