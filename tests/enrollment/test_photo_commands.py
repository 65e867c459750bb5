"""`manage.py enroll_photos` and `manage.py identify`, on real faces."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.attendance.models import Punch
from apps.enrollment.models import Consent, PrivacyRules
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.recognition.engine import Engine
from tests.personas import World
from tests.recognition.pictures import noise, photo, write_jpeg

from .conftest import Enroll, add_person, frame_of, references

pytestmark = pytest.mark.django_db


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two people with two photos each, a third with none that can be used."""
    for number, face in (("E1", "ann"), ("E2", "ben")):
        for shift in (0, 5):
            write_jpeg(tmp_path / "people" / number, f"{shift}.jpg", frame_of(face, shift))
    write_jpeg(tmp_path / "people" / "E3", "noise.jpg", noise(200, 200))
    return tmp_path / "people"


def run(command: str, *arguments: Any, organization: str = "northwind", **options: Any) -> dict[str, Any]:
    out = StringIO()
    given = ["--organization", organization, "--json", *map(str, arguments)]
    call_command(command, *given, stdout=out, **options)
    return dict(json.loads(out.getvalue().splitlines()[-1]))


def enroll_photos(folder: Path, **options: Any) -> dict[str, Any]:
    return run("enroll_photos", folder, "--consent-reference", "file 12", **options)


def who(image: Path, **options: Any) -> list[str]:
    return [face["person"] for face in run("identify", image, **options)["images"][0]["faces"]]


class TestEnrollPhotos:
    def test_people_with_good_photos_are_enrolled(self, world: World, engine: Engine, photos: Path) -> None:
        report = enroll_photos(photos)
        assert (report["engine"], report["enrolled"], report["not_enrolled"]) == ("dlib", 2, 1)

    def test_their_references_are_active(self, world: World, engine: Engine, photos: Path) -> None:
        enroll_photos(photos)
        with acting_for(world.northwind):
            assert references() == [("E1", True)] * 2 + [("E2", True)] * 2

    def test_a_photo_without_a_face_is_named_with_its_reason(self, world: World, engine: Engine, photos: Path) -> None:
        last = enroll_photos(photos)["people"][-1]
        assert (last["person"], last["code"], list(last["refused"])) == ("E3", "no_usable_photo", ["E3/noise.jpg"])

    def test_the_consents_reference_is_kept(self, world: World, engine: Engine, photos: Path) -> None:
        enroll_photos(photos)
        with acting_for(world.northwind):
            kept = set(Consent.objects.values_list("paper_reference", "method"))
        assert kept == {("file 12", Consent.Method.ON_PAPER)}

    def test_somebody_hr_knows_keeps_their_name(self, world: World, engine: Engine, photos: Path) -> None:
        enroll_photos(photos)
        with acting_for(world.northwind):
            assert Person.objects.get(external_id="E1").name == "Priya Raman"

    def test_running_it_again_enrolls_nobody_twice(self, world: World, engine: Engine, photos: Path) -> None:
        for _ in range(2):
            enroll_photos(photos)
        with acting_for(world.northwind):
            assert len(references()) == 4

    def test_a_photo_of_somebody_else_is_left_out(self, world: World, engine: Engine, photos: Path) -> None:
        write_jpeg(photos / "E1", "z.jpg", frame_of("cid"))
        assert enroll_photos(photos)["people"][0]["refused"] == {"E1/z.jpg": "different_person"}

    def test_a_face_known_under_another_number_waits(self, world: World, engine: Engine, photos: Path) -> None:
        write_jpeg(photos / "E9", "a.jpg", frame_of("ann", 9))
        assert enroll_photos(photos)["people"][-1]["code"] == "held"
        with acting_for(world.northwind):
            assert ("E9", True) not in references()

    def test_who_had_no_usable_photo_is_left_without_a_consent(
        self, world: World, engine: Engine, photos: Path
    ) -> None:
        enroll_photos(photos)
        with acting_for(world.northwind):
            assert set(Consent.objects.values_list("person__external_id", flat=True)) == {"E1", "E2"}

    def test_a_broken_file_is_named(self, world: World, engine: Engine, photos: Path) -> None:
        (photos / "E1" / "broken.jpg").write_bytes(b"\xff\xd8\xff nonsense")
        assert "E1/broken.jpg" in enroll_photos(photos)["people"][0]["refused"]

    def test_other_files_are_left_alone(self, world: World, engine: Engine, photos: Path) -> None:
        (photos / "E1" / "notes.txt").write_text("not a photo")
        assert enroll_photos(photos)["people"][0]["refused"] == {}

    def test_the_other_organization_gets_nobody(self, world: World, engine: Engine, photos: Path) -> None:
        enroll_photos(photos)
        with acting_for(world.southwind):
            assert references() == []

    @pytest.mark.parametrize(("folder", "said"), [("absent", "source_missing"), (".", "holds no photo")])
    def test_a_folder_without_people_says_what_to_do(
        self, world: World, engine: Engine, tmp_path: Path, folder: str, said: str
    ) -> None:
        with pytest.raises(CommandError, match=said):
            enroll_photos(tmp_path / folder)

    def test_without_an_engine_it_says_what_to_do(self, world: World, photos: Path) -> None:
        with pytest.raises(CommandError, match="engine set"):
            enroll_photos(photos)

    def test_consent_must_be_named(self, world: World, engine: Engine, photos: Path) -> None:
        with pytest.raises(CommandError, match="--consent-reference"):
            run("enroll_photos", photos)


@pytest.fixture
def known(world: World, enroll: Enroll) -> World:
    """Priya has Ann's face, and E2 Ben's."""
    enroll(world.person, "ann")
    with acting_for(world.northwind):
        other = add_person(world.northwind, "E2")
    enroll(other, "ben")
    return world


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Path]:
    return lambda face, shift=0: write_jpeg(tmp_path, f"{face}.jpg", frame_of(face, shift))


class TestIdentify:
    def test_it_knows_who_is_enrolled(self, known: World, picture: Callable[..., Path]) -> None:
        assert [who(picture(face, -9)) for face in ("ann", "ben")] == [["E1"], ["E2"]]

    def test_it_says_whether_a_kiosk_would_ask_first(self, known: World, picture: Callable[..., Path]) -> None:
        faces = run("identify", picture("ann", -9), picture("cid"))["images"]
        assert [face["decision"] for image in faces for face in image["faces"]] == ["accept", "unknown"]

    def test_it_does_not_know_a_stranger(self, known: World, picture: Callable[..., Path]) -> None:
        assert who(picture("cid")) == ["unknown"]

    def test_it_knows_nobody_of_another_organization(self, known: World, picture: Callable[..., Path]) -> None:
        assert who(picture("ann"), organization="southwind") == ["unknown"]

    def test_it_looks_at_every_face(self, known: World, tmp_path: Path) -> None:
        found = who(write_jpeg(tmp_path, "group.jpg", photo("sample1.jpg")))
        assert {"E1", "E2", "unknown"} <= set(found)

    def test_it_says_how_near_and_how_long(self, known: World, picture: Callable[..., Path]) -> None:
        [face] = run("identify", picture("ann"))["images"][0]["faces"]
        assert face["similarity"] > 0.96 and face["ms"] > 0 and len(face["box"]) == 4

    def test_it_says_what_it_compared_with(self, known: World, picture: Callable[..., Path]) -> None:
        report = run("identify", picture("ann"))
        assert (report["engine"], report["people"], 0.9 < report["threshold"] < 1) == ("dlib", 2, True)

    def test_where_faces_are_off_it_looks_at_none(self, known: World, picture: Callable[..., Path]) -> None:
        with acting_for(known.northwind):
            PrivacyRules.objects.update(face_mode=False)
        with pytest.raises(CommandError, match="face_mode_off"):
            run("identify", picture("ann"))

    def test_a_picture_that_cannot_be_read_is_named(self, known: World, tmp_path: Path) -> None:
        (tmp_path / "broken.jpg").write_bytes(b"nothing")
        codes = [run("identify", tmp_path / name)["images"][0]["code"] for name in ("broken.jpg", "absent.jpg")]
        assert codes == ["not_jpeg", "unreadable"]

    def test_a_picture_without_a_face_has_none(self, known: World, tmp_path: Path) -> None:
        assert who(write_jpeg(tmp_path, "noise.jpg", noise(200, 200))) == []

    def test_it_books_no_punch(self, known: World, picture: Callable[..., Path]) -> None:
        who(picture("ann"))
        with acting_for(known.northwind):
            assert Punch.objects.count() == 0
