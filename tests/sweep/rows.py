"""One row of every guarded model in an organization, built by the types of its fields; its text is a canary.

A new model is covered by being there. One that cannot be built from its types alone fails with "add a recipe".
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from apps.attendance.models import ApproachTally, PathTry, PersonState, PinLock, Punch, Sighting
from apps.enrollment.models import (
    Consent,
    ConsentText,
    DuplicateCase,
    EnrollmentInvitation,
    EnrollmentSession,
    LookAlike,
    OwnLine,
    PersonKey,
    PrivacyRules,
    Reference,
    ShadowTally,
)
from apps.organizations.camera_keys import code_hash
from apps.organizations.models import (
    AuditEntry,
    AuditHead,
    Camera,
    CameraKey,
    Credential,
    Invitation,
    Job,
    Membership,
    Organization,
    OrganizationKey,
    Pairing,
    PlatformVisit,
    Role,
    Site,
    User,
)
from apps.organizations.tenancy import GuardedModel, acting_for
from apps.people.models import ErasureReceipt, Person, Responsibility
from apps.recognition.shapes import Vector
from tests.organizations.devices import Device
from tests.sweep.faces import ENTRY, SPACE, seal_face, vector_of

CANARY = "CANARYB"
# What a kiosk of B sent with a sighting; A's sends it too, and must not be answered with B's.
NONCE = uuid.UUID(int=71)
Row = Any


def guarded_models() -> list[type[GuardedModel]]:
    """Every table that an organization owns, found in the registry of apps."""
    return [model for model in apps.get_models() if issubclass(model, GuardedModel) and model is not Organization]


@dataclass
class Place:
    """An organization with its people and one row of every model; secrets are those that its rows are hashes of."""

    tag: str
    organization: Organization
    users: dict[str, User] = field(default_factory=dict)
    rows: dict[type[models.Model], Row] = field(default_factory=dict)
    device: Device = field(default_factory=Device)

    @property
    def slug(self) -> str:
        return self.organization.slug

    def secret(self, kind: str) -> str:
        """The secret whose hash stands in this organization's row of this kind."""
        return hashlib.sha256(f"{self.tag} {kind}".encode()).hexdigest()[:43]

    @property
    def is_canary(self) -> bool:
        return self.tag == CANARY

    @property
    def vector(self) -> Vector:
        """The face of everybody here."""
        return vector_of(self.is_canary)

    @property
    def code(self) -> str:
        """The pairing code of this organization's camera."""
        return self.secret("pairing")[:8].upper().replace("0", "2").replace("1", "3")


def sha256(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


Recipe = Callable[[Place], Any]
# What the type of a field does not say: a zone that exists, one of two that exclude each other, hashes of secrets.
RECIPES: dict[tuple[type[models.Model], str], Recipe] = {
    (Site, "time_zone"): lambda place: "Europe/Zurich",
    (Site, "liveness_policy"): lambda place: "strict" if place.is_canary else "off",
    (Camera, "direction_policy"): lambda place: "",
    (Punch, "time_zone"): lambda place: "Europe/Zurich",
    (PersonState, "punches"): lambda place: 1,
    (PersonState, "punched_at"): lambda place: timezone.now() - timedelta(minutes=2),
    (PinLock, "number"): lambda place: "E-1",
    (PinLock, "locked_until"): lambda place: timezone.now() + timedelta(hours=1) if place.is_canary else None,
    (Sighting, "nonce"): lambda place: f"pin.{NONCE}" if place.tag == CANARY else "pin.another",
    (Sighting, "code"): lambda place: "punched",
    (Sighting, "similarity"): lambda place: 0.95,
    (ApproachTally, "code"): lambda place: "unknown",
    (OwnLine, "space"): lambda place: SPACE,
    (OwnLine, "lowest"): lambda place: {"1": 0.9},
    (LookAlike, "space"): lambda place: SPACE,
    (Responsibility, "site"): lambda place: None,
    (Responsibility, "membership"): lambda place: member(place, Role.SUPERVISOR),
    (Membership, "role"): lambda place: Role.OWNER,
    # The same number in both, and in B a newer text: what forgets its organization finds two, or the wrong one.
    (Person, "external_id"): lambda place: "E-1",
    (ConsentText, "version"): lambda place: 1 if place.tag != CANARY else 2,
    # Of age in A: a consent that a guardian gave would be due again, and open no camera.
    (Consent, "guardian"): lambda place: f"{CANARY}-consent-guardian" if place.is_canary else "",
    (PersonKey, "version"): lambda place: 99,
    (Reference, "is_active"): lambda place: True,
    (Reference, "space"): lambda place: SPACE,
    (Job, "kind"): lambda place: "enrollment.end_stale_sessions",
    (EnrollmentSession, "started_at"): lambda place: timezone.now() - timedelta(hours=2),
    (EnrollmentSession, "seen_at"): lambda place: timezone.now() - timedelta(hours=2 * place.is_canary),
    (Person, "user"): lambda place: place.users[Role.EMPLOYEE],
    (Person, "invitation"): lambda place: None,
    (Invitation, "token_hash"): lambda place: sha256(place.secret("invitation")),
    (Invitation, "role"): lambda place: Role.AUDITOR,
    (Invitation, "accepted_by"): lambda place: None,
    (Pairing, "code_hash"): lambda place: code_hash(place.code),
    (Pairing, "expires_at"): lambda place: timezone.now() + timedelta(minutes=10),
    (CameraKey, "fingerprint"): lambda place: place.device.fingerprint,
    (CameraKey, "public_key"): lambda place: place.device.public_key,
    (Credential, "secret_hash"): lambda place: sha256(place.secret("credential")),
    (PlatformVisit, "user"): lambda place: place.users["gone visitor"],
    (PlatformVisit, "ended_at"): lambda place: timezone.now(),
    (AuditEntry, "subject_kind"): lambda place: "people.Person",
    (AuditEntry, "old"): lambda place: json.dumps({"name": f"{place.tag}-old"}),
    (AuditEntry, "new"): lambda place: json.dumps({"name": f"{place.tag}-new"}),
    (AuditHead, "sequence"): lambda place: 1,
    (PrivacyRules, "filled_at"): lambda place: timezone.now(),
    (PrivacyRules, "reference_days"): lambda place: 77 if place.is_canary else 99,
    (PrivacyRules, "face_mode"): lambda place: True,
    (EnrollmentInvitation, "token_hash"): lambda place: sha256(place.secret("enrollment invitation")),
    (DuplicateCase, "space"): lambda place: SPACE,
    (ShadowTally, "engine"): lambda place: ENTRY.name,
    (ShadowTally, "next_engine"): lambda place: ENTRY.name,
    (ShadowTally, "same"): lambda place: 7 if place.is_canary else 1,
    (PathTry, "succeeded"): lambda place: True,
    (ErasureReceipt, "body"): lambda place: receipt_of(place.tag),
}


def receipt_of(tag: str) -> str:
    told = {"destroyed": {}, "pseudonymised": {}, "kept": {}, "keys_destroyed": [], "reason": "asked"}
    return json.dumps(told | {"rules_version": f"{tag}-rules"})


def member(place: Place, role: str) -> Membership:
    return Membership.objects.get(organization=place.organization, user=place.users[role])


def found(tag: str) -> Place:
    """A bare organization: members in every role, and nothing else."""
    organization = Organization(name=f"{tag}-organization", slug=f"{tag.lower()}-place")
    place = Place(tag, organization)
    with acting_for(organization):
        organization.save()
        for role in Role:
            place.users[role] = person_of(tag, role)
            Membership.objects.create(organization=organization, user=place.users[role], role=role)
    place.users["gone visitor"] = person_of(tag, "gone", is_staff=True)
    return place


def person_of(tag: str, name: str, **fields: Any) -> User:
    email = f"{tag}-{name}@example.org".lower()
    return User.objects.create_user(email, f"pass of {email}", **fields)


def password_of(user: User) -> str:
    return f"pass of {user.email}"


def furnish(place: Place) -> Place:
    """Build the rows, in the order of their foreign keys."""
    with acting_for(place.organization):
        place.rows[Organization] = place.organization
        place.rows[Membership] = member(place, Role.OWNER)
        todo = [model for model in guarded_models() if model not in place.rows]
        while todo:
            ready = [model for model in todo if needs(model) <= set(place.rows) | {model}]
            assert ready, f"{[model._meta.label for model in todo]} need each other: add a recipe"
            for model in ready:
                place.rows[model] = build(place, model)
                todo.remove(model)
        face = place.rows[Reference]
        made = [place.rows[PersonKey], place.rows[OrganizationKey]]
        seal_face(face, place.vector)
        for row in made:  # keys are wrapped bytes, which no recipe can make up
            row.delete()
        place.rows[PersonKey], place.rows[OrganizationKey] = face.key, OrganizationKey.objects.get()
    return place


def needs(model: type[models.Model]) -> set[Any]:
    return {one.related_model for one in tied(model) if (model, one.name) not in RECIPES}


def tied(model: type[models.Model]) -> Iterator[Any]:
    """Its foreign keys to rows of organizations."""
    for one in model._meta.concrete_fields:
        if isinstance(one, models.ForeignKey) and issubclass(one.related_model, GuardedModel):
            yield one


def build(place: Place, model: type[models.Model]) -> Row:
    values = {}
    for one in model._meta.concrete_fields:
        if not one.primary_key:
            recipe = RECIPES.get((model, one.name))
            values[one.name] = recipe(place) if recipe else value_of(place, model, one)
        elif place.is_canary and isinstance(one, models.UUIDField):
            values[one.name] = uuid.UUID(int=uuid.uuid4().int >> 16)  # the first, for what takes the first by key
    return model._default_manager.create(**values)


def value_of(place: Place, model: type[models.Model], one: Any) -> Any:
    """A value for this field, by its type."""
    if isinstance(one, models.ForeignKey):
        return place.rows[one.related_model] if one.related_model in place.rows else place.users[Role.OWNER]
    if one.choices:
        return one.choices[0][0]
    if isinstance(one, models.DateTimeField):
        return None if one.null else timezone.now() + timedelta(hours="expires" in one.name)
    if isinstance(one, models.CharField | models.TextField):
        return text_of(place, model, one)
    if one.has_default() or one.null:
        return one.get_default()
    return plain_value(place, model, one)


def text_of(place: Place, model: type[models.Model], one: Any) -> str:
    words = f"{place.tag}-{model._meta.model_name}-{one.name}"
    if isinstance(one, models.EmailField):
        return f"{words}@example.org".lower()
    if one.unique:
        words = f"{place.tag}-{uuid.uuid4().hex}"
    return words[: one.max_length]


def plain_value(place: Place, model: type[models.Model], one: Any) -> Any:
    if isinstance(one, models.BinaryField):
        return place.tag.encode()
    if isinstance(one, models.IntegerField | models.FloatField):
        return 1
    if isinstance(one, models.DateField):
        return timezone.now().date()
    raise AssertionError(f"{model._meta.label}.{one.name}: no value is known for a {type(one).__name__}: add a recipe")
