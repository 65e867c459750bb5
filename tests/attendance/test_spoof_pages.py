"""The pages of a camera's test: who may begin one, what the result says, and that nothing of it is a punch."""

from typing import Any

import pytest
from django.test import Client

from apps.attendance.models import Punch, SpoofTest
from apps.attendance.spoof_reading import result_of, results_by_camera
from apps.attendance.spoof_tests import count_try, end_test, start_test
from apps.organizations.models import AuditEntry, Role
from apps.organizations.tenancy import acting_for
from tests.personas import World, signed_in

pytestmark = pytest.mark.django_db


def begun(world: World) -> SpoofTest:
    with acting_for(world.northwind):
        return start_test(organization=world.northwind, camera=world.camera, taken_by=world.alice)


def camera_tested(world: World, **counts: tuple[int, int]) -> SpoofTest:
    """A test of the camera; `print=(12, 1)`: twelve tries with a printed photo, one of them accepted."""
    test = begun(world)
    with acting_for(world.northwind):
        for species, (tries, accepted) in counts.items():
            for number in range(tries):
                outcome = "accepted" if number < accepted else "refused"
                count_try(organization=world.northwind, test=test, species=species, outcome=outcome)
        return end_test(organization=world.northwind, test=test)


def result_page(world: World, **counts: tuple[int, int]) -> str:
    test = camera_tested(world, **counts)
    return str(signed_in(world.alice).get(f"/o/northwind/spoof-tests/{test.pk}/result/").text)


def list_url(world: World) -> str:
    return f"/o/northwind/cameras/{world.camera.pk}/spoof-tests/"


class TestTheResult:
    def test_no_photo_accepted_in_thirty_lets_the_camera_go_on(self, world: World) -> None:
        page = result_page(world, print=(30, 0), live=(12, 12))
        assert "This camera may accept faces alone." in page and "prove little" not in page
        assert "0 of 30 printed photos accepted: the true rate can be up to 9.5 %." in page

    def test_few_tries_are_said_to_prove_little(self, world: World) -> None:
        page = result_page(world, print=(12, 0))
        assert "may accept faces alone" in page and "prove little" in page
        assert "up to 22.1 %" in page

    def test_one_kind_that_passes_is_enough_for_the_pin(self, world: World) -> None:
        page = result_page(world, print=(30, 0), phone=(10, 2))
        assert "asks for a PIN beside the face until a test has a better result" in page

    def test_what_an_earlier_test_showed_of_another_kind_still_holds(self, world: World) -> None:
        camera_tested(world, phone=(10, 5))
        page = result_page(world, print=(30, 0))
        assert "This camera still asks for a PIN beside the face." in page and "phones or tablets (" in page
        listed = signed_in(world.alice).get(list_url(world)).text
        assert "What counts now" in listed and "5 of 10 accepted" in listed and "0 of 30 accepted" in listed

    def test_a_later_test_of_that_kind_stands_beside_an_older_result(self, world: World) -> None:
        older = camera_tested(world, phone=(10, 5))
        camera_tested(world, phone=(30, 0))
        page = signed_in(world.alice).get(f"/o/northwind/spoof-tests/{older.pk}/result/").text
        assert "may accept faces alone" in page and "a later test of that kind had a better result" in page

    def test_a_test_without_a_picture_says_nothing(self, world: World) -> None:
        assert "this test says nothing" in result_page(world, live=(5, 5))

    def test_of_live_faces_those_are_errors_that_were_not_accepted(self, world: World) -> None:
        test = camera_tested(world, print=(4, 1), live=(10, 8))
        with acting_for(world.northwind):
            kinds = {one.species: one for one in result_of(test).figures.kinds}
        assert (kinds["live"].rate.hits, kinds["print"].rate.hits) == (2, 1)


class TestTheWay:
    def test_an_operator_begins_holds_up_and_ends(self, world: World) -> None:
        client = signed_in(world.bob_as(Role.OPERATOR))
        begun = client.post(list_url(world) + "start/")
        page = client.get(begun["Location"])
        assert "camera=(self)" in page.headers["Permissions-Policy"] and "spoof-settings" in page.text
        ended = client.post(begun["Location"] + "end/", follow=True)
        assert "The test has ended." in ended.text

    def test_a_test_that_ended_shows_its_result(self, world: World) -> None:
        test = camera_tested(world, print=(1, 0))
        answer = signed_in(world.alice).get(f"/o/northwind/spoof-tests/{test.pk}/")
        assert answer["Location"].endswith(f"/spoof-tests/{test.pk}/result/")

    def test_a_running_test_can_be_gone_on_with(self, world: World) -> None:
        test = begun(world)
        page = signed_in(world.alice).get(list_url(world)).text
        assert f"/spoof-tests/{test.pk}/" in page and "Continue" in page

    @pytest.mark.parametrize("role", [Role.HR_MANAGER, Role.AUDITOR])
    def test_who_only_looks_is_offered_no_start(self, world: World, role: Role) -> None:
        client = signed_in(world.bob_as(role))
        assert "Start a test" not in client.get(list_url(world)).text
        assert client.post(list_url(world) + "start/").status_code == 403

    def test_begin_and_end_stand_in_the_trail_and_no_punch_was_made(self, world: World) -> None:
        camera_tested(world, print=(2, 2))
        with acting_for(world.northwind):
            actions = set(AuditEntry.objects.values_list("action", flat=True))
            assert {"spoof_test.start", "spoof_test.end"} <= actions and not Punch.objects.exists()


class TestTheLivenessPage:
    def get(self, client: Client) -> Any:
        return client.get("/o/northwind/recognition/liveness/")

    def test_it_says_when_the_files_are_missing(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("apps.attendance.recognition_pages.passive_installed", lambda: False)
        assert "facemodels pull --liveness" in self.get(signed_in(world.alice)).text

    def test_it_shows_the_newest_test_that_held_something_up(self, world: World) -> None:
        camera_tested(world, phone=(10, 5))
        camera_tested(world, live=(3, 3))
        page = self.get(signed_in(world.alice)).text
        assert "5 of 10 accepted" in page and "PIN beside the face" in page

    def test_of_several_tests_of_a_kind_the_last_speaks(self, world: World) -> None:
        camera_tested(world, phone=(10, 5))
        camera_tested(world, phone=(29, 0))
        with acting_for(world.northwind):
            (one,) = results_by_camera(world.northwind)
        assert (one.figures.is_face_enough, one.figures.is_enough) == (True, True)

    def test_a_camera_that_was_never_tested_says_so(self, world: World) -> None:
        assert "Not tested" in self.get(signed_in(world.alice)).text
