"""Badges: a code on a card or a phone that punches for its person; of the code itself only a keyed hash is kept.

A card that the organization hands out has a random code of 130 bits, shown once, as QR. A card that people have
already (an RFID card whose number a USB reader types) is adopted by reading it once; its number is as secret as the
card's maker made it.
"""

import hmac
import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.attendance import pins
from apps.attendance.errors import BadgeRefused, CardRefused
from apps.attendance.models import Badge
from apps.organizations import audit
from apps.organizations.models import Camera, Organization, User
from apps.organizations.platform_key import platform_key
from apps.people.models import Person

# Without I, O, 0 and 1, which are read for one another; all of it fits a QR code's compact alphabet.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # pragma: allowlist secret  (the alphabet of codes)
CODE_LETTERS = 26  # of 5 bits each
FEWEST_LETTERS, MOST_LETTERS = 4, 64
ENDING_LETTERS = 4

# What a camera's wrong badges are counted under; a typed number is in capitals, so it is never this one.
ANY_BADGE = "badge"
WRONG = gettext_noop("This badge is not known here. Try again, use your PIN, or ask your supervisor.")


def new_code() -> str:
    """A code nobody can guess, in letters that nobody mixes up."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS))


def read_code(text: str) -> str:
    """A code as it was read, however its reader writes letters and blanks."""
    return "".join(text.split()).upper()[: MOST_LETTERS + 1]


def hash_of(organization: Organization, code: str) -> str:
    """HMAC-SHA256 of a code under the organization's own key, 64 hex digits."""
    key = platform_key(organization.pk, "badges.v1")
    return hmac.digest(key, read_code(code).encode(), "sha256").hex()


@transaction.atomic
def issue_badge(*, organization: Organization, person: Person, issued_by: User) -> tuple[Badge, str]:
    """A new card of this person, and its code, the only time it can be read."""
    code = new_code()
    badge = Badge.objects.create(
        organization=organization,
        person=person,
        code_hash=hash_of(organization, code),
        ending=code[-ENDING_LETTERS:],
        issued_by=issued_by,
    )
    audit.record(organization=organization, action="badge.issue", subject=badge, new=_facts(badge))
    return badge, code


@transaction.atomic
def adopt_card(*, organization: Organization, person: Person, code: str, issued_by: User) -> Badge:
    """Let a card this person has already stand for them. Read twice, it is adopted once.

    A card that was revoked may be handed on: it is then its new holder's. Raises CardRefused for what is no card's
    number, and for somebody else's card.
    """
    number = read_code(code)
    if not FEWEST_LETTERS <= len(number) <= MOST_LETTERS or not (number.isascii() and number.isprintable()):
        raise CardRefused(_("This does not look like a card’s number. Hold the card to the reader once more."))
    new = {"person": person, "ending": number[-ENDING_LETTERS:], "issued_by": issued_by}
    badge, made = Badge.objects.select_for_update(of=("self",)).get_or_create(
        organization=organization, code_hash=hash_of(organization, number), defaults=new
    )
    if not made and badge.revoked_at is None:
        if badge.person_id == person.pk:
            return badge
        raise CardRefused(_("This card stands for somebody else. Revoke it on their page first."), code="card_taken")
    if not made:
        badge.person, badge.issued_by, badge.issued_at, badge.revoked_at = person, issued_by, timezone.now(), None
        badge.save(update_fields=["person", "issued_by", "issued_at", "revoked_at"])
    audit.record(organization=organization, action="badge.adopt", subject=badge, new=_facts(badge))
    return badge


@transaction.atomic
def revoke_badge(*, organization: Organization, badge: Badge) -> None:
    """The card punches for nobody from now on. Revoked twice, it is revoked once."""
    now = timezone.now()
    if Badge.objects.filter(organization=organization, pk=badge.pk, revoked_at=None).update(revoked_at=now):
        audit.record(organization=organization, action="badge.revoke", subject=badge, old=_facts(badge))


def _facts(badge: Badge) -> dict[str, object]:
    return {"person": badge.person_id}


def person_by_badge(*, organization: Organization, camera: Camera, code: str, at: datetime) -> Person:
    """Whose badge this is. Raises BadgeRefused, in the same words for an unknown, a revoked and a leaver's badge.

    Wrong badges are counted for the camera as wrong PINs are, but apart from them: whoever holds up nonsense must not
    take the PIN away from the others.
    """
    pins.wait_for(organization, camera, ANY_BADGE, at)
    if minutes := pins.minutes_locked(organization, camera, ANY_BADGE, at):
        words = _("Too many unknown badges. Try again in %(minutes)d min, or use your PIN.") % {"minutes": minutes}
        raise BadgeRefused(words, code="badge_locked", status=429)
    kept = Badge.objects.filter(organization=organization, code_hash=hash_of(organization, code), revoked_at=None)
    badge = kept.filter(person__is_active=True).select_related("person").first()
    if badge is None:
        _count_failure(organization, camera, at)
        raise BadgeRefused(_(WRONG), keeps=True)
    return badge.person


@audit.held()
def _count_failure(organization: Organization, camera: Camera, at: datetime) -> None:
    pins.count_one(organization, camera, ANY_BADGE, pins.MOST_FAILURES_A_CAMERA, at)
