"""Terms that the operator accepts before an engine is used: kept in the model store, beside its recorded files."""

from datetime import UTC, datetime

from . import store
from .errors import LicenceNotAccepted
from .registry import Entry


def accepted_at(entry: Entry) -> str | None:
    """Return when the terms of this engine, as they read now, were accepted here (ISO 8601), or None."""
    noted = store.noted(_key(entry))
    return noted.get("at") if noted.get("terms") == _terms(entry) else None


def accept(entry: Entry) -> None:
    """Record that the operator accepts the terms, unless they are recorded already."""
    if accepted_at(entry) is None:
        store.note(_key(entry), {"terms": _terms(entry), "at": datetime.now(UTC).isoformat(timespec="seconds")})


def require(entry: Entry) -> None:
    """Raise LicenceNotAccepted where the terms must be accepted and were not."""
    if entry.terms.must_be_accepted and accepted_at(entry) is None:
        raise LicenceNotAccepted(
            "licence_not_accepted",
            f"{_terms(entry)} If these terms allow what you do, run "
            f"`manage.py facemodels pull --engine {entry.name} --accept-licence`.",
        )


def _terms(entry: Entry) -> str:
    return f"{entry.terms.text}. {entry.terms.limits}".strip()


def _key(entry: Entry) -> str:
    return f"licence of {entry.name}"
