"""The socket of a spoof test: frames of one try after another, never a punch.

The page says what is held up (`{"t": "try", "species": "phone"}`), then sends frames as a kiosk does. Each is answered
`searching` with `seen` and a hint, until the try is over: `tried` with {species, outcome, p_real, counts}. The page may
give a try up (`{"t": "unanswered"}`), which is counted too.
"""

from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async

from apps.attendance import spoof_tests
from apps.attendance.models import SpoofCount
from apps.attendance.spoof_frames import counts, spoof_frame, test_of
from apps.attendance.spoof_tests import TryOutcome
from apps.enrollment.frame_socket import FrameSocket
from apps.organizations.access import Permission
from apps.organizations.live import MemberSocket
from apps.recognition import frames, wire


class SpoofTestSocket(MemberSocket, FrameSocket):
    """Takes the frames of one running test of a camera."""

    permission = Permission.OPERATE_CAMERA

    species = ""
    number = 0

    def admitted(self, organization_id: UUID) -> dict[str, Any] | None:
        test = test_of(organization_id, self.scope["url_route"]["kwargs"]["test_id"])
        if test is None:
            return None
        self.test_id = test.pk
        return {"camera": test.camera.name, "view": "wide", "counts": counts(test)}

    def may_stay(self) -> bool:
        return test_of(self.organization_id, self.test_id) is not None

    async def receive_command(self, command: dict[str, Any]) -> None:
        if command.get("t") == "try" and command.get("species") in SpoofCount.Species.values:
            self.species, self.number = command["species"], self.number + 1
            await self.send_json({"t": "result", "seq": None, "state": "try", "species": self.species})
        elif command.get("t") == "unanswered" and self.species:
            species, self.species = self.species, ""
            await self.send_json(
                {"t": "result", "seq": None, **await database_sync_to_async(self._unanswered)(species)}
            )
        else:
            await self.refuse(None, "species_unknown", "Choose what is held up to the camera.")

    def _unanswered(self, species: str) -> dict[str, Any]:
        with self.acting():
            test = test_of(self.organization_id, self.test_id)
            if test is None:
                return {"state": "ended"}
            outcome = TryOutcome.UNANSWERED
            spoof_tests.count_try(organization=test.organization, test=test, species=species, outcome=outcome)
            return {
                "state": "tried",
                "species": species,
                "outcome": str(outcome),
                "p_real": None,
                "counts": counts(test),
            }

    def objection(self, header: wire.FrameHeader) -> tuple[str, str] | None:
        return None if self.species else ("species_unknown", "Choose what is held up to the camera.")

    def submit(self, header: wire.FrameHeader, frame: bytes) -> None:
        ticket = frames.hold(self.organization_id, frame)
        attempt = f"{self.species}.{self.number}"
        spoof_frame.apply_async(
            (str(self.organization_id), str(self.test_id), ticket, header.seq, attempt, self.channel_name)
        )
