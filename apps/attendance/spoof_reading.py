"""Reads of the tests of cameras with pictures held up to them, and what their counts say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.attendance.models import SpoofCount, SpoofTest
from apps.attendance.spoof_tests import ATTACKS, MOST_ACCEPTED, counted, speaking_counts
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
    """What was seen of one kind of presentation: for attacks the share accepted, for live faces the share not."""

    species: str
    label: Any
    plural: Any
    icon: str
    count: Count
    rate: Rate
    words: str
    counted_on: datetime | None
    """When the test that counted it ended; None while it runs, and where the kind was not held up."""

    @property
    def is_attack(self) -> bool:
        return self.species in ATTACKS

    @property
    def is_too_many(self) -> bool:
        """Whether it alone makes the camera ask for the PIN."""
        return not face_alone_allowed([self.count], MOST_ACCEPTED)

    @property
    def is_enough(self) -> bool:
        """Whether it was tried often enough to rely on; a try without an answer shows nothing."""
        return self.count.answered >= ENOUGH_TRIES


@dataclass(frozen=True, slots=True)
class Figures:
    """What counts come to: those of one test, or those that speak for a camera."""

    kinds: tuple[Kind, ...]
    worst: Rate | None
    """The kind of attack accepted most often; None while none was held up."""

    @property
    def attacks(self) -> list[Kind]:
        return [one for one in self.kinds if one.is_attack]

    @property
    def worst_kind(self) -> Kind | None:
        return next((one for one in self.kinds if self.worst and one.species == self.worst.species), None)

    @property
    def too_many(self) -> list[Kind]:
        """The kinds of attack that make the camera ask for the PIN."""
        return [one for one in self.kinds if one.is_too_many]

    @property
    def is_face_enough(self) -> bool:
        return not self.too_many

    @property
    def is_enough(self) -> bool:
        """Whether every kind that was held up was tried often enough to rely on."""
        tried = [one for one in self.attacks if one.count.answered]
        return bool(tried) and all(one.is_enough for one in tried)


@dataclass(frozen=True, slots=True)
class Result:
    """A test with what its own counts come to."""

    test: SpoofTest
    figures: Figures


@dataclass(frozen=True, slots=True)
class CameraResult:
    """A camera, and what its newest tests of each kind say of it."""

    camera: Camera
    figures: Figures


def tests_of(organization: Organization, camera: Camera) -> "QuerySet[SpoofTest]":
    """The tests of a camera, the newest first, those that still run included."""
    tests = SpoofTest.objects.filter(organization=organization, camera=camera)
    return tests.select_related("taken_by", "camera__site").prefetch_related("counts").order_by("-started_at", "id")


def test_of(organization: Organization, test_id: UUID) -> SpoofTest | None:
    """One test with its camera, ended or not."""
    tests = SpoofTest.objects.filter(organization=organization, pk=test_id)
    return tests.select_related("camera__site", "taken_by").prefetch_related("counts").first()


def results_by_camera(organization: Organization) -> list[CameraResult]:
    """Every camera in use with what speaks for it, in two queries however many there are."""
    rows: dict[UUID, list[SpoofCount]] = {}
    for count in speaking_counts(organization):
        rows.setdefault(count.test.camera_id, []).append(count)
    cameras = cameras_of(organization).filter(is_active=True)
    return [CameraResult(camera, figures_of(rows.get(camera.pk, ()))) for camera in cameras]


def standing_of(organization: Organization, camera: Camera) -> Figures:
    """What the newest tests of each kind say of one camera."""
    return figures_of(speaking_counts(organization).filter(test__camera=camera))


def result_of(test: SpoofTest) -> Result:
    """What the counts of a test come to. Its counts are read with it."""
    return Result(test, figures_of(test.counts.all()))


def figures_of(counts: Iterable[SpoofCount]) -> Figures:
    """What counts come to, at most one of each kind."""
    rows = {count.species: count for count in counts}
    kinds = tuple(_kind(species, rows.get(species)) for species in Species.values)
    return Figures(kinds, headline(one.count for one in kinds))


def _kind(species: str, row: SpoofCount | None) -> Kind:
    count = counted(row) if row else Count(species, 0, 0)
    known = Species(species)
    rate = bpcer(count) if species == Species.LIVE else apcer(count)
    words = in_words(count.accepted, count.tries, str(PLURALS[known]))
    ended_at = row.test.ended_at if row else None
    return Kind(species, known.label, PLURALS[known], ICONS[known], count, rate, words, ended_at)
