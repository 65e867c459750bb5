"""Of several frames of one visit a gallery loads the aggregate: their mean, sealed as they are."""

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from apps.enrollment import nightly, rotation, selectors, services
from apps.enrollment.engine_choice import choose_engine
from apps.enrollment.gallery import Gallery, forget_galleries, gallery_for, open_parts
from apps.enrollment.models import EnrollmentSession, Reference
from apps.enrollment.refusals import ACTION
from apps.organizations import keyring
from apps.organizations.models import AuditEntry, OrganizationKey
from apps.people.models import Person
from apps.recognition.registry import ENTRIES
from apps.recognition.shapes import Matrix, Vector
from tests.personas import World

from .conftest import opened
from .numbers import Ruler, beside, matrix_of, probe_of, unit
from .numbers import enrolled as enrolled_by

pytestmark = pytest.mark.django_db
ENTRY = ENTRIES["dlib"]
SPACE = f"{ENTRY.embedder}/{ENTRY.detector}/{ENTRY.aligner}.numbers"
KIND = Reference.Kind
ANN = matrix_of(unit(1, 0.1), unit(1, -0.2), unit(1, 0, 0.3))


def enrolled(person: Person, *vectors: Vector) -> None:
    enrolled_by(person, *vectors, engine=Ruler(SPACE))


def loaded(world: World) -> Gallery:
    forget_galleries()
    return gallery_for(world.northwind, SPACE)


def kinds() -> list[str]:
    return sorted(Reference.objects.filter(is_active=True).values_list("kind", flat=True))


def flip(reference: Reference) -> None:
    sealed = bytes(reference.ciphertext)
    altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
    Reference.objects.filter(pk=reference.pk).update(ciphertext=altered)


def drafts(world: World, vectors: Matrix) -> EnrollmentSession:
    session = opened(world.northwind, world.person)
    for vector in vectors:
        services.add_draft(organization=world.northwind, session=session, probe=probe_of(vector, SPACE))
    return session


def shows(found: Gallery, world: World, mean: Vector) -> bool:
    """Whether the gallery is this person alone, with this mean of their vectors."""
    length = np.linalg.norm(mean)
    assert found.lengths is not None
    similarity = found.similarity_to(world.person.pk, found.turned(mean / length))
    return bool(len(found) == 1 and abs(similarity - 1) < 1e-5 and abs(found.lengths[0] - length) < 1e-5)


def test_it_is_the_mean_of_the_frames_and_as_long_as_they_agree(northwind: World) -> None:
    enrolled(northwind.person, *ANN)
    assert kinds() == [KIND.AGGREGATE] + [KIND.PART] * 3
    assert shows(loaded(northwind), northwind, ANN.mean(axis=0))


def test_rows_from_before_it_give_the_same(northwind: World) -> None:
    enrolled(northwind.person, *ANN)
    Reference.objects.filter(kind=KIND.AGGREGATE).delete()
    Reference.objects.update(kind=KIND.SINGLE)
    assert shows(loaded(northwind), northwind, ANN.mean(axis=0))


def test_one_frame_stands_for_itself(northwind: World) -> None:
    enrolled(northwind.person, ANN[0])
    assert kinds() == [KIND.SINGLE] and shows(loaded(northwind), northwind, ANN[0])


def test_the_frames_of_each_space_have_their_own(northwind: World) -> None:
    session = drafts(northwind, ANN[:2])
    for vector in ANN[:2]:
        services.add_draft(organization=northwind.northwind, session=session, probe=probe_of(vector, "another"))
    services.complete_session(organization=northwind.northwind, session=session)
    made = Reference.objects.filter(kind=KIND.AGGREGATE)
    assert sorted(made.values_list("space", flat=True)) == ["another", SPACE]


def test_the_next_visit_takes_its_place(northwind: World) -> None:
    for vectors in (ANN, matrix_of(unit(0, 1), unit(0, 1, 0.2))):
        enrolled(northwind.person, *vectors)
    assert kinds() == [KIND.AGGREGATE] + [KIND.PART] * 2
    assert shows(loaded(northwind), northwind, vectors.mean(axis=0))


def test_with_the_consent_nothing_of_it_stays(northwind: World) -> None:
    enrolled(northwind.person, *ANN)
    assert services.withdraw_consent(organization=northwind.northwind, person=northwind.person) == len(ANN)
    assert not Reference.objects.exists() and len(loaded(northwind)) == 0


def test_a_visit_has_one_in_a_space(northwind: World) -> None:
    enrolled(northwind.person, *ANN)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reference.objects.update(kind=KIND.AGGREGATE)


def test_a_change_of_keys_leaves_it_what_it_is(northwind: World) -> None:
    enrolled(northwind.person, *ANN)
    before = bytes(Reference.objects.get(kind=KIND.AGGREGATE).ciphertext)
    rotation.rotate(northwind.northwind)
    after = Reference.objects.get(kind=KIND.AGGREGATE)
    assert bytes(after.ciphertext) != before and shows(loaded(northwind), northwind, ANN.mean(axis=0))


def test_a_visit_kept_while_keys_change_has_one_rotation(northwind: World) -> None:
    session = drafts(northwind, ANN[:2])
    rotation.begin(northwind.northwind)
    services.add_draft(organization=northwind.northwind, session=session, probe=probe_of(ANN[2], SPACE))
    services.complete_session(organization=northwind.northwind, session=session)
    assert shows(loaded(northwind), northwind, ANN.mean(axis=0))


def test_of_an_altered_draft_none_is_made_and_its_person_is_left_out(northwind: World) -> None:
    session = drafts(northwind, ANN)
    draft = selectors.drafts_of(northwind.northwind, session)[1]
    flip(draft)
    services.complete_session(organization=northwind.northwind, session=session)
    found = loaded(northwind)
    assert kinds() == [KIND.SINGLE] * 3 and (len(found), found.refused) == (0, (draft.pk,))


@pytest.mark.parametrize("kind", [KIND.AGGREGATE, KIND.PART])
def test_an_altered_one_is_noted_by_the_next_night_at_the_latest(northwind: World, kind: str) -> None:
    choose_engine("dlib")
    enrolled(northwind.person, *ANN)
    row = Reference.objects.filter(kind=kind)[0]
    flip(row)
    nightly.compare_everybody(northwind.northwind)
    assert AuditEntry.objects.get(action=ACTION).subject_id == row.pk
    found = loaded(northwind)
    assert len(found) == 0 if kind == KIND.AGGREGATE else shows(found, northwind, ANN.mean(axis=0))


def test_a_key_that_just_went_ends_the_looking_and_accuses_nobody(northwind: World) -> None:
    enrolled(northwind.person, *ANN)
    OrganizationKey.objects.all().delete()
    keyring.forget_keys()
    open_parts(northwind.northwind, SPACE)
    assert not AuditEntry.objects.filter(action=ACTION).exists()


def test_somebody_beside_them_is_as_near_as_to_the_mean_of_their_frames(northwind: World) -> None:
    enrolled(northwind.person, *ANN)
    found, other = loaded(northwind), beside(unit(1), 0.8)
    mean = ANN.mean(axis=0)
    wanted = float(other @ (mean / np.linalg.norm(mean)))
    assert abs(found.nearest(found.turned(other), top=1)[0].similarity - wanted) < 1e-5
