"""Shadow mode: after an answer was sent, the next engine looks at the same frame, and only how it fared is counted.

It never decides. Looked at are approaches of people who have references of both engines; each engine searches its own
space.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from apps.enrollment.engine_choice import chosen_engine_name, next_engine_name
from apps.enrollment.gallery import gallery_for
from apps.enrollment.lines import lines_for
from apps.enrollment.models import ShadowTally
from apps.organizations.models import Organization
from apps.recognition.engine import Engine, engine_named
from apps.recognition.shapes import Image, Purpose, Refusal

SAMPLED = 5
"""Of so many accepted approaches one is looked at: the frame worker has its next frame to see to."""
ENOUGH = 100
MOST_OTHER = 0.01
MOST_NOBODY = 0.1
"""One frame against an approach of several: a refused frame, or one below the line, counts as nobody."""
SAME, OTHER, NOBODY = "same", "other", "nobody"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often the next engine named whom the present one had accepted."""

    same: int = 0
    other: int = 0
    nobody: int = 0

    @property
    def looks(self) -> int:
        return self.same + self.other + self.nobody

    def __add__(self, more: "Agreement") -> "Agreement":
        return Agreement(self.same + more.same, self.other + more.other, self.nobody + more.nobody)

    def lacks(self) -> list[str]:
        """What speaks against the next engine, each as a sentence with its figures; empty when nothing does."""
        if self.looks < ENOUGH:
            return [f"The next engine looked at {self.looks} approaches; {ENOUGH} are wanted."]
        found = []
        if self.other > MOST_OTHER * self.looks:
            found.append(f"It named somebody else in {self.other} of {self.looks} approaches; 1 in 100 may be.")
        if self.nobody > MOST_NOBODY * self.looks:
            found.append(f"It named nobody in {self.nobody} of {self.looks} approaches; 1 in 10 may be.")
        return found


def is_sampled(approach_id: str) -> bool:
    """Whether this approach is one of those looked at; its id is a number of chance."""
    return bool(next_engine_name()) and int(approach_id, 16) % SAMPLED == 0


def look(organization: Organization, person_id: UUID, image: Image) -> None:
    """Let the next engine look at a frame of an accepted approach, and count what it made of it."""
    name = next_engine_name()
    if not name:
        return
    try:
        found = compare(organization, person_id, engine_named(name), image)
    except Exception:  # the answer was sent; an engine that is tried out must not disturb the next frame
        log.exception("the next engine %s failed in shadow mode", name)
        return
    if found is not None:
        count(organization=organization, next_engine=name, outcome=found)


def compare(organization: Organization, person_id: UUID, engine: Engine, image: Image) -> str | None:
    """Whom this engine names in its own space: SAME, OTHER or NOBODY; None for who has no references there."""
    gallery = gallery_for(organization, engine.space)
    if person_id not in gallery.person_ids:
        return None
    seen = engine.see(image, Purpose.PUNCH)
    if isinstance(seen, Refusal):
        return NOBODY
    nearest = gallery.nearest(gallery.turned(seen.vector), top=1)[0]
    if nearest.similarity < lines_for(organization, engine, len(gallery)).confirm:
        return NOBODY
    return SAME if nearest.person_id == person_id else OTHER


@transaction.atomic
def count(*, organization: Organization, next_engine: str, outcome: str) -> None:
    """Add one to the day's tally."""
    tally, _ = ShadowTally.objects.get_or_create(
        organization=organization,
        engine=chosen_engine_name() or "",
        next_engine=next_engine,
        day=timezone.now().date(),
    )
    ShadowTally.objects.filter(organization=organization, pk=tally.pk).update(**{outcome: F(outcome) + 1})


def agreement_of(organization: Organization, present: str, next_engine: str) -> Agreement:
    """What was counted in this organization since the next engine is filled beside this one."""
    tallies = ShadowTally.objects.filter(organization=organization, engine=present, next_engine=next_engine)
    sums = tallies.aggregate(same=Sum("same"), other=Sum("other"), nobody=Sum("nobody"))
    return Agreement(**{name: total or 0 for name, total in sums.items()})
