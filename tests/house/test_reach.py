"""No page reads people or their punches past the viewer's reach."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.arrows import kind
from tests.house.source import Module, modules

PAGES = {"views", "filters", "forms", "tables"}
# Reads of the whole organization, for commands, kiosks and services. Each has a twin that takes a reach.
WHOLE = {"people_of", "punches_of", "punches_on", "departments_of"}
OF_PEOPLE = {"Person", "Punch", "PersonState", "Department", "Consent", "EnrollmentSession", "Reference"}
# Reviewed: an owner or HR ticks any department of the organization for a supervisor.
REVIEWED = {"apps.people.forms departments_of"}


def past_the_reach(module: Module) -> Iterator[str]:
    """Each name of a whole read, and each query on a model of people; an empty one reads nothing."""
    for node in ast.walk(ast.parse(module.text.replace(".objects.none()", ""))):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name in WHOLE or (name == "objects" and ast.unparse(node).removesuffix(".objects") in OF_PEOPLE):
            yield f"{module.name} {name}"


def planted(text: str) -> list[str]:
    return list(past_the_reach(Module("apps.people.views", Path("planted.py"), text)))


def test_no_page_reads_past_the_reach() -> None:
    pages = [module for module in modules("apps") if kind(module.name) in PAGES]
    assert {line for page in pages for line in past_the_reach(page)} == REVIEWED


@pytest.mark.parametrize("text", ["selectors.people_of(organization)", "Person.objects.filter(pk=pk)", "punches_of(x)"])
def test_it_finds_what_reads_past_the_reach(text: str) -> None:
    assert len(planted(text)) == 1


@pytest.mark.parametrize("text", ["selectors.people_within(organization, reach)", "Person.objects.none()"])
def test_a_read_with_a_reach_is_let_be(text: str) -> None:
    assert planted(text) == []
