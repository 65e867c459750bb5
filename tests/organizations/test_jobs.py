"""Durable work: each due job runs, in its own organization, once; a failed one comes again later."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from apps.organizations import jobs
from apps.organizations.models import Job, Organization, Site
from apps.organizations.tenancy import acting_for, current_organization_id
from tests.personas import World

Plant = Callable[..., list[dict[str, Any]]]
pytestmark = pytest.mark.django_db


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """`plant(work)`: register a kind "planted" and return the list of what it was run with."""
    monkeypatch.setattr(jobs, "KINDS", {})
    monkeypatch.setattr(jobs, "PERIODIC", {})
    ran: list[dict[str, Any]] = []

    def planted(work: Callable[..., None] = lambda **_: None, **options: Any) -> list[dict[str, Any]]:
        def run(**arguments: Any) -> None:
            ran.append(arguments)
            work(**arguments)

        jobs.job("planted", **options)(run)
        return ran

    yield planted


def enqueue(organization: Organization, **options: Any) -> None:
    with acting_for(organization):
        jobs.enqueue(organization=organization, kind="planted", **options)


def job_of(organization: Organization) -> Job:
    with acting_for(organization):
        return Job.objects.get()


def make_due(organization: Organization) -> None:
    with acting_for(organization):
        Job.objects.update(due_at=timezone.now())


def fail(**arguments: Any) -> None:
    raise ZeroDivisionError("no")


def test_a_due_job_runs_with_its_arguments(world: World, plant: Plant) -> None:
    ran = plant()
    enqueue(world.northwind, number=7)
    assert (jobs.run_due(), ran) == (1, [{"organization": world.northwind, "number": 7}])


def test_it_runs_once(world: World, plant: Plant) -> None:
    ran = plant()
    enqueue(world.northwind)
    assert (jobs.run_due(), jobs.run_due(), len(ran)) == (1, 0, 1)


def test_a_finished_job_keeps_when(world: World, plant: Plant) -> None:
    plant()
    enqueue(world.northwind)
    jobs.run_due()
    assert job_of(world.northwind).finished_at is not None


def test_a_job_waits_until_it_is_due(world: World, plant: Plant) -> None:
    plant()
    enqueue(world.northwind, due_at=timezone.now() + timedelta(minutes=1))
    assert jobs.run_due() == 0


def test_the_oldest_goes_first(world: World, plant: Plant) -> None:
    ran = plant()
    now = timezone.now()
    for number in (1, 3, 2):
        enqueue(world.northwind, key=str(number), number=number, due_at=now - timedelta(minutes=number))
    jobs.run_due()
    assert [one["number"] for one in ran] == [3, 2, 1]


def test_an_open_job_of_one_key_is_written_once(world: World, plant: Plant) -> None:
    ran = plant()
    for number in (1, 2):
        enqueue(world.northwind, key="report", number=number)
    jobs.run_due()
    assert [one["number"] for one in ran] == [1]


def test_a_key_is_free_again_when_its_job_is_done(world: World, plant: Plant) -> None:
    ran = plant()
    for _ in range(2):
        enqueue(world.northwind, key="report")
        jobs.run_due()
    assert len(ran) == 2


def test_a_job_nobody_knows_is_left_for_a_process_that_does(world: World, plant: Plant) -> None:
    enqueue(world.northwind)
    assert (jobs.run_due(), job_of(world.northwind).attempts) == (0, 0)


def test_a_job_acts_for_its_own_organization(world: World, plant: Plant) -> None:
    found: list[tuple[UUID | None, str]] = []
    plant(lambda **_: found.append((current_organization_id(), Site.objects.get().name)))
    for organization in (world.northwind, world.southwind):
        enqueue(organization)
    jobs.run_due()
    assert sorted(found) == sorted([(world.northwind.pk, "Main gate"), (world.southwind.pk, "Main gate south")])


def test_no_organization_stays_open_afterwards(world: World, plant: Plant) -> None:
    plant()
    jobs.run_due()
    assert current_organization_id() is None


class TestFailure:
    def test_it_is_kept_with_its_reason(self, world: World, plant: Plant) -> None:
        plant(fail)
        enqueue(world.northwind)
        jobs.run_due()
        failed = job_of(world.northwind)
        assert (failed.attempts, failed.last_error, failed.finished_at) == (1, "ZeroDivisionError: no", None)

    def test_what_it_wrote_is_undone(self, world: World, plant: Plant) -> None:
        def write_and_fail(organization: Organization) -> None:
            Site.objects.create(organization=organization, name="Half done", time_zone="UTC")
            fail()

        plant(write_and_fail)
        enqueue(world.northwind)
        jobs.run_due()
        with acting_for(world.northwind):
            assert Site.objects.filter(name="Half done").count() == 0

    def test_it_waits_longer_each_time(self, world: World, plant: Plant) -> None:
        plant(fail)
        enqueue(world.northwind)
        waits = []
        for _ in range(3):
            make_due(world.northwind)
            jobs.run_due()
            waits.append(round((job_of(world.northwind).due_at - timezone.now()).total_seconds()))
        assert waits == [10, 20, 40]

    def test_it_is_given_up_in_the_end(self, world: World, plant: Plant) -> None:
        ran = plant(fail)
        enqueue(world.northwind)
        for _ in range(jobs.MOST_ATTEMPTS + 2):
            make_due(world.northwind)
            jobs.run_due()
        assert (len(ran), job_of(world.northwind).finished_at is None) == (jobs.MOST_ATTEMPTS, False)

    def test_it_holds_up_no_other_job(self, world: World, plant: Plant) -> None:
        def fail_the_first(organization: Organization, number: int) -> None:
            if number == 1:
                fail()

        ran = plant(fail_the_first)
        enqueue(world.northwind, key="1", number=1)
        enqueue(world.northwind, key="2", number=2)
        enqueue(world.southwind, number=3)
        jobs.run_due()
        assert sorted(one["number"] for one in ran) == [1, 2, 3]


class TestPeriodic:
    def test_it_needs_nobody_to_ask_for_it(self, world: World, plant: Plant) -> None:
        ran = plant(every=timedelta(hours=1))
        jobs.run_due()
        assert {one["organization"] for one in ran} == {world.northwind, world.southwind}

    def test_it_comes_again_when_its_time_is_up(self, world: World, plant: Plant) -> None:
        ran = plant(every=timedelta(hours=1))
        jobs.run_due()
        assert jobs.run_due() == 0
        make_due(world.northwind)
        assert (jobs.run_due(), len(ran)) == (1, 3)

    def test_it_has_one_row(self, world: World, plant: Plant) -> None:
        plant(every=timedelta(hours=1))
        for _ in range(3):
            jobs.run_due()
        assert timedelta(minutes=59) < job_of(world.northwind).due_at - timezone.now() <= timedelta(hours=1)

    def test_it_is_never_given_up(self, world: World, plant: Plant) -> None:
        plant(fail, every=timedelta(hours=1))
        for _ in range(jobs.MOST_ATTEMPTS + 1):
            jobs.run_due()
            make_due(world.northwind)
        assert job_of(world.northwind).finished_at is None

    def test_a_success_forgets_earlier_failures(self, world: World, plant: Plant) -> None:
        outcomes = iter([fail])
        plant(lambda **arguments: next(outcomes, lambda **_: None)(**arguments), every=timedelta(hours=1))
        jobs.run_due()
        make_due(world.northwind)
        jobs.run_due()
        assert (job_of(world.northwind).attempts, job_of(world.northwind).last_error) == (0, "")


def run_in_threads(count: int) -> int:
    def run(_: int) -> int:
        try:
            return jobs.run_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return sum(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_loops_at_once_run_each_job_once(committed: World, plant: Plant) -> None:
    ran = plant()
    for number in range(12):
        enqueue(committed.northwind, key=str(number), number=number)
    assert run_in_threads(3) == 12
    assert sorted(one["number"] for one in ran) == list(range(12))


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_loop_passes_over_a_job_another_has_in_hand(committed: World, plant: Plant) -> None:
    both_at_work = threading.Barrier(2)
    ran = plant(lambda **_: both_at_work.wait(10))
    for number in range(2):
        enqueue(committed.northwind, key=str(number), number=number)
    assert (run_in_threads(2), len(ran)) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_schedule_at_once_agree(committed: World, plant: Plant) -> None:
    ran = plant(lambda **_: time.sleep(0.05), every=timedelta(hours=1))
    run_in_threads(3)
    assert len(ran) == 2


def test_the_command_runs_what_is_due_and_ends(world: World, plant: Plant) -> None:
    plant()
    enqueue(world.northwind)
    said = StringIO()
    call_command("jobs", "--once", stdout=said)
    assert said.getvalue() == "1 jobs ran.\n"
