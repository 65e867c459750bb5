from itertools import chain, count

import pytest

from bench.timing import Cost, Rounds, cost, cpu_ms, here, interleaved


def test_the_cost_is_the_median_and_the_middle_half() -> None:
    assert cost([1, 2, 3, 4, 5]) == Cost(median=3, low=2, high=4)


def test_jobs_take_turns() -> None:
    order: list[str] = []
    jobs = {name: here(lambda name=name: order.append(name)) for name in "ab"}  # type: ignore[misc]
    interleaved(jobs, rounds=2)
    assert order == ["a", "b"] * 3


def test_the_first_round_only_warms_up() -> None:
    costs = chain([9000.0], (float(tick) for tick in count()))
    assert interleaved({"a": lambda: next(costs)}, rounds=3).taken["a"] == [0, 1, 2]


def test_a_fast_job_is_repeated_and_its_cost_shared() -> None:
    calls: list[int] = []
    ticks = iter([0.0, 0.010])
    assert here(lambda: calls.append(1), 5, lambda: next(ticks))() == pytest.approx(2)
    assert len(calls) == 5


def test_a_cost_is_in_milliseconds() -> None:
    ticks = iter([1.0, 1.25])
    assert cpu_ms(lambda: None, lambda: next(ticks)) == 250


def test_a_round_that_a_neighbour_slowed_leaves_the_ratio_alone() -> None:
    calm, slowed = (20.0, 10.0, 5.0), (60.0, 30.0, 15.0)
    whole, part, rest = zip(calm, slowed, calm, strict=True)
    rounds = Rounds({"whole": whole, "part": part, "rest": rest})
    assert rounds.ratio("whole", ["part"]) == 2
    assert rounds.ratio("whole", ["part", "rest"]) == pytest.approx(4 / 3)
