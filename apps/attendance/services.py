"""Writes of attendance: a sighting becomes a punch or a coded refusal, exactly once."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.attendance import codes, seals, standing
from apps.attendance.errors import OutOfReach, PunchRefused, TimeRefused
from apps.attendance.models import ApproachTally, Direction, Liveness, PersonState, Punch, Sighting, Source
from apps.attendance.notices import announce
from apps.attendance.recompute import mark_stale
from apps.attendance.rules.clock import local_date
from apps.attendance.standing import Asked
from apps.organizations import audit
from apps.organizations.models import Camera, Organization, Site, User
from apps.people.models import Person
from apps.people.reach import Reach
from apps.people.selectors import people_within, sites_within
from apps.people.services import is_still_here

PERSON_INACTIVE = "person_inactive"
NONCE_TAKEN = "nonce_taken"
# A face leaves its sighting; a PIN and a badge may be in anybody's hands, so they leave an entry in the trail too.
HELD_BY_SOMEBODY: dict[str, str] = {Source.PIN: "punch.pin", Source.BADGE: "punch.badge"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sighting came to: `punched` with the new punch, or a code and the punch that stands already."""

    code: str
    person: Person
    punch: Punch | None
    direction: str

    @property
    def punched(self) -> bool:
        return self.code == codes.PUNCHED


@dataclass(frozen=True, slots=True)
class Presence:
    """What spoke for somebody being there, and not their picture: for the punch, and the number for the sighting."""

    liveness: str = Liveness.NONE
    review: str = ""
    p_real: float | None = None


UNTESTED = Presence()


@dataclass(frozen=True, slots=True)
class Fact:
    """What a punch row states; its fields are the row's."""

    direction: str
    attendance_date: date
    occurred_at: datetime
    site: Site
    source: str
    nonce: str
    camera: Camera | None = None
    recorded_by: User | None = None
    reason: str = ""
    liveness: str = Liveness.NONE
    review: str = ""

    @property
    def utc_offset_minutes(self) -> int:
        """How far the site's clock was ahead of UTC at this instant."""
        return offset_minutes(self.occurred_at, self.site.zone)


def offset_minutes(at: datetime, zone: ZoneInfo) -> int:
    """How far a clock of this zone is ahead of UTC at an instant."""
    return int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds() // 60)


@transaction.atomic
def record_sighting(
    *,
    organization: Organization,
    camera: Camera,
    person: Person,
    occurred_at: datetime,
    nonce: str,
    source: str = Source.FACE,
    hint: str = "",
    similarity: float | None = None,
    presence: Presence = UNTESTED,
) -> Outcome:
    """Book a recognised approach, a PIN or a badge: the punch its direction policy gives, or the coded refusal.

    The person's state row is locked, so of any number of calls at once each sees the others' punches. A nonce seen
    before gets the answer it got then. Raises PunchRefused for a person who left, and for another person's nonce.
    """
    if not is_still_here(organization=organization, person=person):
        raise PunchRefused("This person number is not active any more. Ask HR.", code=PERSON_INACTIVE)
    state = locked_state(organization, person)
    if known := _answered(organization, person, nonce):
        return known
    asked = Asked(occurred_at, camera.site, camera.policy, hint or camera.hint)
    decision = standing.decide(organization, person, state, asked)
    punch = state.last_punch
    if decision.is_kept:
        booked = (decision.direction, decision.date, occurred_at)
        fact = Fact(*booked, camera.site, source, nonce, camera, liveness=presence.liveness, review=presence.review)
        punch = _punch(state, fact, asked)
    standing.keep(state, decision.past, occurred_at)
    Sighting.objects.create(
        organization=organization,
        camera=camera,
        person=person,
        punch=punch,
        code=decision.code,
        source=source,
        similarity=similarity,
        p_real=presence.p_real,
        occurred_at=occurred_at,
        nonce=nonce,
    )
    if action := HELD_BY_SOMEBODY.get(source):
        new = {"code": decision.code, "camera": camera.pk, "punch": punch.pk if punch else None}
        audit.record(organization=organization, action=action, subject=person, new=new)
    return Outcome(decision.code, person, punch, decision.direction)


@transaction.atomic
def record_manual_punch(
    *,
    organization: Organization,
    reach: Reach,
    person: Person,
    site: Site,
    direction: str,
    occurred_at: datetime,
    author: User,
    reason: str,
    nonce: str,
) -> Punch:
    """Book what a supervisor saw. A past instant is kept as a fact and does not change where the person stands.

    Raises OutOfReach for somebody the author does not look after, TimeRefused for an instant that has not come yet.
    """
    if not people_within(organization, reach).filter(pk=person.pk).exists():
        raise OutOfReach("You look after nobody of this number. Ask HR to add their department or site to yours.")
    if not sites_within(organization, reach).filter(pk=site.pk).exists():
        raise OutOfReach("Nobody you look after comes to this site. Choose another site, or ask HR to add it to yours.")
    if occurred_at > timezone.now():
        raise TimeRefused("That time has not come yet. Enter when the person really came or left.")
    state = locked_state(organization, person)
    if known := Punch.objects.filter(organization=organization, nonce=nonce).first():
        return known
    asked = Asked(occurred_at, site, site.direction_policy, direction)
    punch = _late_or_now(
        organization,
        person,
        state,
        asked,
        Fact(
            direction,
            local_date(occurred_at, site.zone),
            occurred_at,
            site,
            Source.MANUAL,
            nonce,
            recorded_by=author,
            reason=reason,
        ),
    )
    new = {"person": person.pk, "site": site.pk, "direction": direction, "occurred_at": occurred_at, "reason": reason}
    audit.record(organization=organization, action="punch.manual", subject=punch, new=new)
    return punch


def record_export(*, organization: Organization, form: str, rows: int, chosen: Mapping[str, Any]) -> None:
    """Write down that punches leave as a file: how many, and which filter chose them."""
    new = {"format": form, "rows": rows, **{field: value for field, value in chosen.items() if value}}
    audit.record(organization=organization, action="punch.export", new=new)


def record_tries_export(*, organization: Organization, form: str, rows: int) -> None:
    """Write down that tries to punch, without names, leave as a file."""
    audit.record(organization=organization, action="tries.export", new={"format": form, "rows": rows})


@transaction.atomic
def record_refusal(
    *,
    organization: Organization,
    camera: Camera,
    person: Person,
    code: str,
    nonce: str,
    at: datetime,
    similarity: float | None = None,
    p_real: float | None = None,
) -> None:
    """Keep that an approach named this person and did not come to a punch by itself, such as `not_me`.

    Of somebody who left or was erased meanwhile nothing is kept.
    """
    if not is_still_here(organization=organization, person=person):
        return
    known = {"camera": camera, "person": person, "code": code, "source": Source.FACE, "occurred_at": at}
    measured = {"similarity": similarity, "p_real": p_real}
    Sighting.objects.get_or_create(organization=organization, nonce=nonce, defaults=known | measured)


@transaction.atomic
def count_approach(*, organization: Organization, camera: Camera, code: str, at: datetime) -> None:
    """Count an approach that named nobody; nothing else of it is kept."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    tally, _ = ApproachTally.objects.get_or_create(organization=organization, camera=camera, hour=hour, code=code)
    ApproachTally.objects.filter(organization=organization, pk=tally.pk).update(count=F("count") + 1)


def locked_state(organization: Organization, person: Person) -> PersonState:
    """The person's state, locked until the transaction ends; made on first use.

    `last_punch` is not joined: PostgreSQL reads a row again once it has the lock, but not what was joined to it, and
    whoever lost the race would see no last punch.
    """
    state, _ = PersonState.objects.select_for_update().get_or_create(organization=organization, person=person)
    return state


def _answered(organization: Organization, person: Person, nonce: str) -> Outcome | None:
    sighting = Sighting.objects.filter(organization=organization, nonce=nonce).select_related("punch").first()
    if sighting is None:
        return None
    if sighting.person_id != person.pk:
        raise PunchRefused("This was sent before for somebody else. Try again.", code=NONCE_TAKEN)
    direction = sighting.punch.direction if sighting.punch else Direction.OUT
    return Outcome(sighting.code, person, sighting.punch, direction)


def _late_or_now(organization: Organization, person: Person, state: PersonState, asked: Asked, fact: Fact) -> Punch:
    """Book a fact that somebody states: now it moves them, and a past one changes the days it belongs to."""
    latest = max((one for one in (state.punched_at, state.seen_at) if one), default=None)
    if latest is not None and asked.at < latest:
        return _punch(state, fact, asked)
    decision = standing.decide(organization, person, state, asked)
    punch = _punch(state, replace(fact, attendance_date=decision.date), asked)
    standing.keep(state, decision.past, asked.at)
    return punch


def _punch(state: PersonState, fact: Fact, asked: Asked) -> Punch:
    """Insert the fact, and have its days reckoned again."""
    punch = Punch(
        organization_id=state.organization_id,
        person_id=state.person_id,
        number=state.punches + 1,
        policy=asked.policy,
        hint=asked.hint,
        time_zone=fact.site.time_zone,
        utc_offset_minutes=fact.utc_offset_minutes,
        **{one.name: getattr(fact, one.name) for one in fields(fact)},
    )
    return book(state, punch)


def book(state: PersonState, punch: Punch) -> Punch:
    """Insert a punch, the next of the person whose state is locked, and have its days reckoned again."""
    seals.sealed(punch).save(force_insert=True)
    state.punches = punch.number
    if state.last_punch is None or punch.occurred_at >= state.last_punch.occurred_at:
        state.last_punch = punch
    state.save(update_fields=["punches", "last_punch"])
    mark_stale(organization=state.organization, person_id=state.person_id, day=punch.attendance_date)
    announce(punch)
    return punch
