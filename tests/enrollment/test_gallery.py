"""The gallery: active people with live consent, one space, renewed with every change and after a minute."""

import time
import uuid

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.enrollment import gallery, services
from apps.enrollment.gallery import gallery_for
from apps.enrollment.models import EnrollmentSession, Reference
from apps.enrollment.vault import turned
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from apps.recognition.engine import Engine
from apps.recognition.matching import unit
from bench.sealed_rows import ORGANIZATION_KEY, sealed_rows
from tests.personas import World

from .conftest import Enroll, add_person, probe_of

pytestmark = pytest.mark.django_db


def reads(world: World, space: str) -> int:
    """How many statements asking for the gallery takes."""
    with CaptureQueriesContext(connection) as asked:
        gallery_for(world.northwind, space)
    return len(asked)


def test_an_organization_without_references_has_an_empty_one(northwind: World) -> None:
    found = gallery_for(northwind.northwind, "any")
    assert (len(found), found.nearest(np.ones(128, dtype=np.float32))) == (0, [])


def test_each_person_has_one_row_of_unit_length(northwind: World, enroll: Enroll, engine: Engine) -> None:
    enroll(northwind.person, "ann")
    enroll(add_person(northwind.northwind, "E2"), "ben")
    found = gallery_for(northwind.northwind, engine.space)
    assert found.matrix.shape == (2, 128) and np.allclose(np.linalg.norm(found.matrix, axis=1), 1, atol=1e-6)


def test_the_nearest_is_who_it_is(northwind: World, enroll: Enroll, engine: Engine) -> None:
    enroll(northwind.person, "ann")
    enroll(add_person(northwind.northwind, "E2"), "ben")
    best = gallery_for(northwind.northwind, engine.space).nearest(
        turned(northwind.northwind, probe_of("ann", -9).vector)
    )[0]
    assert (best.person_id, best.similarity > 0.95) == (northwind.person.pk, True)


def test_it_is_kept_while_nothing_changes(northwind: World, enroll: Enroll, engine: Engine) -> None:
    enroll(northwind.person, "ann")
    assert (reads(northwind, engine.space), reads(northwind, engine.space)) == (4, 1)


def test_a_new_reference_is_in_it_at_once(northwind: World, enroll: Enroll, engine: Engine) -> None:
    gallery_for(northwind.northwind, engine.space)
    enroll(northwind.person, "ann")
    assert len(gallery_for(northwind.northwind, engine.space)) == 1


def test_another_process_sees_a_change_by_its_version(northwind: World, enroll: Enroll, engine: Engine) -> None:
    enroll(northwind.person, "ann")
    gallery_for(northwind.northwind, engine.space)
    Reference.objects.all().delete()
    services.renew_gallery(organization=northwind.northwind)
    assert len(gallery_for(northwind.northwind, engine.space)) == 0


def test_it_is_read_again_after_a_minute_whatever_happened(
    northwind: World, enroll: Enroll, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    enroll(northwind.person, "ann")
    gallery_for(northwind.northwind, engine.space)
    Person.objects.update(is_active=False)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + gallery.KEEP_SECONDS)
    assert len(gallery_for(northwind.northwind, engine.space)) == 0


def test_a_minute_is_the_longest() -> None:
    assert gallery.KEEP_SECONDS <= 60


def test_who_left_is_not_in_it(northwind: World, enroll: Enroll, engine: Engine) -> None:
    enroll(northwind.person, "ann")
    Person.objects.update(is_active=False)
    gallery.forget_galleries()
    assert len(gallery_for(northwind.northwind, engine.space)) == 0


def test_a_draft_is_not_in_it(northwind: World, session: EnrollmentSession, engine: Engine) -> None:
    services.add_draft(organization=northwind.northwind, session=session, probe=probe_of("ann"))
    assert len(gallery_for(northwind.northwind, engine.space)) == 0


def test_spaces_are_never_mixed(northwind: World, enroll: Enroll, engine: Engine) -> None:
    enroll(northwind.person, "ann")
    assert len(gallery_for(northwind.northwind, engine.space + ".other")) == 0


def test_a_row_moved_to_another_space_does_not_open(northwind: World, enroll: Enroll, engine: Engine) -> None:
    enroll(northwind.person, "ann")
    Reference.objects.update(space="another")
    found = gallery_for(northwind.northwind, "another")
    assert (len(found), found.refused) == (0, (Reference.objects.get(kind="aggregate").pk,))


def test_a_row_moved_to_another_person_leaves_that_one_out_and_nobody_else(
    northwind: World, enroll: Enroll, engine: Engine
) -> None:
    ben, carl = (add_person(northwind.northwind, number) for number in ("E2", "E3"))
    for person, face in ((northwind.person, "ann"), (ben, "ben"), (carl, "ann")):
        enroll(person, face)
    moved = Reference.objects.get(person=northwind.person, kind="aggregate")
    theirs = Reference.objects.get(person=ben, kind="aggregate")
    Reference.objects.filter(pk=moved.pk).update(person=ben, consent=theirs.consent_id)
    found = gallery_for(northwind.northwind, engine.space)
    assert (found.person_ids, found.refused) == ((carl.pk,), (moved.pk,))


def test_organizations_are_never_mixed(world: World, enroll: Enroll, engine: Engine) -> None:
    enroll(world.person, "ann")
    enroll(world.south_person, "ben")
    for organization, person in ((world.northwind, world.person), (world.southwind, world.south_person)):
        with acting_for(organization):
            assert gallery_for(organization, engine.space).person_ids == (person.pk,)


def test_a_vector_of_the_gallery_is_the_mean_of_its_references(
    northwind: World, enroll: Enroll, engine: Engine
) -> None:
    enroll(northwind.person, "ann")
    mean = np.mean([probe_of("ann", shift).vector for shift in (0, 5)], axis=0)
    [row] = gallery_for(northwind.northwind, engine.space).matrix
    assert np.allclose(row, turned(northwind.northwind, mean / np.linalg.norm(mean)), atol=1e-6)


def test_people_with_different_numbers_of_references_each_get_their_own_mean() -> None:
    organization, random = uuid.uuid4(), np.random.default_rng(5)
    owners = [
        person
        for person, count in zip((uuid.uuid4() for _ in range(4)), (2, 1, 5, 1), strict=True)
        for _ in range(count)
    ]
    vectors = unit(random.standard_normal((len(owners), 128)).astype(np.float32))
    rows = sealed_rows(organization, "any", owners, vectors)
    found = gallery.gallery_of(rows, organization, "any", {1: ORGANIZATION_KEY})
    means = [
        np.mean([v for v, owner in zip(vectors, owners, strict=True) if owner == person], axis=0)
        for person in found.person_ids
    ]
    assert found.person_ids == tuple(dict.fromkeys(owners))
    assert np.allclose(found.matrix, unit(np.stack(means)), atol=1e-6)
    assert found.lengths is not None and np.allclose(found.lengths, np.linalg.norm(means, axis=1), atol=1e-5)
