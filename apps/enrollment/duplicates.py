"""One face under two people: what was taken waits, inactive, until a person decides."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from django.utils.translation import gettext as _

from apps.enrollment import gallery, impostors, services
from apps.enrollment.lines import lines_for
from apps.enrollment.models import EnrollmentSession
from apps.enrollment.progress import Progress
from apps.organizations.models import Organization
from apps.recognition.engine import Engine
from apps.recognition.shapes import Vector


def hold_or_complete(
    organization: Organization, session: EnrollmentSession, engine: Engine, vectors: Sequence[Vector]
) -> Progress:
    """Complete the visit, unless the face belongs to somebody else who is enrolled.

    `vectors` are as the gallery holds them: of the engine's space, in the organization's own rotation.
    """
    others = gallery.gallery_for(organization, engine.space)
    lines = lines_for(organization, engine, len(others))
    if somebody_else(vectors, others, session.person_id, lines.accept or lines.confirm):
        services.cancel_session(organization=organization, session=session)
        hint = _("This face is enrolled under another person number. Ask HR to look at both records.")
        return Progress(0, code="already_enrolled", hint=hint, final=True)
    accepted = services.complete_session(organization=organization, session=session)
    impostors.note(organization, engine, session.person_id)
    return Progress(accepted)


def somebody_else(vectors: Sequence[Vector], others: gallery.Gallery, person_id: UUID, threshold: float) -> UUID | None:
    """The other enrolled person whom these frames show, by the mean of the frames' similarities, or None."""
    if not len(others):
        return None
    means = np.mean([others.matrix @ vector for vector in vectors], axis=0)
    means[[other == person_id for other in others.person_ids]] = -1.0
    best = int(np.argmax(means))
    return others.person_ids[best] if means[best] >= threshold else None
