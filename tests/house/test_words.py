"""One thing, one word: names that say nothing are refused, and every module says what it is for."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.shape import functions
from tests.house.source import PRODUCT, Module, modules

# Words that fit everything and so tell nothing. `check` alone is refused, `check_digit` is not.
EMPTY = {"info", "manager", "handle", "process", "util", "utils", "helper", "helpers", "misc", "stuff"}
ALONE = {"check", "data", "do"}
# Methods a framework calls by these names.
GIVEN = {
    *("check", "handle", "process_view", "process_exception", "process_template_response", "process_request"),
    *("process_response", "post_process", "handle_no_permission", "handle_exception"),
}


def names(module: Module) -> Iterator[tuple[int, str]]:
    """The names a module gives: itself, its classes and its functions."""
    yield 1, module.name.rpartition(".")[2]
    classes = [node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    yield from ((node.lineno, node.name) for node in classes if not _is_django_manager(node))
    given = [method for node in classes for method in node.body if getattr(method, "name", "") in GIVEN]
    yield from ((node.lineno, node.name) for node in functions([module]) if node not in given)


def _is_django_manager(node: ast.ClassDef) -> bool:
    # Django's own word for the door to a table.
    return node.name.endswith("Manager") and any("Manager" in ast.unparse(base) for base in node.bases)


def words(name: str) -> list[str]:
    """The words of snake_case or CamelCase, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]


def empty_names(found: list[Module]) -> list[str]:
    """Where a name says nothing."""
    return [
        f"{module.name}:{line} {name}"
        for module in found
        for line, name in names(module)
        if EMPTY & set(words(name)) or name.strip("_").lower() in ALONE
    ]


def planted(text: str, name: str = "apps.people.planted") -> list[str]:
    return empty_names([Module(name, Path("planted.py"), text)])


def test_every_name_says_something() -> None:
    assert empty_names(modules(*PRODUCT)) == []


@pytest.mark.parametrize("name", ["check", "handle_frame", "PersonManager", "process", "user_info", "_utils"])
def test_it_finds_a_name_that_says_nothing(name: str) -> None:
    text = f"class {name}: ..." if name[0].isupper() else f"def {name}(): ..."
    assert len(planted(text)) == 1


@pytest.mark.parametrize("name", ["check_digit", "information_of", "processed_frames", "database"])
def test_it_lets_a_name_be_that_says_something(name: str) -> None:
    assert planted(f"def {name}(): ...") == []


def test_it_finds_a_module_that_says_nothing() -> None:
    assert len(planted("", name="apps.people.utils")) == 1


def test_a_command_may_have_the_handle_that_django_calls() -> None:
    assert planted("class Command:\n    def handle(self): ...") == []


def test_a_manager_of_django_is_called_one() -> None:
    assert planted("class PersonManager(models.Manager[Person]): ...") == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [one.name for one in modules(*PRODUCT, "scripts", "bench") if not ast.get_docstring(one.tree)]
    assert silent == []
