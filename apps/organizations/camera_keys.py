"""Cameras as principals: a code shown once makes a device's key known, and then the key speaks for the camera.

A camera has one device: pairing another one removes the first. Guessing is counted per address and over all of them;
an unknown, an expired and a used code are answered alike.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.organizations import audit, camera_proofs, doors
from apps.organizations.errors import CodedError
from apps.organizations.models import Camera, CameraKey, Organization, Pairing, User
from apps.organizations.tenancy import acting_for

# Without 0 and O, 1 and I: 32 characters, 40 bits a code.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # pragma: allowlist secret  (the alphabet of codes)
CODE_CHARACTERS = 8
CODE_LIFETIME = timedelta(minutes=10)
NONCE_SECONDS = 60 * 60  # a tablet may show the empty form for a while
# The second bounds guessing from many addresses; somebody may so keep others from pairing, not from punching.
MOST_WRONG, MOST_WRONG_ANYWHERE = 5, 100
LOCK_SECONDS = 10 * 60
SEEN_EVERY = timedelta(seconds=60)
_NONCES = signing.TimestampSigner(salt="apps.organizations.camera_keys")


class PairingRefused(CodedError):
    """A code that pairs nothing, or too many of them."""

    code = "pairing_code_wrong"
    status = 422


@dataclass(frozen=True, slots=True)
class PairingRequest:
    """What a device sends to be paired: the code that was typed, its public key, and the proof that it holds it."""

    code: str
    public_key: bytes
    nonce: str
    proof: bytes
    origin: str


@transaction.atomic
def new_pairing(*, organization: Organization, camera: Camera, author: User) -> str:
    """A new code for this camera, the only time it can be read. A code given out before ends."""
    code, now = "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS)), timezone.now()
    Pairing.objects.filter(organization=organization, camera=camera, used_at=None, expires_at__gt=now).update(
        expires_at=now
    )
    pairing = Pairing.objects.create(
        organization=organization,
        camera=camera,
        code_hash=code_hash(code),
        created_by=author,
        expires_at=now + CODE_LIFETIME,
    )
    audit.record(organization=organization, action="pairing.create", subject=pairing, new={"camera": camera.pk})
    return code


def shown(code: str) -> str:
    """The code as people read it: XXXX-XXXX."""
    return f"{code[:4]}-{code[4:]}"


def typed(text: str) -> str:
    """The code that was meant, however it was typed."""
    return "".join(one for one in text.upper() if one.isalnum())


def code_hash(code: str) -> str:
    # 40 bits are few: keyed, so that a copy of the table tells nothing.
    return salted_hmac("pairing code", code, algorithm="sha256").hexdigest()


def new_nonce() -> str:
    """What the pairing page gives a device to sign; nothing is kept of it."""
    return _NONCES.sign(secrets.token_urlsafe(16))


def pair(*, request: PairingRequest, address: str, at: datetime) -> CameraKey:
    """Make the device's key the camera's. Raises PairingRefused; a wrong code is counted for the device's address."""
    _refuse_guessing(address)
    code = typed(request.code)
    if not _is_proven(request, code):
        raise PairingRefused("This page is too old, or was tampered with. Load it again.", code="pairing_unproven")
    found = doors.pairing_of(code_hash(code))
    if found:
        with acting_for(found.organization_id):
            key = _pair(found, request.public_key, at)
        if key:
            return key
    _count_wrong(address)
    raise PairingRefused("This code is not valid. A code works once, for ten minutes. Ask for a new one.")


@transaction.atomic
def _pair(found: doors.Found, public_key: bytes, at: datetime) -> CameraKey | None:
    # Locked: of two devices with one code, one is paired.
    pairings = Pairing.objects.filter(organization=found.organization_id, pk=found.id)
    pairing = pairings.select_for_update(of=("self",)).select_related("camera", "organization").get()
    if pairing.used_at or pairing.expires_at <= at or not pairing.camera.is_active:
        return None
    pairing.used_at = at
    pairing.save(update_fields=["used_at"])
    for key in keys_of(pairing.organization, pairing.camera).filter(revoked_at=None):
        revoke_key(organization=pairing.organization, key=key, reason="replaced by another device")
    return _keep(pairing, public_key, at)


def _keep(pairing: Pairing, public_key: bytes, at: datetime) -> CameraKey:
    key = CameraKey(
        organization=pairing.organization,
        camera=pairing.camera,
        fingerprint=camera_proofs.fingerprint_of(public_key),
        public_key=public_key,
        paired_by=pairing.created_by,
        paired_at=at,
    )
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError:
        raise PairingRefused("This device was paired before. Load the page again.", code="pairing_key_used") from None
    with audit.acting_as(audit.Actor("camera", key.pk)):
        new = {"camera": key.camera_id, "fingerprint": key.fingerprint}
        audit.record(organization=pairing.organization, action="camera_key.pair", subject=key, new=new)
    return key


@transaction.atomic
def revoke_key(*, organization: Organization, key: CameraKey, reason: str = "") -> CameraKey:
    """End a device: its socket closes and never opens again. A key that ended already stays as it is."""
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        new = {"revoked_at": key.revoked_at}
        audit.record(organization=organization, action="camera_key.revoke", subject=key, new=new, reason=reason)
    return key


def keys_of(organization: Organization, camera: Camera) -> "QuerySet[CameraKey]":
    """The devices this camera had, the newest first."""
    keys = CameraKey.objects.filter(organization=organization, camera=camera)
    return keys.select_related("paired_by").order_by("-paired_at")


def live_key(organization_id: UUID, key_id: UUID) -> CameraKey | None:
    """A key that was not revoked, of a camera in use; its last sight is noted once a minute."""
    now = timezone.now()
    keys = CameraKey.objects.filter(
        organization=organization_id, pk=key_id, revoked_at=None, camera__is_active=True
    ).select_related("camera", "camera__site", "organization")
    key = keys.first()
    if key and (key.seen_at is None or now - key.seen_at > SEEN_EVERY):
        # An update() sends no signal: being seen is no reason to ask again.
        CameraKey.objects.filter(organization=organization_id, pk=key.pk).update(seen_at=now)
    return key


def _is_proven(request: PairingRequest, code: str) -> bool:
    try:
        _NONCES.unsign(request.nonce, max_age=NONCE_SECONDS)
    except signing.BadSignature:
        return False
    fingerprint = camera_proofs.fingerprint_of(request.public_key)
    text = camera_proofs.pairing_text(nonce=request.nonce, code=code, fingerprint=fingerprint, origin=request.origin)
    return camera_proofs.is_signed(request.public_key, request.proof, text)


def _refuse_guessing(address: str) -> None:
    counted = cache.get_many([_counter(address), _counter("")])
    if counted.get(_counter(address), 0) >= MOST_WRONG or counted.get(_counter(""), 0) >= MOST_WRONG_ANYWHERE:
        raise PairingRefused(
            f"Too many wrong codes. Wait {LOCK_SECONDS // 60} minutes, then ask for a new one.",
            code="pairing_locked",
            status=429,
        )


def _count_wrong(address: str) -> None:
    for counter in (_counter(address), _counter("")):
        if not cache.add(counter, 1, LOCK_SECONDS):
            cache.incr(counter)


def _counter(address: str) -> str:
    return f"pairing.wrong.{address}"
