from itertools import chain, count

from bench.timing import Cost, cost, interleaved


def test_the_cost_is_the_median_and_the_middle_half() -> None:
    assert cost([1, 2, 3, 4, 5]) == Cost(median=3, low=2, high=4)


def test_jobs_take_turns() -> None:
    order: list[str] = []
    interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=2)
    assert order == ["a", "b"] * 3


def test_the_first_round_only_warms_up() -> None:
    clock = chain([0.0, 9.0], (float(tick) for tick in count()))
    assert interleaved({"a": lambda: None}, rounds=3, clock=lambda: next(clock))["a"].median == 1000
