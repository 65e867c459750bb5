"""A camera's spoof test: what is counted, and what it decides about the camera."""

import pytest

from apps.attendance import spoof_frames, spoof_tests
from apps.attendance.models import SpoofCount, SpoofTest
from apps.attendance.spoof_reading import results_by_camera
from apps.attendance.spoof_tests import SpoofTestRefused, TryOutcome
from apps.organizations.models import AuditEntry, LivenessPolicy
from apps.organizations.tenancy import acting_for
from tests.personas import World

LIVE, PHONE, PRINT = SpoofCount.Species.LIVE, SpoofCount.Species.PHONE, SpoofCount.Species.PRINT
ACCEPTED, REFUSED, UNANSWERED = TryOutcome


pytestmark = pytest.mark.django_db


@pytest.fixture
def test(world: World) -> SpoofTest:
    """A test of Northwind's kiosk that runs."""
    with acting_for(world.northwind):
        return spoof_tests.start_test(organization=world.northwind, camera=world.camera, taken_by=world.alice)


def tried(test: SpoofTest, species: str, *outcomes: TryOutcome) -> None:
    with acting_for(test.organization_id):
        for outcome in outcomes:
            spoof_tests.count_try(organization=test.organization, test=test, species=species, outcome=outcome)


def ended(test: SpoofTest) -> bool:
    """End the test; whether the camera may now book on a face alone."""
    with acting_for(test.organization_id):
        spoof_tests.end_test(organization=test.organization, test=test)
        return spoof_tests.face_alone(test.organization, test.camera)


def test_tries_are_counted_by_species_and_outcome(world: World, test: SpoofTest) -> None:
    tried(test, PHONE, ACCEPTED, REFUSED, REFUSED, UNANSWERED)
    tried(test, LIVE, ACCEPTED)
    with acting_for(world.northwind):
        rows = SpoofCount.objects.order_by("species").values_list("species", "tries", "accepted", "unanswered")
        assert list(rows) == [("live", 1, 1, 0), ("phone", 4, 1, 1)]


def test_a_test_that_ended_counts_no_more(test: SpoofTest) -> None:
    ended(test)
    with pytest.raises(SpoofTestRefused, match="Start a new one"):
        tried(test, PHONE, REFUSED)


def test_a_species_that_there_is_not_is_refused(test: SpoofTest) -> None:
    with pytest.raises(SpoofTestRefused) as refused:
        tried(test, "hologram", REFUSED)
    assert refused.value.code == "species_unknown"


def test_a_camera_that_was_never_tested_may_book_on_a_face_alone(world: World) -> None:
    with acting_for(world.northwind):
        assert spoof_tests.face_alone(world.northwind, world.camera)


@pytest.mark.parametrize(("accepted", "may"), [(0, True), (1, True), (2, False), (10, False)])
def test_above_one_in_ten_of_any_attack_the_face_alone_is_not_enough(test: SpoofTest, accepted: int, may: bool) -> None:
    tried(test, PRINT, *[REFUSED] * 10)
    tried(test, PHONE, *[ACCEPTED] * accepted, *[REFUSED] * (10 - accepted))
    assert ended(test) is may


def test_live_faces_that_get_in_count_for_the_camera(test: SpoofTest) -> None:
    tried(test, LIVE, *[ACCEPTED] * 10)
    assert ended(test)


def test_a_test_that_still_runs_decides_nothing(world: World, test: SpoofTest) -> None:
    tried(test, PHONE, ACCEPTED)
    with acting_for(world.northwind):
        assert spoof_tests.face_alone(world.northwind, world.camera)


def test_the_newest_test_speaks_for_the_camera(world: World, test: SpoofTest) -> None:
    tried(test, PHONE, ACCEPTED)
    assert not ended(test)
    with acting_for(world.northwind):
        again = spoof_tests.start_test(organization=world.northwind, camera=world.camera, taken_by=None)
    tried(again, PHONE, REFUSED)
    assert ended(again)


def test_a_newer_test_without_an_attack_takes_nothing_back(world: World, test: SpoofTest) -> None:
    tried(test, PHONE, ACCEPTED)
    assert not ended(test)
    with acting_for(world.northwind):
        again = spoof_tests.start_test(organization=world.northwind, camera=world.camera, taken_by=None)
    tried(again, LIVE, ACCEPTED)
    assert not ended(again)


def test_tries_that_were_given_up_take_nothing_back(world: World, test: SpoofTest) -> None:
    tried(test, PHONE, ACCEPTED)
    assert not ended(test)
    with acting_for(world.northwind):
        again = spoof_tests.start_test(organization=world.northwind, camera=world.camera, taken_by=None)
    tried(again, PRINT, UNANSWERED, UNANSWERED)
    assert not ended(again)
    with acting_for(world.northwind):
        [shown] = [one for one in results_by_camera(world.northwind) if one.camera == world.camera]
    assert shown.result is not None and (shown.result.test, shown.result.is_face_enough) == (test, False)


def test_tries_that_were_given_up_do_not_thin_out_those_that_were_believed(test: SpoofTest) -> None:
    tried(test, PHONE, ACCEPTED, REFUSED, *[UNANSWERED] * 10)
    assert not ended(test)


def test_both_ends_of_a_test_stand_in_the_audit_trail(world: World, test: SpoofTest) -> None:
    tried(test, PHONE, ACCEPTED, REFUSED)
    ended(test)
    ended(test)
    with acting_for(world.northwind):
        entries = AuditEntry.objects.filter(action__startswith="spoof_test").order_by("sequence")
        start, end = entries
    assert (start.action, end.action) == ("spoof_test.start", "spoof_test.end")
    assert '"phone_accepted":1,"phone_tries":2' in end.new


@pytest.mark.parametrize(
    ("policy", "reals", "outcome"),
    [
        (LivenessPolicy.PASSIVE, [0.99] * 3, ACCEPTED),
        (LivenessPolicy.PASSIVE, [0.5] * 3, REFUSED),
        (LivenessPolicy.PASSIVE, [0.05] * 3, REFUSED),
        (LivenessPolicy.STRICT, [0.99] * 3, ACCEPTED),
        (LivenessPolicy.PASSIVE, [], ACCEPTED),
        (LivenessPolicy.OFF, [0.05] * 3, ACCEPTED),
    ],
)
def test_the_outcome_is_what_the_camera_would_have_done(policy: str, reals: list[float], outcome: TryOutcome) -> None:
    assert spoof_frames.outcome_of(policy, reals) is outcome
