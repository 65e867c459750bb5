"""Tells the camera's page and the board of a new punch, once it is committed."""

from functools import partial

from django.db import transaction

from apps.attendance.models import Punch
from apps.organizations.notices import board_group, camera_group, send_to_group


def announce(punch: Punch) -> None:
    """After the commit: name, direction and the site's time to the camera's page, and to the board that it is old.

    The board's notice names nobody: each page reads again what its viewer may see.
    """
    board = {"type": "punch.recorded"}
    transaction.on_commit(partial(send_to_group, board_group(punch.organization_id), board))
    if punch.camera_id is None:
        return
    local = punch.occurred_at.astimezone(punch.site.zone)
    message = {
        "type": "punch.recorded",
        "name": punch.person.name,
        "direction": punch.direction,
        "time": f"{local:%H:%M}",
    }
    transaction.on_commit(partial(send_to_group, camera_group(punch.organization_id, punch.camera_id), message))
