import ast
from pathlib import Path

import pytest

from tests.house import shape
from tests.house.source import PRODUCT, Module, modules


def function(text: str) -> shape.Function:
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)
    return node


def module(text: str) -> Module:
    return Module("planted", Path("planted.py"), text)


def test_the_table_is_printed_beside_the_aims(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n\n{shape.printed()}\n")


def test_no_except_is_bare() -> None:
    assert shape.bare(modules(*PRODUCT, "scripts", "tests")) == []


def test_it_finds_a_bare_except() -> None:
    assert shape.bare([module("try:\n    pass\nexcept:\n    pass\n")]) == ["planted:3"]


def test_it_counts_a_broad_except() -> None:
    assert shape.broad([module("try:\n    pass\nexcept Exception:\n    pass\n")]) == ["planted:3"]


def test_a_named_except_is_neither() -> None:
    named = [module("try:\n    pass\nexcept OSError:\n    pass\n")]
    assert (shape.bare(named), shape.broad(named)) == ([], [])


def test_a_straight_function_has_one_branch() -> None:
    assert shape.branches(function("def f():\n    return 1")) == 1


def test_every_way_to_choose_is_a_branch() -> None:
    assert shape.branches(function("def f(a, b):\n    if a and b:\n        return 1 if a else 2")) == 4


def test_a_nested_function_keeps_its_branches_to_itself() -> None:
    assert shape.branches(function("def f():\n    def g(a):\n        if a:\n            pass")) == 1


def test_nesting_counts_blocks_in_blocks() -> None:
    assert shape.nesting(function("def f(a):\n    for b in a:\n        if b:\n            pass")) == 2


def test_self_is_no_argument() -> None:
    assert shape.arguments(function("def f(self, a, *, b): ...")) == 2


def test_a_function_is_as_long_as_its_lines() -> None:
    assert shape.length(function("def f():\n    a = 1\n\n    return a")) == 4


def test_a_comment_beside_code_is_a_comment_line() -> None:
    assert shape.comment_lines(module("a = 1  # why\nb = '# not one'\n")) == 1


@pytest.mark.parametrize(("values", "middle"), [([], 0), ([7], 7), ([1, 2, 3], 2)])
def test_the_percentile_of_few_values_is_still_one(values: list[float], middle: float) -> None:
    assert shape.percentile(values, 50) == middle


def test_the_longest_functions_come_first() -> None:
    longest = shape.longest([module("def a():\n    pass\n\n\ndef b():\n    c = 1\n    return c\n")])
    assert longest == ["   3 lines  planted.b", "   2 lines  planted.a"]
