"""A stored row that was altered or swapped: refused, told once, its person unmatchable, everybody else as before."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from apps.enrollment import cipher, gallery, refusals, services
from apps.enrollment.gallery import gallery_for
from apps.enrollment.models import PersonKey, Reference
from apps.enrollment.refusals import ACTION
from apps.organizations.models import AuditEntry
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.personas import World

from .keyed import SPACE, crowd, directions, keep, loaded, named
from .numbers import Ruler, enrolled

pytestmark = pytest.mark.django_db
PEOPLE = 4


@pytest.fixture
def people(northwind: World) -> list[Person]:
    return crowd(northwind.northwind, directions(PEOPLE))


def first_of(person: Person) -> Reference:
    return Reference.objects.filter(person=person).order_by("created_at")[0]


def altered(people: list[Person]) -> None:
    row = first_of(people[0])
    flipped = bytes(row.ciphertext)[:40] + bytes([bytes(row.ciphertext)[40] ^ 1]) + bytes(row.ciphertext)[41:]
    Reference.objects.filter(pk=row.pk).update(ciphertext=flipped)


def copied(people: list[Person]) -> None:
    Reference.objects.filter(pk=first_of(people[0]).pk).update(ciphertext=first_of(people[1]).ciphertext)


def copied_with_its_key(people: list[Person]) -> None:
    theirs = first_of(people[1])
    Reference.objects.filter(pk=first_of(people[0]).pk).update(ciphertext=theirs.ciphertext, key=theirs.key_id)


def swapped_within(people: list[Person]) -> None:
    one, other = Reference.objects.filter(person=people[0])
    Reference.objects.filter(pk=one.pk).update(ciphertext=other.ciphertext)


def key_altered(people: list[Person]) -> None:
    PersonKey.objects.filter(person=people[0]).update(wrapped=bytes(60))


def key_copied(people: list[Person]) -> None:
    theirs = PersonKey.objects.get(person=people[1])
    PersonKey.objects.filter(person=people[0]).update(wrapped=theirs.wrapped)


@pytest.mark.parametrize(
    "act", [altered, copied, copied_with_its_key, swapped_within, key_altered, key_copied], ids=lambda act: act.__name__
)
def test_that_person_is_left_out_and_nobody_else(
    northwind: World, people: list[Person], act: Callable[[list[Person]], None]
) -> None:
    act(people)
    found = loaded(northwind.northwind)
    assert named(found, directions(PEOPLE)[1:]) == [person.pk for person in people[1:]]
    assert people[0].pk not in found.person_ids and found.refused


@pytest.mark.parametrize("act", [altered, key_altered, key_copied], ids=lambda act: act.__name__)
def test_who_enrolls_anew_is_recognised_again(
    northwind: World, people: list[Person], act: Callable[[list[Person]], None]
) -> None:
    act(people)
    loaded(northwind.northwind)
    enrolled(people[0], directions(1, seed=9)[0], engine=Ruler(SPACE))
    found = loaded(northwind.northwind)
    assert named(found, directions(1, seed=9)) == [people[0].pk] and found.refused == ()
    assert AuditEntry.objects.filter(action=ACTION).exists()


def test_a_row_that_names_anothers_key_leaves_that_other_one_in(northwind: World, people: list[Person]) -> None:
    """Rows are read in the order of their people, so that this one's may stand just before the other's."""
    before, after, *_ = sorted(people, key=lambda person: person.pk.int)
    Reference.objects.filter(person=before).update(key=PersonKey.objects.get(person=after))
    found = loaded(northwind.northwind)
    assert set(found.person_ids) == {person.pk for person in people if person != before}


def test_it_is_told_once_whoever_loads_it(northwind: World, people: list[Person]) -> None:
    altered(people)
    for _ in range(3):
        loaded(northwind.northwind)
        refusals.forget()  # as another process, which knows nothing of the first
    told = AuditEntry.objects.get(action=ACTION)
    assert (told.subject_id, told.actor_kind) == (first_of(people[0]).pk, "nobody")


def test_a_row_of_another_organization_is_refused(world: World) -> None:
    vectors = directions(2)
    rows = {}
    for organization, person in ((world.northwind, world.person), (world.southwind, world.south_person)):
        with acting_for(organization):
            [rows[organization]] = keep(person, vectors[0])
    stolen = rows[world.southwind]
    with acting_for(world.northwind):
        Reference.objects.filter(pk=rows[world.northwind].pk).update(ciphertext=stolen.ciphertext)
        assert loaded(world.northwind).refused == (rows[world.northwind].pk,)


def test_one_face_in_two_organizations_looks_unrelated(world: World) -> None:
    vectors, turned = directions(40), []
    for organization, person in ((world.northwind, world.person), (world.southwind, world.south_person)):
        with acting_for(organization):
            keep(person, vectors[0])
            found = loaded(organization)
            turned.append(np.stack([found.turned(vector) for vector in vectors]))
    assert np.allclose(turned[0] @ turned[0].T, vectors @ vectors.T, atol=1e-5)  # within one, cosines stay
    between = np.einsum("ij,ij->i", *turned)
    assert abs(float(between.mean())) < 0.5 and float(np.abs(between).max()) < 0.95


class TestReload:
    """What this process opened stays open; what is new is opened; what is gone is gone."""

    @pytest.fixture
    def opened(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """How many rows each load decrypted."""
        seen: list[int] = []
        unseal = cipher.unseal_all

        def counted(rows: Sequence[cipher.SealedRow], *more: Any) -> cipher.Opened:
            seen.append(len(rows))
            return unseal(rows, *more)

        monkeypatch.setattr(cipher, "unseal_all", counted)
        return seen

    def test_only_who_changed_is_decrypted(self, northwind: World, people: list[Person], opened: list[int]) -> None:
        loaded(northwind.northwind)
        keep(people[0], directions(1, seed=5)[0])
        found = gallery_for(northwind.northwind, SPACE)
        assert opened == [2 * PEOPLE, 3] and len(found) == PEOPLE
        again = loaded(northwind.northwind)
        order = [found.person_ids.index(person) for person in again.person_ids]
        assert found.lengths is not None and again.lengths is not None
        assert np.allclose(found.matrix[order], again.matrix) and np.allclose(found.lengths[order], again.lengths)

    def test_nobody_is_decrypted_twice_where_nothing_changed(
        self, northwind: World, people: list[Person], opened: list[int]
    ) -> None:
        first = loaded(northwind.northwind)
        services.renew_gallery(organization=northwind.northwind)
        assert gallery_for(northwind.northwind, SPACE).matrix is first.matrix and opened == [2 * PEOPLE]

    def test_who_is_gone_is_forgotten_at_once(self, northwind: World, people: list[Person], opened: list[int]) -> None:
        loaded(northwind.northwind)
        services.withdraw_consent(organization=northwind.northwind, person=people[0])
        found = gallery_for(northwind.northwind, SPACE)
        assert opened == [2 * PEOPLE] and set(found.person_ids) == {person.pk for person in people[1:]}

    def test_one_of_two_references_that_goes_changes_its_person(
        self, northwind: World, people: list[Person], opened: list[int]
    ) -> None:
        loaded(northwind.northwind)
        first_of(people[0]).delete()
        services.renew_gallery(organization=northwind.northwind)
        found = gallery_for(northwind.northwind, SPACE)
        assert opened == [2 * PEOPLE, 1] and len(found) == PEOPLE

    def test_a_row_altered_meanwhile_is_refused_when_it_is_opened(
        self, northwind: World, people: list[Person], opened: list[int]
    ) -> None:
        loaded(northwind.northwind)
        copied_with_its_key(people)
        services.renew_gallery(organization=northwind.northwind)
        found = gallery_for(northwind.northwind, SPACE)
        assert found.refused == (first_of(people[0]).pk,) and people[0].pk not in found.person_ids

    def test_when_many_change_all_are_read(
        self, northwind: World, people: list[Person], opened: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gallery, "_MOST_CHANGED", 0)
        loaded(northwind.northwind)
        first_of(people[0]).delete()
        services.renew_gallery(organization=northwind.northwind)
        gallery_for(northwind.northwind, SPACE)
        assert opened == [2 * PEOPLE, 2 * PEOPLE - 1]
