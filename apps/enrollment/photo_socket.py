"""The socket of the photo import: its page reads a ZIP or a folder itself and sends one picture at a time.

Order: `terms`; then for each person `person`, that person's frames, `conclude`. Nothing is written before a person is
concluded, and of a page that goes away in between nothing remains.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps.enrollment import photo_import, photo_rules
from apps.enrollment.frame_socket import FrameSocket
from apps.enrollment.photo_frames import conclude_photos, look_at_photo
from apps.enrollment.photo_rules import MOST_NUMBERS, MOST_PHOTOS, MOST_REFERENCE, Terms
from apps.enrollment.photo_trail import Trail
from apps.enrollment.privacy import face_mode
from apps.organizations.access import Permission
from apps.organizations.live import MemberSocket
from apps.organizations.models import Organization
from apps.recognition import frames, wire
from apps.recognition.errors import RecognitionError
from apps.recognition.short_store import short_store

RUN_SECONDS = 3600.0
BUSY = {"state": "busy", "retry_ms": 1000}


class PhotoSocket(MemberSocket, FrameSocket):
    """Takes photos of people who agreed, one at a time."""

    permission = Permission.ENROLL

    terms = Terms()
    run = ""
    trail: Trail | None = None
    accepted = 0
    counted: int | None = None
    """The frame that the next answer must be about: one of the person before would say how many that one has."""

    def admitted(self, organization_id: UUID) -> dict[str, Any] | None:
        return {"most_photos": MOST_PHOTOS, "most_numbers": MOST_NUMBERS} if self.may_stay() else None

    def may_stay(self) -> bool:
        return face_mode(Organization.objects.get(pk=self.organization_id))

    def objection(self, header: wire.FrameHeader) -> tuple[str, str] | None:
        return None if self.trail else ("nobody_named", _("Say whose photo it is first."))

    def submit(self, header: wire.FrameHeader, frame: bytes) -> None:
        if self.trail is None:
            return
        self.counted = header.seq
        ticket = frames.hold(self.organization_id, frame)
        person_id, name = str(self.trail.person_id), self.trail.name
        look_at_photo.apply_async((str(self.organization_id), person_id, ticket, header.seq, self.channel_name, name))

    async def frame_result(self, event: dict[str, Any]) -> None:
        """Counts what was taken, so that `conclude` knows what must be there. A photo is as true late as soon."""
        if event["seq"] == self.counted:
            self.accepted = int(event["answer"].get("accepted", self.accepted))
        await self.answer(event["seq"], event["answer"])

    async def receive_command(self, command: dict[str, Any]) -> None:
        if command.get("t") == "terms":
            self.in_background(self._answered("terms", self._agree, command))
        elif command.get("t") == "match":
            self.in_background(self._answered("match", self._match, command))
        elif command.get("t") == "person":
            self.in_background(self._answered("person", self._begin, command))
        elif command.get("t") == "conclude":
            self.in_background(self._answered("", self._conclude, command))
        elif command.get("t") == "cancel":
            self.in_background(self._answered("cancelled", self._forget, command))

    async def photos_concluded(self, event: dict[str, Any]) -> None:
        """A worker's answer to `conclude`; a late one about the person before would be taken for this one's."""
        if not self.is_closing and self.trail is not None and event.get("trail") == self.trail.name:
            await self.send_json({"t": "concluded", **event["answer"]})

    async def _answered(self, kind: str, act: Callable[[dict[str, Any]], Any], command: dict[str, Any]) -> None:
        """Do it in a thread of the frames, and tell what came of it under this name; without one somebody else does."""
        told: dict[str, Any] = {}
        try:
            await self.in_thread(lambda: told.update(act(command) or {}))
        except RecognitionError as error:
            kind, told = kind or "concluded", {**BUSY, "code": error.code, "hint": error.message}
        if kind and not self.is_closing:
            await self.send_json({"t": kind, **told})

    # --- Run in a thread, acting for the organization ---------------------------------------------

    def _agree(self, command: dict[str, Any]) -> dict[str, Any]:
        """Hold the page to these terms until it names others."""
        reference = str(command.get("paper_reference", ""))[:MOST_REFERENCE].strip()
        self.terms = Terms(command.get("dry_run") is not False, command.get("replaces") is True, reference)
        self.run = str(command.get("run", ""))
        return asdict(self.terms)

    def _note(self) -> None:
        """The trail has each run once under its terms, not each person of it and not each connection."""
        run = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps([self.run, asdict(self.terms)]))
        key = f"organization.{self.organization_id}.photo_run.{self.scope['user'].pk}.{run}"
        if short_store().count(key, RUN_SECONDS) == 1:
            organization = Organization.objects.get(pk=self.organization_id)
            photo_import.note_run(organization=organization, terms=self.terms)

    def _match(self, command: dict[str, Any]) -> dict[str, Any]:
        asked = command.get("numbers")
        numbers = [str(one)[:64] for one in asked[:MOST_NUMBERS]] if isinstance(asked, list) else []
        return {"people": [one.told for one in photo_rules.standings(self.organization_id, numbers, self.terms)]}

    def _begin(self, command: dict[str, Any]) -> dict[str, Any]:
        """Whose photos come next; only of somebody in whose way nothing stands is a photo taken."""
        self._forget({})
        number = str(command.get("number", ""))[:64]
        [standing] = photo_rules.standings(self.organization_id, [number], self.terms)
        if standing.person and not standing.code:
            self._note()
            self.trail = Trail(self.organization_id, standing.person.pk, uuid.uuid4().hex)
        return standing.told

    def _forget(self, command: dict[str, Any]) -> dict[str, Any]:
        """Go on with nobody; what was seen of the last one goes at once."""
        trail, self.trail, self.accepted, self.counted = self.trail, None, 0, None
        if trail:
            trail.forget()
        return {}

    def _conclude(self, command: dict[str, Any]) -> None:
        if self.trail is None:
            return
        asked = {**asdict(self.terms), "accepted": self.accepted}
        asked |= {"actor_kind": self.actor.kind, "actor_id": str(self.actor.id)}
        person_id, name = str(self.trail.person_id), self.trail.name
        conclude_photos.apply_async((str(self.organization_id), person_id, self.channel_name, name, json.dumps(asked)))
