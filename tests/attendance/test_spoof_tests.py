"""A camera's spoof test: what is counted, and what it decides about the camera."""

import pytest

from apps.attendance import spoof_frames, spoof_tests
from apps.attendance.models import SpoofCount, SpoofTest
from apps.attendance.spoof_reading import results_by_camera, standing_of
from apps.attendance.spoof_tests import SpoofTestRefused, TryOutcome
from apps.organizations.models import AuditEntry, Camera, LivenessPolicy
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


def another(test: SpoofTest) -> SpoofTest:
    """A later test of the same camera."""
    with acting_for(test.organization_id):
        return spoof_tests.start_test(organization=test.organization, camera=test.camera, taken_by=None)


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


def test_the_newest_test_of_a_kind_speaks_for_it(test: SpoofTest) -> None:
    tried(test, PHONE, ACCEPTED)
    assert not ended(test)
    again = another(test)
    tried(again, PHONE, REFUSED)
    assert ended(again)


@pytest.mark.parametrize(
    ("species", "outcome"), [(PRINT, REFUSED), (LIVE, ACCEPTED), (PRINT, UNANSWERED), (PHONE, UNANSWERED)]
)
def test_a_newer_test_without_that_kind_takes_nothing_back(
    world: World, test: SpoofTest, species: str, outcome: TryOutcome
) -> None:
    tried(test, PHONE, ACCEPTED)
    assert not ended(test)
    again = another(test)
    tried(again, species, outcome)
    assert not ended(again)
    with acting_for(world.northwind):
        [shown] = [one for one in results_by_camera(world.northwind) if one.camera == world.camera]
        standing = standing_of(world.northwind, world.camera)
    assert [one.species for one in shown.figures.too_many] == [one.species for one in standing.too_many] == ["phone"]


def test_each_kind_is_judged_on_its_own_newest_test(world: World, test: SpoofTest) -> None:
    tried(test, PHONE, ACCEPTED)
    tried(test, PRINT, REFUSED)
    ended(test)
    again = another(test)
    tried(again, PHONE, REFUSED)
    assert ended(again)
    last = another(test)
    tried(last, PRINT, ACCEPTED)
    assert not ended(last)
    with acting_for(world.northwind):
        counted = {one.species: one.count.accepted for one in standing_of(world.northwind, world.camera).attacks}
    assert counted == {"print": 1, "phone": 0, "monitor": 0}


def test_another_cameras_tests_say_nothing_of_this_one(world: World, test: SpoofTest) -> None:
    tried(test, PHONE, ACCEPTED)
    assert not ended(test)
    with acting_for(world.northwind):
        beside = Camera.objects.create(organization=world.northwind, site=world.site, name="Beside")
        assert spoof_tests.face_alone(world.northwind, beside)


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
