"""A camera tested by its own people: what was held up to it, what it believed, and whether it may trust a face alone.

The counts follow ISO/IEC 30107-3: per kind of attack the share that was accepted (APCER), of live faces the share that
was not (BPCER), beside them what got no answer. A handful of tries bounds nothing: docs/liveness.md.
"""

from enum import StrEnum

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.attendance.models import SpoofCount, SpoofTest
from apps.organizations import audit
from apps.organizations.errors import CodedError
from apps.organizations.models import Camera, Organization, User
from apps.recognition.liveness.figures import Count, face_alone_allowed

# Above this share of accepted tries of any one kind of attack, of those that were answered, the camera asks for the PIN
# after the face.
MOST_ACCEPTED = 0.10
ATTACKS = tuple(species for species in SpoofCount.Species.values if species != SpoofCount.Species.LIVE)


class SpoofTestRefused(CodedError):
    """A test that is over, or a try of a kind that there is not; the sentence says what to do."""

    code = "spoof_test_refused"
    status = 409


class TryOutcome(StrEnum):
    """What one try came to: the camera would have believed it, would not have, or gave no answer."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@transaction.atomic
def start_test(*, organization: Organization, camera: Camera, taken_by: User | None) -> SpoofTest:
    """Begin a test of this camera; nothing that is held up during it can make a punch."""
    test = SpoofTest.objects.create(organization=organization, camera=camera, taken_by=taken_by)
    audit.record(organization=organization, action="spoof_test.start", subject=camera, new={"test": test.pk})
    return test


@transaction.atomic
def count_try(*, organization: Organization, test: SpoofTest, species: str, outcome: str) -> SpoofCount:
    """Count one try of a running test. Raises SpoofTestRefused."""
    if species not in SpoofCount.Species.values:
        raise SpoofTestRefused(_("Choose what is held up to the camera."), code="species_unknown", status=422)
    if running_test(organization, test) is None:
        raise SpoofTestRefused(_("This test has ended. Start a new one."), code="spoof_test_ended")
    count, _made = SpoofCount.objects.get_or_create(organization=organization, test=test, species=species)
    own = SpoofCount.objects.filter(organization=organization, pk=count.pk)
    said = TryOutcome(outcome)
    own.update(
        tries=F("tries") + 1,
        accepted=F("accepted") + int(said is TryOutcome.ACCEPTED),
        unanswered=F("unanswered") + int(said is TryOutcome.UNANSWERED),
    )
    count.refresh_from_db()
    return count


@transaction.atomic
def end_test(*, organization: Organization, test: SpoofTest) -> SpoofTest:
    """End a test; from now on its counts decide about the camera. Ending it twice changes nothing."""
    running = SpoofTest.objects.select_for_update().filter(organization=organization, pk=test.pk, ended_at=None).first()
    if running is None:
        return test
    running.ended_at = timezone.now()
    running.save(update_fields=["ended_at"])
    new: dict[str, object] = {"test": running.pk}
    for count in counts_of(organization, running):
        new |= {f"{count.species}_tries": count.tries, f"{count.species}_accepted": count.accepted}
    audit.record(organization=organization, action="spoof_test.end", subject=running.camera, new=new)
    return running


def running_test(organization: Organization, test: SpoofTest) -> SpoofTest | None:
    """This test while it runs; None once it ended."""
    return SpoofTest.objects.filter(organization=organization, pk=test.pk, ended_at=None).first()


def counts_of(organization: Organization, test: SpoofTest) -> list[SpoofCount]:
    """What a test has counted, by kind of presentation."""
    return list(SpoofCount.objects.filter(organization=organization, test=test).order_by("species"))


def speaking_counts(organization: Organization) -> "QuerySet[SpoofCount]":
    """Of each camera and kind of attack the count that speaks for it: that of its newest ended test which answered one.

    A test that held up prints only says nothing of the phones that an earlier one showed to be believed, and a try that
    was given up held nothing up.
    """
    ended = SpoofCount.objects.filter(organization=organization, test__ended_at__isnull=False)
    answered = ended.filter(species__in=ATTACKS, tries__gt=F("unanswered"))
    same = answered.filter(species=OuterRef("species"), test__camera=OuterRef("test__camera"))
    newest = same.order_by("-test__ended_at", "-test__started_at").values("pk")[:1]
    return answered.filter(pk=Subquery(newest)).select_related("test")


def face_alone(organization: Organization, camera: Camera) -> bool:
    """Whether this camera may book a punch on a face alone: no kind of attack passed too often when last held up.

    A camera that was never tested may; what that is worth, docs/liveness.md says.
    """
    counts = speaking_counts(organization).filter(test__camera=camera)
    return face_alone_allowed(map(counted, counts), MOST_ACCEPTED)


def counted(count: SpoofCount) -> Count:
    """A stored count as the figures take it."""
    return Count(count.species, count.tries, count.accepted, count.unanswered)
