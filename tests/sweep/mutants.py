"""Un-scoping mutants: with the query guard off, each explicit narrowing to an organization is dropped, one at a time.

The code of a function is swapped in place, so that whoever imported it runs the mutant too. What row-level security
and the guard would still stop is let through here on purpose: it is the sweep that must see it.
"""

import ast
import gc
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any
from unittest import mock

from apps.organizations import tenancy
from apps.organizations.tenancy import Guard, GuardedUpdate

ROOT = Path(__file__).parents[2]
NARROWING = {"filter", "get", "exclude"}
KEYWORDS = {"organization", "organization_id"}
DOORS = Path("apps/organizations/doors.py")
# What a door looks up by; each of these words is a wall of its own.
DOOR_KEYWORDS = {"user_id", "is_active", "ended_at", "expires_at__gt", "user__is_staff", "user__is_active"}


@dataclass(frozen=True)
class Mutant:
    """One narrowing that is dropped: the file, the function, the line and the word."""

    path: Path
    function: str
    line: int
    column: int
    keyword: str
    subject: str
    number: int = 1  # of those alike in their function

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.function}: {self.subject} without {self.keyword}"

    @property
    def place(self) -> tuple[str, str]:
        """The function it is in, by file and name."""
        return str(ROOT / self.path), self.function

    @property
    def name(self) -> str:
        """Without the line, which changes."""
        room, again = ".".join(self.path.with_suffix("").parts[1:]), f" {self.number}" if self.number > 1 else ""
        return f"{room}.{self.function} {self.subject} {self.keyword}{again}"

    @cached_property
    def code(self) -> CodeType:
        """The function's code without the narrowing."""
        tree = ast.parse((ROOT / self.path).read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (node.lineno, node.col_offset) == (self.line, self.column):
                node.keywords = [one for one in node.keywords if one.arg != self.keyword]
        module = compile(ast.fix_missing_locations(tree), str(ROOT / self.path), "exec")
        return next(one for one in codes(module) if one.co_qualname == self.function)

    @cached_property
    def targets(self) -> list[FunctionType]:
        """The living functions whose code is to be swapped."""
        return [one for one in living().get((str(ROOT / self.path), self.function), []) if fits(one, self.code)]


def fits(function: FunctionType, code: CodeType) -> bool:
    return function.__code__.co_freevars == code.co_freevars


def codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from codes(one)


_living: dict[tuple[str, str], list[FunctionType]] = {}


def living() -> dict[tuple[str, str], list[FunctionType]]:
    """Every function of ours that is loaded, by file and name."""
    if not _living:
        for one in gc.get_objects():
            if type(one) is FunctionType and one.__code__.co_filename.startswith(str(ROOT / "apps")):
                _living.setdefault((one.__code__.co_filename, one.__code__.co_qualname), []).append(one)
    return _living


def mutants() -> list[Mutant]:
    """Every one there is, read off the code."""
    found: list[Mutant] = []
    for file in sorted((ROOT / "apps").rglob("*.py")):
        if "migrations" not in file.parts:
            found += _in(file.relative_to(ROOT))
    alike: Counter[str] = Counter()
    for n, one in enumerate(found):
        alike[one.name] += 1
        found[n] = replace(one, number=alike[one.name])
    return found


def _in(path: Path) -> Iterator[Mutant]:
    words = KEYWORDS | (DOOR_KEYWORDS if path == DOORS else set())
    tree = ast.parse((ROOT / path).read_text())
    for function, node in functions(tree, ""):
        for call in own_calls(node):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            yield from (
                Mutant(path, function, call.lineno, call.col_offset, str(one.arg), subject_of(call))
                for one in call.keywords
                if name in NARROWING and one.arg in words
            )


def functions(node: ast.AST, outer: str) -> Iterator[tuple[str, ast.AST]]:
    """Every function under this node, by the name that Python gives its code."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield outer + child.name, child
            yield from functions(child, f"{outer}{child.name}.<locals>.")
        elif isinstance(child, ast.ClassDef):
            yield from functions(child, f"{outer}{child.name}.")
        else:
            yield from functions(child, outer)


def own_calls(node: ast.AST) -> Iterator[ast.Call]:
    """The calls in a function, but not in the functions inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from own_calls(child)


def subject_of(call: ast.Call) -> str:
    """What is narrowed, as it is written: the first word of the chain."""
    return ast.unparse(call.func).split(".", maxsplit=1)[0].split("(", maxsplit=1)[0]


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """The product with this one narrowing dropped."""
    kept = [(one, one.__code__) for one in mutant.targets]
    for one, _ in kept:
        one.__code__ = mutant.code
    try:
        yield
    finally:
        for one, code in kept:
            one.__code__ = code


@contextmanager
def guard_off() -> Iterator[None]:
    """Queries and writes as if nobody guarded them."""

    def unbound(query: Any) -> Any:
        return query.clone()

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(Guard, "_bound", unbound))
        stack.enter_context(mock.patch.object(GuardedUpdate, "_refuse_foreign", lambda *_: None))
        stack.enter_context(mock.patch.object(tenancy, "refuse_foreign", lambda row: None))
        yield


@contextmanager
def watching(wanted: set[tuple[str, str]]) -> Iterator[set[tuple[str, str]]]:
    """Which of these functions run, by file and name."""
    ran: set[tuple[str, str]] = set()

    def look(frame: Any, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "call" and (code.co_filename, code.co_qualname) in wanted:
            ran.add((code.co_filename, code.co_qualname))

    sys.setprofile(look)
    try:
        yield ran
    finally:
        sys.setprofile(None)


_ROW = "narrowed by an own row too: a foreign key cannot cross"
_KEY = "narrowed by the key of a row that was found in the organization before"
# Reviewed: mutants that change nothing, by name, with the reason. They are not counted.
EQUIVALENT = {
    "attendance.equal_path.failing_by_face Person organization": _KEY,
    "attendance.paths._claim PathTry organization": _ROW,
    "attendance.badges.person_by_badge Badge organization": "its hash is made with the organization's own key",
    "attendance.pins.person_by_pin Pin organization": _ROW,
    "attendance.pins.person_by_pin PinLock organization": _ROW,
    "attendance.pins.wait_for PinLock organization": "get_or_create names the organization again",
    "attendance.performance._sightings Sighting organization": "narrowed by an approach's random number",
    "attendance.retention.due Consent organization": _ROW,
    "attendance.retention.enrolled_people Person organization": _ROW,
    "attendance.retention.enrolled_people PersonKey organization": _ROW,
    "attendance.retention.enrolled_people Punch organization": _ROW,
    "attendance.retention.enrolled_people Reference organization": _ROW,
    "attendance.spoof_tests.count_try SpoofCount organization": "get_or_create names the organization again",
    "attendance.services.record_manual_punch Punch organization": "its nonce is made of the own person's key",
    "attendance.services.count_approach ApproachTally organization": _KEY,
    "enrollment.cases.end_visit Reference organization": _ROW,
    "enrollment.duplicates._discard Reference organization": _ROW,
    "enrollment.duplicates._lapse DuplicateCase organization": _KEY,
    "enrollment.impostors.reset_own_line OwnLine organization": "the trail refuses a foreign row: all is undone",
    "enrollment.invitations.opened EnrollmentInvitation organization": _KEY,
    "enrollment.invitations.to_invite Reference organization": _ROW,
    "enrollment.moving.enrolled_people Person organization": _ROW,
    "enrollment.moving.enrolled_people Reference organization": _ROW,
    "enrollment.moving.take_beside Reference organization": "a foreign visit takes no draft, and loses none",
    "enrollment.moving.with_references_of Reference organization": _ROW,
    "enrollment.photo_rules._people Consent organization": _ROW,
    "enrollment.photo_rules._people EnrollmentSession organization": _ROW,
    "enrollment.photo_rules._people Reference organization": _ROW,
    "enrollment.refusals.note AuditEntry organization": _KEY,
    "enrollment.refusals.note GalleryVersion organization": "it only locks",
    "enrollment.rotation.move_person Reference organization": _KEY,
    "enrollment.selectors.consents_due Consent organization": _ROW,
    "enrollment.selectors.consents_due Person organization": _ROW,
    "enrollment.services.complete_session Reference organization": _ROW,
    "enrollment.impostors._keep_pairs Reference organization": "its people are those of the own gallery",
    "enrollment.impostors._keep_pairs LookAlike organization": "what is deleted is narrowed once more",
    "enrollment.impostors._keep_pairs LookAlike organization 2": "its keys are of rows that were narrowed already",
    "enrollment.services._live EnrollmentSession organization": "narrowed by the visit's own key, and to its own place",
    "enrollment.services.start_session EnrollmentSession organization": _ROW,
    "enrollment.shadow.count ShadowTally organization": _KEY,
    "enrollment.vault.person_key Reference organization": _KEY,
    "organizations.camera_keys.new_pairing Pairing organization": _ROW,
    "organizations.camera_keys._pair Pairing organization": _KEY,
    "organizations.camera_keys.live_key CameraKey organization 2": _KEY,
    "organizations.doors._admitting rows user__is_active": "Django forgets a disabled user's session before any door",
    "organizations.invitations.opened Invitation organization": _KEY,
    "organizations.key_checks.deployment_problem OrganizationKey organization": "every organization is asked in turn",
    "organizations.key_checks.problem_in OrganizationKey organization": "each purpose is looked up here once more",
    "people.erasure_plan.queued_work Job organization": "what is given is narrowed once more",
    "people.erasure_plan.queued_work Job organization 2": _KEY,
    "people.selectors.departments_within Responsibility organization": _ROW,
    "people.selectors.sites_within Responsibility organization": _ROW,
    "people.management.commands.replay_erasures._erase_again Person organization": _KEY,
    "people.services.is_still_here Person organization": "a foreign row is refused before it",
    "people.tombstones._there Person organization": "a pseudonym is made with the organization's id",
    "people.tombstones.untold ErasureReceipt organization": "every organization is asked in turn",
    "people.selectors.supervisors_of Responsibility organization": _ROW,
    "people.services.assign_responsibilities Responsibility organization": _ROW,
}
