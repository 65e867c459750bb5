"""Tells the camera's page and the board of a new punch, once it is committed."""

from functools import partial

from django.db import transaction

from apps.attendance.models import Punch
from apps.organizations.notices import board_group, camera_group, send_to_group


def announce(punch: Punch) -> None:
    """After the commit: name, direction and the site's time to whoever watches this camera or the board."""
    local = punch.occurred_at.astimezone(punch.site.zone)
    message = {
        "type": "punch.recorded",
        "name": punch.person.name,
        "direction": punch.direction,
        "time": f"{local:%H:%M}",
    }
    groups = [board_group(punch.organization_id)]
    if punch.camera_id:
        groups.append(camera_group(punch.organization_id, punch.camera_id))
    for group in groups:
        transaction.on_commit(partial(send_to_group, group, message))
