"""A change of keys: recognised before, during and after it, whatever kills it; nothing is left under the old one."""

import os
import random
import signal
import traceback
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any, NoReturn

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from apps.enrollment import gallery, rotation, vault
from apps.enrollment.gallery import gallery_for
from apps.enrollment.models import GalleryVersion, PersonKey, Reference
from apps.enrollment.services import withdraw_consent
from apps.organizations import keyring
from apps.organizations.models import AuditEntry, Organization, OrganizationKey
from apps.organizations.tenancy import acting_for
from apps.people.models import Person
from tests.attendance.threads import at_once, wide_pool
from tests.personas import World

from .keyed import SPACE, crowd, directions, keep, loaded, named

PEOPLE = 6
CHILD_SECONDS = 60
Crowd = list[Person]
Sized = Callable[[int, int], int]


@pytest.fixture
def people(northwind: World) -> Crowd:
    return crowd(northwind.northwind, directions(PEOPLE))


def versions() -> set[int]:
    """The versions under which something is kept."""
    return {
        *PersonKey.objects.values_list("version", flat=True),
        *OrganizationKey.objects.values_list("version", flat=True),
    }


def ids(people: Crowd) -> list[uuid.UUID]:
    return [person.pk for person in people]


@pytest.mark.django_db
class TestWhole:
    def test_everybody_is_who_they_were(self, northwind: World, people: Crowd) -> None:
        rotation.rotate(northwind.northwind)
        assert named(loaded(northwind.northwind), directions(PEOPLE)) == ids(people)

    def test_nothing_is_left_under_the_old_version(self, northwind: World, people: Crowd) -> None:
        before = set(PersonKey.objects.values_list("pk", flat=True))
        done = rotation.rotate(northwind.northwind)
        assert (done.people, done.references, versions()) == (PEOPLE, 2 * PEOPLE, {done.version})
        assert before.isdisjoint(Reference.objects.values_list("key_id", flat=True))

    def test_the_vectors_are_turned_another_way(self, northwind: World, people: Crowd) -> None:
        [vector] = directions(1)
        before = vault.turned(northwind.northwind, vector)
        rotation.rotate(northwind.northwind)
        assert abs(float(before @ vault.turned(northwind.northwind, vector))) < 0.95

    def test_every_process_is_told_that_its_gallery_is_old(self, northwind: World, people: Crowd) -> None:
        before = GalleryVersion.objects.get().token
        rotation.rotate(northwind.northwind)
        assert GalleryVersion.objects.get().token != before

    def test_what_never_ends_says_so_and_goes_on_when_it_is_run_again(
        self, northwind: World, people: Crowd, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(rotation, "finish", lambda *_: False)
            with pytest.raises(CommandError, match=r"run this again.*\[rotation_unfinished\]"):
                call_command("rotate_organization", "northwind", verbosity=0)
        assert len(versions()) == 2
        call_command("rotate_organization", "northwind", verbosity=0)
        assert len(versions()) == 1
        assert named(loaded(northwind.northwind), directions(PEOPLE)) == ids(people)

    def test_it_is_in_the_trail(self, northwind: World, people: Crowd) -> None:
        rotation.rotate(northwind.northwind)
        told = AuditEntry.objects.filter(action__startswith="organization_key.").order_by("sequence")
        assert [one.action for one in told] == ["organization_key.add", "organization_key.retire"]

    def test_the_command_does_it_by_the_organizations_address(self, northwind: World, people: Crowd) -> None:
        call_command("rotate_organization", "northwind", verbosity=0)
        assert versions() == {2}

    def test_an_unknown_address_is_refused(self, world: World) -> None:
        with pytest.raises(CommandError, match="no organization nowhere"):
            call_command("rotate_organization", "nowhere")

    def test_another_organization_keeps_its_keys(self, world: World) -> None:
        for organization in (world.northwind, world.southwind):
            with acting_for(organization):
                crowd(organization, directions(2))
        with acting_for(world.northwind):
            rotation.rotate(world.northwind)
        with acting_for(world.southwind):
            assert versions() == {1} and len(loaded(world.southwind)) == 2


@pytest.mark.django_db
class TestHalfWay:
    @pytest.fixture
    def half(self, northwind: World, people: Crowd) -> Organization:
        """Half of the people are moved."""
        organization = northwind.northwind
        version = rotation.begin(organization)
        for person in people[: PEOPLE // 2]:
            rotation.move_person(organization, person.pk, version)
        return organization

    def test_everybody_is_recognised(self, half: Organization, people: Crowd) -> None:
        assert named(loaded(half), directions(PEOPLE)) == ids(people)

    def test_a_probe_turned_for_the_organization_fits_its_gallery(self, half: Organization, people: Crowd) -> None:
        vectors = [vault.turned(half, vector) for vector in directions(PEOPLE)]
        assert [loaded(half).nearest(one)[0].person_id for one in vectors] == ids(people)

    def test_a_stored_vector_opens_in_the_newest_space(self, half: Organization, people: Crowd) -> None:
        for person, vector in zip(people, directions(PEOPLE), strict=True):
            reference = Reference.objects.filter(person=person).order_by("created_at").first()
            assert reference and np.allclose(vault.open_one(reference), vault.turned(half, vector), atol=1e-5)

    def test_who_enrolls_meanwhile_is_under_the_new_version(self, half: Organization, people: Crowd) -> None:
        [row] = keep(people[-1], directions(1, seed=9)[0], space="another space")
        assert row.key.version == 2

    def test_it_goes_on_with_the_version_that_was_begun(self, half: Organization) -> None:
        assert rotation.rotate(half).version == 2 and versions() == {2}

    def test_a_reference_that_does_not_open_hinders_nobody(self, half: Organization, people: Crowd) -> None:
        lost = Reference.objects.filter(person=people[-1])[0]
        Reference.objects.filter(pk=lost.pk).update(ciphertext=b"\x02" + bytes(120))
        rotation.rotate(half)
        found = loaded(half)
        assert (found.refused, set(found.person_ids)) == ((lost.pk,), set(ids(people[:-1])))


@pytest.fixture
def plain_connections(world: World) -> Iterator[None]:
    """No pool, on PostgreSQL: it keeps connections open that are closed here, and its threads do not survive a fork."""
    options = connection.settings_dict["OPTIONS"]
    connections.close_all()
    if pool := options.get("pool"):
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
        options["pool"] = False
    yield
    connections.close_all()
    if pool:
        options["pool"] = pool


def killed_at(statement: int, act: Callable[[], Any]) -> bool:
    """Do it in a process of its own that is killed before this SQL statement; whether it was."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        killed_or_done(statement, act)
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    assert ended in (0, -signal.SIGKILL), f"it ended with {ended} before it was killed"
    return ended != 0


def killed_or_done(statement: int, act: Callable[[], Any]) -> NoReturn:
    """What the child does; it never comes back, or there would be two processes that run these tests."""
    counted = count()

    def watch(execute: Callable[..., Any], *args: Any) -> Any:
        if next(counted) == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*args)

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(CHILD_SECONDS)
    try:
        keyring.forget_keys()
        with connection.execute_wrapper(watch):
            act()
        os._exit(0)
    finally:
        traceback.print_exc()
        os._exit(1)


@pytest.mark.usefixtures("plain_connections")
@pytest.mark.django_db(transaction=True)
def test_killed_at_random_statements_it_ends_well_when_it_is_run_again(world: World, sized: Sized) -> None:
    organization, vectors, seed = world.northwind, directions(PEOPLE), random.randrange(10**6)
    chance, kills = random.Random(seed), 0
    with acting_for(organization):
        people = crowd(organization, vectors)
        while kills < sized(3, 20):
            if killed_at(chance.randrange(8, 90), lambda: rotation.rotate(organization)):
                kills += 1
                assert named(loaded(organization), vectors) == ids(people), f"seed {seed}, after kill {kills}"
            else:
                assert len(versions()) == 1, f"seed {seed}"
        done = rotation.rotate(organization)
        assert versions() == {done.version} and named(loaded(organization), vectors) == ids(people)
        references = Reference.objects.select_related("key")
        assert all(len(vault.open_one(row)) == len(vectors[0]) for row in references)


@pytest.mark.django_db
def test_a_kept_gallery_is_searched_with_probes_of_its_own_space(northwind: World, people: Crowd) -> None:
    kept = gallery_for(northwind.northwind, SPACE)
    rotation.rotate(northwind.northwind)
    assert named(kept, directions(PEOPLE)) == ids(people)


@pytest.mark.django_db
def test_keys_that_are_gone_are_dropped_from_memory(northwind: World, people: Crowd) -> None:
    first = loaded(northwind.northwind).key
    rotation.rotate(northwind.northwind)
    gallery_for(northwind.northwind, SPACE)
    assert first not in keyring._opened.values() and gallery.gallery_for(northwind.northwind, SPACE).key != first


@pytest.mark.django_db(transaction=True)
def test_two_rotations_enrollments_and_a_withdrawal_at_once_end_well(world: World) -> None:
    organization, vectors = world.northwind, directions(PEOPLE)
    with acting_for(organization):
        people = crowd(organization, vectors)
    newcomers = directions(PEOPLE, seed=9)

    def enrolls(at: int) -> object:
        return keep(people[at], newcomers[at])

    acts: list[Callable[[], object]] = [partial(rotation.rotate, organization)] * 2
    acts += [partial(enrolls, at) for at in range(2, PEOPLE)]
    acts += [partial(withdraw_consent, organization=organization, person=people[0])]
    with wide_pool():
        at_once(organization.pk, acts)
    with acting_for(organization):
        rotation.rotate(organization)
        assert len(versions()) == 1 and people[0].pk not in loaded(organization).person_ids
        references = Reference.objects.select_related("key")
        assert references.count() == 3 * PEOPLE - 4 and all(vault.open_one(row).any() for row in references)
        assert named(loaded(organization), vectors[1:2]) == ids(people[1:2])
