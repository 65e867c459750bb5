"""The shape of the code beside what we aim at: looked at, never met by splitting a thought.

python -m tests.house.shape        prints the table
"""

import ast
import io
import statistics
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.house.source import PRODUCT, Module, modules

Function = ast.FunctionDef | ast.AsyncFunctionDef
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.Assert, ast.comprehension)
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


@dataclass(frozen=True)
class Row:
    """One line of the table; each figure has been formatted."""

    measure: str
    ours: str
    aim: str


def functions(found: Iterable[Module]) -> list[Function]:
    """Every function and method."""
    return [node for module in found for node in ast.walk(module.tree) if isinstance(node, Function)]


def length(node: Function | ast.ClassDef) -> int:
    """Lines from the def to its last one."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def branches(node: Function) -> int:
    """Cyclomatic complexity (McCabe), nested functions left to themselves."""
    return 1 + sum(_choices(child) for child in _own(node))


def _choices(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    return int(isinstance(node, (*BRANCHES, ast.match_case)))


def _own(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.ClassDef):
            yield child
            yield from _own(child)


def nesting(node: ast.AST) -> int:
    """How deep blocks lie in one another."""
    inner = (child for child in ast.iter_child_nodes(node) if not isinstance(child, Function | ast.ClassDef))
    return max((nesting(child) + isinstance(child, BLOCKS) for child in inner), default=0)


def arguments(node: Function) -> int:
    """Arguments, `self` and `cls` not counted."""
    named = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in named if name not in ("self", "cls")])


def handlers(found: Iterable[Module]) -> list[ast.ExceptHandler]:
    """Every except clause."""
    return [node for module in found for node in ast.walk(module.tree) if isinstance(node, ast.ExceptHandler)]


def bare(found: Iterable[Module]) -> list[str]:
    """Where an except names nothing; these fail the build."""
    return [f"{module.name}:{node.lineno}" for module in found for node in handlers([module]) if node.type is None]


def broad(found: Iterable[Module]) -> list[str]:
    """Where an except names Exception: the task edge and the socket edge may."""
    wide = ("Exception", "BaseException")
    return [
        f"{module.name}:{node.lineno}"
        for module in found
        for node in handlers([module])
        if isinstance(node.type, ast.Name) and node.type.id in wide
    ]


def comment_lines(module: Module) -> int:
    """Lines with a comment on them."""
    tokens = tokenize.generate_tokens(io.StringIO(module.text).readline)
    return len({token.start[0] for token in tokens if token.type == tokenize.COMMENT})


def percentile(values: Iterable[float], percent: int) -> float:
    """The value that `percent` of 100 do not exceed; 0 for none."""
    ordered = sorted(values)
    if len(ordered) < 2:
        return ordered[0] if ordered else 0
    return statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1]


def table(product: list[Module], tests: list[Module]) -> list[Row]:
    """Our figures beside the aims of docs/decisions."""
    made = functions(product)
    lengths = [length(node) for node in made]
    files = [lines(module) for module in product]
    cases = [node for node in functions(tests) if node.name.startswith("test_")]
    code = sum(files)
    return [
        Row("function lines p50 / p90 / max", _spread(lengths, 50, 90), "<= 8 / <= 25 / 50"),
        Row("functions over 40 lines", _share(lengths, lambda lines: lines > 40), "under 2 %"),
        Row("branches p90 / max", _spread([branches(node) for node in made], 90), "<= 5 / 10"),
        Row("nesting p90 / max", _spread([nesting(node) for node in made], 90), "<= 2 / 3"),
        Row("arguments p90 / max", _spread([arguments(node) for node in made], 90), "<= 4 / 6"),
        Row("file lines p50 / p90 / max", _spread(files, 50, 90), "<= 80 / <= 200 / 350"),
        Row("view lines p50 / p90 / max", _spread(_lengths_in(product, "views"), 50, 90), "<= 8 / <= 20"),
        Row("service lines p50 / p90 / max", _spread(_lengths_in(product, "services"), 50, 90), "<= 10 / <= 25"),
        Row("test : code lines", f"{sum(map(lines, tests)) / max(1, code):.2f}", "1.3 to 2.0"),
        Row("one test, lines p50 / p90 / max", _spread([length(node) for node in cases], 50, 90), "<= 10 / <= 20"),
        Row("return types given", _share(made, lambda node: node.returns is not None), "100 %"),
        Row("modules with a docstring", _share(product, lambda one: bool(ast.get_docstring(one.tree))), "100 %"),
        Row("comment lines", f"{sum(map(comment_lines, product)) / max(1, code):.1%}", "4 to 6 %, only why"),
        Row("bare except / except Exception", f"{len(bare(product))} / {len(broad(product))}", "0 / <= 2"),
        Row("imports inside functions", str(_local_imports(product)), "1 (the engine)"),
    ]


def lines(module: Module) -> int:
    """Lines of a file."""
    return module.text.count("\n")


def _lengths_in(found: list[Module], kind: str) -> list[int]:
    return [length(node) for node in functions(module for module in found if kind in module.name.split("."))]


def _local_imports(found: list[Module]) -> int:
    return len({(module.name, one.line) for module in found for one in module.imports if one.local})


def _spread(values: list[int], *percents: int) -> str:
    figures = [*(percentile(values, percent) for percent in percents), max(values, default=0)]
    return " / ".join(f"{figure:.0f}" for figure in figures)


def _share(values: list[Any], holds: Callable[[Any], bool]) -> str:
    return f"{sum(map(holds, values)) / max(1, len(values)):.1%}"


def longest(product: list[Module], count: int = 5) -> list[str]:
    """The functions to stop and think at."""
    found = [(length(node), f"{module.name}.{node.name}") for module in product for node in functions([module])]
    return [f"{size:4d} lines  {name}" for size, name in sorted(found, reverse=True)[:count]]


def printed() -> str:
    """The table and the longest functions, as text."""
    product, tests = modules(*PRODUCT), modules("tests")
    rows = [Row("measure", "ours", "aim"), *table(product, tests)]
    shown = [f"{row.measure:<34}{row.ours:<22}{row.aim}" for row in rows]
    return "\n".join([*shown, "", "longest functions:", *longest(product)])


if __name__ == "__main__":
    print(printed())
