"""Who is not named by face alone: people so near to each other that a camera could take one for the other."""

import threading
import time
from uuid import UUID

from apps.enrollment import cases
from apps.enrollment.models import GalleryVersion, LookAlike
from apps.organizations.models import Organization

KEEP_SECONDS = 60.0

_kept: dict[tuple[UUID, str], tuple[float, UUID, frozenset[UUID]]] = {}
_lock = threading.Lock()


def needs_second_factor(organization: Organization, space: str) -> frozenset[UUID]:
    """The people whose face is not enough here: in a noted pair, or in a case that nobody has decided.

    Kept as long as the gallery is: whoever writes a pair or a case renews the gallery's version.
    """
    version = GalleryVersion.objects.filter(organization=organization).values_list("token", flat=True).first()
    with _lock:
        made_at, known, people = _kept.get((organization.pk, space), (0.0, None, frozenset()))
    if version is not None and known == version and time.monotonic() - made_at < KEEP_SECONDS:
        return people
    people = _read(organization, space)
    if version is not None:
        with _lock:
            _kept[organization.pk, space] = (time.monotonic(), version, people)
    return people


def _read(organization: Organization, space: str) -> frozenset[UUID]:
    """Of a case whose visit waits only the one who is enrolled counts; of the other no gallery knows."""
    pairs = LookAlike.objects.filter(organization=organization, space=space).values_list("person_id", "other_id")
    undecided = cases.open_cases(organization).filter(space=space, session=None).values_list("person_id", "other_id")
    return frozenset(one for pair in (*pairs, *undecided) for one in pair)


def forget() -> None:
    """Drop what this process keeps (tests)."""
    with _lock:
        _kept.clear()
