"""System checks of the keys: whether what is stored opens, and whether each key has one use.

The ids go on where those of checks.py end.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from apps.organizations import doors, keyring
from apps.organizations.master_key import KEY_BYTES, KeyUnavailable, key_bytes, wrapper
from apps.organizations.models import OrganizationKey
from apps.organizations.start import StartRefused, before_start
from apps.organizations.tenancy import acting_for

MALFORMED = f"PLATFORM_KEY is not {KEY_BYTES} bytes in URL-safe base64."
GIVE = "Give the one that this site was started with; badges and the audit trail stand on it."


@before_start
def refuse_a_malformed_platform_key() -> None:
    """Raises StartRefused: without it no sign-in, badge or entry of the trail works, and each would crash."""
    try:
        key_bytes(settings.PLATFORM_KEY)
    except ValueError:
        raise StartRefused(f"{MALFORMED} {GIVE}", code="platform_key_malformed") from None


@register(Tags.security, deploy=True)
def platform_key_is_its_own(**kwargs: Any) -> list[CheckMessage]:
    """What seals history is 32 bytes, and in full mode not what opens faces."""
    try:
        refuse_a_malformed_platform_key()
    except StartRefused:
        return [Error(MALFORMED, hint=GIVE, id="organizations.E015")]
    if settings.EMBEDDED or settings.PLATFORM_KEY != settings.MASTER_KEY:
        return []
    hint = (
        "Give the present key as PLATFORM_KEY, for good; then a new MASTER_KEY, with the present one in "
        "MASTER_KEYS_BEFORE (docs/keys.md)."
    )
    return [Warning("PLATFORM_KEY and MASTER_KEY are the same.", hint=hint, id="organizations.W016")]


@register(Tags.database, deploy=True)
def stored_keys_open(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Every organization's key opens with the master key that is given; the ids of both stand in the message."""
    if not databases:
        return []
    try:
        said = Counter(problem.message for one in doors.organization_ids() if (problem := problem_in(one)))
    except DatabaseError:  # before the first migration there are no tables, so no keys either
        return []
    hint = "Faces are closed there until it is mended; PIN and badge work. See docs/keys.md."
    return [
        Error(f"{message} (organizations: {count})", hint=hint, id="organizations.E017")
        for message, count in said.most_common(MOST_SAID)
    ]


MOST_SAID = 10


def problem_in(organization_id: Any) -> KeyUnavailable | None:
    """Why one of this organization's keys does not open, or None."""
    with acting_for(organization_id):
        kept = OrganizationKey.objects.filter(organization=organization_id).values_list("purpose", flat=True).distinct()
        purposes = list(kept.order_by("purpose"))
        found = (keyring.problem_of(organization_id, purpose) for purpose in purposes)
        return next((one for one in found if one is not None), None)


def deployment_problem() -> KeyUnavailable | None:
    """Why this process opens nobody's key: none is given, or another one than the stored were wrapped with.

    An altered row closes faces in its own organization only, and is not named here.
    """
    try:
        wrapper().key_id()
    except KeyUnavailable as error:
        return error
    for organization_id in doors.organization_ids():
        with acting_for(organization_id):
            has_key = OrganizationKey.objects.filter(organization=organization_id).exists()
        problem = problem_in(organization_id) if has_key else None
        if has_key and (problem is None or problem.code != "key_altered"):
            return problem
    return None
