"""`manage.py play`: play a clip through the same socket as the browser and print every decision."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from apps.attendance.clips import ClipUnreadable, live
from apps.attendance.own_server import ServerFailed, own_server
from apps.attendance.socket_client import CameraClient, SocketClosed, session_cookie
from apps.organizations.access import Permission, may
from apps.organizations.command import OrganizationCommand
from apps.organizations.models import Camera, Organization, User
from apps.organizations.selectors import cameras_of, members_of

PAUSE_SECONDS = 0.1
"""Between frames, as the page leaves: a clip of 30 a second with quick answers is a flood to the server (4429)."""


class Command(OrganizationCommand):
    help = "Plays a video file or a folder of pictures at a camera. Punches are real: use a test organization."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("clip", type=Path, metavar="CLIP")
        parser.add_argument("--camera", required=True, metavar="NAME")
        parser.add_argument("--url", help="a running server, such as http://127.0.0.1:8000; else one is started")

    def act(self, organization: Organization, **options: Any) -> dict[str, Any]:
        camera = cameras_of(organization).filter(name=options["camera"], is_active=True).first()
        if camera is None:
            names = ", ".join(cameras_of(organization).values_list("name", flat=True)) or "none"
            raise CommandError(f"There is no camera {options['camera']!r} in use. There are: {names}.")
        user = self._operator(organization)
        try:
            with ExitStack() as stack:
                url = options["url"] or stack.enter_context(own_server(settings.DATA_DIR / "logs" / "play.log"))
                decisions = self._play(url.rstrip("/"), organization, camera, user, options["clip"])
        except (ClipUnreadable, ServerFailed, SocketClosed, OSError) as error:
            raise CommandError(str(error)) from error
        return {"camera": camera.name, "decisions": decisions}

    def _operator(self, organization: Organization) -> User:
        """A member who may operate cameras; the operator of the machine acts in their name."""
        for membership in members_of(organization).filter(is_active=True, user__is_active=True):
            if may(membership.role, Permission.OPERATE_CAMERA):
                return membership.user
        raise CommandError("Nobody in this organization may operate cameras. Add a member as operator.")

    def _play(
        self, url: str, organization: Organization, camera: Camera, user: User, clip: Path
    ) -> list[dict[str, Any]]:
        decisions: list[dict[str, Any]] = []
        path = f"/ws/o/{organization.slug}/cameras/{camera.pk}/"
        with CameraClient(url, path, session_cookie(user)) as kiosk:
            last = None
            track, away = 1, False
            for jpeg in live(clip):
                answer = kiosk.send_frame(jpeg, track)
                # Whoever comes after an empty frame is somebody new, as the page's own detector would say.
                track += away and answer.get("code") != "no_face"
                away = answer.get("code") == "no_face"
                said = (answer.get("state"), answer.get("code"), answer.get("name"))
                if said != last:
                    words = " ".join(str(part) for part in said if part)
                    self.stdout.write(f"frame {answer.get('seq')}: {words} ({answer['ms']} ms)")
                    decisions.append({key: value for key, value in answer.items() if key != "t"})
                last = said
                time.sleep(max(PAUSE_SECONDS, answer.get("retry_ms", 0) / 1000))
        return decisions
