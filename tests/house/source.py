"""Our own Python files, parsed once, for the tests that read the code instead of running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("attendance_site", "apps")


@dataclass(frozen=True)
class Import:
    """One imported name: the module it may be, where it stands, and whether inside a function."""

    target: str
    line: int
    local: bool


@dataclass(frozen=True)
class Module:
    """A Python file: its dotted name and its text."""

    name: str
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> list[Import]:
        """Every import, those for the type checker included: an arrow drawn for types is an arrow."""
        return list(self._imports(self.tree, local=False))

    def _imports(self, node: ast.AST, *, local: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (Import(alias.name, child.lineno, local) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                source = self._absolute(child)
                yield from (Import(f"{source}.{alias.name}", child.lineno, local) for alias in child.names)
            else:
                inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                yield from self._imports(child, local=local or inside)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        is_package = self.path.name == "__init__.py"
        parts = self.name.split(".")
        base = parts[: len(parts) - node.level + is_package]
        return ".".join([*base, *([node.module] if node.module else [])])


def modules(*folders: str, root: Path = ROOT) -> list[Module]:
    """The non-empty modules under the named folders, migrations left out."""
    files = (file for folder in folders for file in sorted((root / folder).rglob("*.py")))
    kept = (file for file in files if "migrations" not in file.parts)
    return [module for file in kept if (module := _module(file, root)).text.strip()]


def _module(file: Path, root: Path) -> Module:
    parts = file.relative_to(root).with_suffix("").parts
    named = parts[:-1] if parts[-1] == "__init__" else parts
    return Module(".".join(named), file, file.read_text(encoding="utf-8"))
