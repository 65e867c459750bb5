"""Reads of the tests of cameras with pictures held up to them, and what their counts say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from apps.attendance.models import SpoofCount, SpoofTest
from apps.attendance.spoof_tests import ATTACKS, MOST_ACCEPTED
from apps.organizations.models import Camera, Organization
from apps.organizations.selectors import cameras_of
from apps.recognition.liveness.figures import Count, Rate, apcer, bpcer, face_alone_allowed, headline, in_words

Species = SpoofCount.Species
# So many tries of a kind, none of them accepted, show a share below MOST_ACCEPTED with 95 % confidence.
ENOUGH_TRIES = 29
ICONS = {
    Species.LIVE: "user",
    Species.PRINT: "file-text",
    Species.PHONE: "device-mobile",
    Species.MONITOR: "device-desktop",
}
PLURALS = {
    Species.LIVE: _("live faces"),
    Species.PRINT: _("printed photos"),
    Species.PHONE: _("phones or tablets"),
    Species.MONITOR: _("monitors or laptops"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a test saw of one kind of presentation: for attacks the share accepted, for live faces the share not."""

    species: str
    label: Any
    icon: str
    tries: int
    accepted: int
    unanswered: int
    rate: Rate
    words: str

    @property
    def is_attack(self) -> bool:
        return self.species in ATTACKS


@dataclass(frozen=True, slots=True)
class Result:
    """A test with what its counts come to."""

    test: SpoofTest
    kinds: tuple[Kind, ...]
    worst: Rate | None
    """The kind of attack accepted most often; None while none was held up."""
    is_face_enough: bool
    is_enough: bool
    """Whether every kind that was held up was tried often enough to rely on."""

    @property
    def worst_label(self) -> Any:
        return Species(self.worst.species).label if self.worst else ""


@dataclass(frozen=True, slots=True)
class CameraResult:
    """A camera, and the test that speaks for it."""

    camera: Camera
    result: Result | None


def tests_of(organization: Organization, camera: Camera) -> "QuerySet[SpoofTest]":
    """The tests of a camera, the newest first, those that still run included."""
    tests = SpoofTest.objects.filter(organization=organization, camera=camera)
    return tests.select_related("taken_by", "camera__site").prefetch_related("counts").order_by("-started_at", "id")


def test_of(organization: Organization, test_id: UUID) -> SpoofTest | None:
    """One test with its camera, ended or not."""
    tests = SpoofTest.objects.filter(organization=organization, pk=test_id)
    return tests.select_related("camera__site", "taken_by").prefetch_related("counts").first()


def results_by_camera(organization: Organization) -> list[CameraResult]:
    """Every camera in use with its newest test that held up an attack, in four queries however many there are."""
    attacks = SpoofCount.objects.filter(organization=organization, species__in=ATTACKS, tries__gt=F("unanswered"))
    held_up = attacks.filter(test=OuterRef("pk"))
    ended = SpoofTest.objects.filter(organization=organization, camera=OuterRef("pk"), ended_at__isnull=False)
    newest = ended.filter(Exists(held_up)).order_by("-ended_at").values("pk")[:1]
    cameras = list(cameras_of(organization).filter(is_active=True).annotate(newest_test=Subquery(newest)))
    tests = SpoofTest.objects.filter(organization=organization).prefetch_related("counts")
    found = tests.in_bulk([camera.newest_test for camera in cameras if camera.newest_test])
    return [CameraResult(one, result_of(found[one.newest_test]) if one.newest_test else None) for one in cameras]


def result_of(test: SpoofTest) -> Result:
    """What the counts of a test come to. Its counts are read with it."""
    rows = {count.species: count for count in test.counts.all()}
    kinds = tuple(_kind(species, rows.get(species)) for species in Species.values)
    counts = [Count(one.species, one.tries, one.accepted, one.unanswered) for one in kinds]
    return Result(
        test,
        kinds,
        headline(counts),
        face_alone_allowed(counts, MOST_ACCEPTED),
        is_enough=_is_enough([one for one in kinds if one.is_attack and one.tries]),
    )


def _is_enough(tried: Sequence[Kind]) -> bool:
    return bool(tried) and all(one.tries >= ENOUGH_TRIES for one in tried)


def _kind(species: str, row: SpoofCount | None) -> Kind:
    tries, accepted, unanswered = (row.tries, row.accepted, row.unanswered) if row else (0, 0, 0)
    count = Count(species, tries, accepted, unanswered)
    known = Species(species)
    rate = bpcer(count) if species == Species.LIVE else apcer(count)
    words = in_words(accepted, tries, str(PLURALS[known]))
    return Kind(species, known.label, ICONS[known], tries, accepted, unanswered, rate, words)
