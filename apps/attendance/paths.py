"""Tries to punch, by whichever way: how long each took and whether it worked. equal_path.py compares them.

A try by face begins with the first frame that shows somebody and ends with the decision; one by PIN or badge begins
with the first key or reading, which the page says, and what it says is believed within bounds. Who only walked past
leaves nothing. A camera that asks for the PIN besides the face, or asks two look-alikes for it, keeps to its rule: no
try failed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.attendance.approach import AMBIGUOUS, Approach
from apps.attendance.models import PathTry, Sighting
from apps.enrollment.selectors import active_references
from apps.organizations.errors import CodedError
from apps.organizations.jobs import job
from apps.organizations.models import Camera, Organization
from apps.people.models import Person

KEPT = timedelta(days=90)
MOST_MS = 5 * 60_000  # who takes longer was called away; a figure of it would say nothing of the way
MOST_TAPS = 500
# Whoever turns from the camera to the PIN or the badge does so within this time.
FELL_BACK = timedelta(seconds=60)
WORKED = frozenset({"recognised", "already"})
BY_RULE = frozenset({AMBIGUOUS, "face_not_enough", "confirm_alone"})


@dataclass(frozen=True, slots=True)
class Spent:
    """What a try cost: milliseconds from the first key or frame, and taps or keys."""

    milliseconds: int
    taps: int = 0

    @property
    def is_plausible(self) -> bool:
        return 0 <= self.milliseconds <= MOST_MS and 0 <= self.taps <= MOST_TAPS


@dataclass(slots=True)
class Attempt:
    """A try that runs; `person` is filled in once they are known."""

    person: Person | None = None


def spent_of(said: Mapping[str, Any]) -> Spent | None:
    """What a page says that a try cost until it was sent; None for nothing, and for nonsense."""
    try:
        spent = Spent(int(said.get("ms", "")), int(said.get("taps", "")))
    except (TypeError, ValueError, OverflowError):
        return None
    return spent if spent.is_plausible else None


def note_try(
    *,
    organization: Organization,
    camera: Camera,
    path: str,
    succeeded: bool,
    spent: Spent,
    at: datetime,
    person: Person | UUID | None = None,
) -> None:
    """Keep one try, unless what it is said to have cost cannot be."""
    if not spent.is_plausible:
        return
    PathTry.objects.create(
        organization=organization,
        camera=camera,
        person_id=person.pk if isinstance(person, Person) else person,
        path=path,
        succeeded=succeeded,
        milliseconds=spent.milliseconds,
        taps=spent.taps,
        occurred_at=at,
    )


def note_face(
    camera: Camera, approach: Approach, answer: Mapping[str, Any], at: datetime, *, taps: int = 0, looked_ms: int = 0
) -> None:
    """Keep what came of an approach that was decided; a question that still waits is not the end of one.

    `at` is when its last frame came, `looked_ms` how long that frame was looked at.
    """
    if answer["state"] in {"confirm", "closed", "busy"} or answer.get("code") in BY_RULE or not approach.first_ms:
        return
    milliseconds = int(at.timestamp() * 1000) - approach.first_ms + looked_ms
    worked = answer["state"] in WORKED
    named = UUID(approach.named) if approach.named and answer.get("code") != "not_me" else None
    note_try(
        organization=camera.organization,
        camera=camera,
        path=PathTry.Path.FACE,
        succeeded=worked,
        spent=Spent(milliseconds, taps),
        at=at,
        person=named,
    )


@contextmanager
def trying(camera: Camera, path: str, nonce: str, spent: Spent | None, at: datetime) -> Iterator[Attempt]:
    """Keep what comes of the block, a punch or a coded refusal, with the time the server took added to the page's.

    A resend is a try that was kept before.
    """
    organization, began, attempt = camera.organization, perf_counter(), Attempt()
    is_resend = Sighting.objects.filter(organization=organization, nonce=nonce).exists()
    refusal: CodedError | None = None
    try:
        yield attempt
    except CodedError as error:
        refusal = error
    if not is_resend:
        handled_ms = int((perf_counter() - began) * 1000)
        whole = Spent(spent.milliseconds + handled_ms, spent.taps) if spent else None
        _ended(camera, path, whole, at, attempt.person if refusal is None else None)
    if refusal:
        raise refusal


def _ended(camera: Camera, path: str, spent: Spent | None, at: datetime, person: Person | None) -> None:
    """A PIN or a badge worked for this person, or for None did not."""
    if person:
        _claim(camera, person, at)
    if spent:
        organization, worked = camera.organization, person is not None
        note_try(
            organization=organization, camera=camera, path=path, succeeded=worked, spent=spent, at=at, person=person
        )


def _claim(camera: Camera, person: Person, at: datetime) -> None:
    """A face that was not named just before a PIN or a badge at the same camera was theirs, if theirs is enrolled.

    If it is not, or they chose another way, they did not try their face at all: that they stood there is no failure.
    """
    organization = camera.organization
    nameless = PathTry.objects.filter(
        organization=organization,
        camera=camera,
        person=None,
        path=PathTry.Path.FACE,
        succeeded=False,
        occurred_at__range=(at - FELL_BACK, at),
    )
    newest = nameless.order_by("-occurred_at").first()
    if newest is None:
        return
    if person.declines_face or not active_references(organization, person).exists():
        newest.delete()
        return
    newest.person = person
    newest.save(update_fields=["person"])


@job("attendance.forget_tries", every=timedelta(hours=6))
def forget_tries(organization: Organization) -> None:
    """Delete tries older than KEPT."""
    PathTry.objects.filter(organization=organization, occurred_at__lt=timezone.now() - KEPT).delete()
