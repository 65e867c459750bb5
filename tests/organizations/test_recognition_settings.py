"""What a site and a camera ask of a face, and how many strangers an owner lets be taken for somebody."""

from typing import Any

import pytest

from apps.organizations.audit_phrases import sentence
from apps.organizations.audit_reading import Names
from apps.organizations.errors import WrongChoice
from apps.organizations.models import AuditEntry, Camera, LivenessPolicy, Organization, Role, Site
from apps.organizations.services import choose_target
from apps.organizations.tenancy import acting_for
from tests.personas import World, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]
TARGET = "/o/northwind/recognition/target/"


def post_site(world: World, **changes: Any) -> Any:
    fields = {"name": "Main gate", "time_zone": "Europe/Zurich", "direction_policy": "toggle"}
    asked = {**fields, "liveness_policy": "off", "frames_per_decision": 3, **changes}
    return signed_in(world.alice).post(f"/o/northwind/sites/{world.site.pk}/", asked)


def post_camera(world: World, **changes: Any) -> Any:
    fields = {"name": "Kiosk", "site": world.site.pk, "direction_policy": "", "faces_per_frame": 1, "is_active": "on"}
    return signed_in(world.alice).post(f"/o/northwind/cameras/{world.camera.pk}/", {**fields, **changes})


def stored(row: Any) -> Any:
    with acting_for(row.organization_id):
        return type(row).objects.get(organization=row.organization_id, pk=row.pk)


def target_of(world: World) -> str:
    with acting_for(world.northwind):
        return str(Organization.objects.get(pk=world.northwind.pk).false_positive_target)


class TestASite:
    def test_its_liveness_is_chosen_on_its_page(self, world: World) -> None:
        assert post_site(world, liveness_policy="passive", frames_per_decision=5).status_code == 302
        site: Site = stored(world.site)
        assert (site.liveness_policy, site.frames_per_decision) == ("passive", 5)

    def test_more_than_five_frames_are_refused(self, world: World) -> None:
        assert post_site(world, frames_per_decision=6).status_code == 422

    def test_its_page_says_what_each_choice_promises(self, world: World) -> None:
        page = signed_in(world.alice).get(f"/o/northwind/sites/{world.site.pk}/").text
        assert "a picture held up may check somebody in" in page and "not masks" in page

    def test_it_is_not_strict_while_a_camera_takes_several_faces(self, world: World) -> None:
        post_camera(world, faces_per_frame=4)
        answer = post_site(world, liveness_policy="strict")
        assert answer.status_code == 422 and "Set faces at once to 1 first, at: Kiosk" in answer.text

    def test_its_liveness_stands_in_both_lists(self, world: World) -> None:
        post_site(world, liveness_policy="strict")
        for address in ("/o/northwind/sites/", "/o/northwind/cameras/"):
            assert "Strict" in signed_in(world.alice).get(address).text


class TestACamera:
    def test_it_may_take_several_faces(self, world: World) -> None:
        assert post_camera(world, faces_per_frame=4).status_code == 302
        camera: Camera = stored(world.camera)
        assert camera.faces_per_frame == 4

    def test_at_a_strict_site_it_takes_one(self, world: World) -> None:
        post_site(world, liveness_policy=LivenessPolicy.STRICT)
        answer = post_camera(world, faces_per_frame=2)
        assert answer.status_code == 422 and "looks at one person at a time" in answer.text

    def test_no_more_than_eight(self, world: World) -> None:
        assert post_camera(world, faces_per_frame=9).status_code == 422


class TestTheTarget:
    def test_an_owner_chooses_it_in_words(self, world: World) -> None:
        page = signed_in(world.alice).get(TARGET).text
        assert "1 in 330 strangers" in page
        assert signed_in(world.alice).post(TARGET, {"false_positive_target": "0.3"}).status_code == 302
        assert target_of(world) == "0.3"

    @pytest.mark.parametrize("sent", ["0.5", "", "0.42 cosine"])
    def test_nothing_else_can_be_chosen(self, world: World, sent: str) -> None:
        assert signed_in(world.alice).post(TARGET, {"false_positive_target": sent}).status_code == 422
        assert target_of(world) == "1"

    @pytest.mark.parametrize("role", [Role.HR_MANAGER, Role.OPERATOR, Role.AUDITOR])
    def test_nobody_else_chooses_it(self, world: World, role: Role) -> None:
        client = signed_in(world.bob_as(role))
        assert (
            client.get(TARGET).status_code == client.post(TARGET, {"false_positive_target": "0.1"}).status_code == 403
        )
        assert target_of(world) == "1"

    def test_a_service_refuses_what_is_no_choice(self, world: World) -> None:
        with acting_for(world.northwind), pytest.raises(WrongChoice):
            choose_target(organization=world.northwind, false_positive_target="50")

    def test_the_trail_says_what_it_was_and_what_it_became(self, world: World) -> None:
        signed_in(world.alice).post(TARGET, {"false_positive_target": "0.1"})
        with acting_for(world.northwind):
            entry = AuditEntry.objects.order_by("-sequence").first()
            names: Names = {}
            assert entry is not None
            said = sentence(entry, names)
        assert said.endswith("from 1 in 100 strangers to 1 in 1,000 strangers")
