"""Who may import whom: the rooms go one way, the files inside a room go one way, and nothing goes round."""

from collections.abc import Iterable, Iterator

from tests.house.source import Import, Module

# Each room may import those named here, and itself.
ROOMS: dict[str, set[str]] = {
    "apps.recognition": set(),
    "apps.organizations": set(),
    "apps.people": {"apps.organizations"},
    "apps.enrollment": {"apps.people", "apps.organizations", "apps.recognition"},
    "apps.attendance": {"apps.enrollment", "apps.people", "apps.organizations", "apps.recognition"},
    "apps.integrations": {
        *("apps.attendance", "apps.enrollment", "apps.people", "apps.organizations", "apps.recognition")
    },
}
SITE = "attendance_site"
# What the rooms may use of the site: its Celery application and its way of reading the environment.
OPEN_TO_ROOMS = {"attendance_site.celery", "attendance_site.env"}

EDGES = {"views", "api", "consumers", "admin", "management", "middleware", "templatetags"}
DECLARATIONS = {"forms", "tables", "serializers", "filters"}
# In any room, a file of the left kind may not import a file of the right kind.
FORBIDDEN: dict[str, set[str]] = {
    "models": {"selectors", "services", "tasks", "urls", *EDGES, *DECLARATIONS},
    "selectors": {"services", "tasks", "urls", *EDGES, *DECLARATIONS},
    "services": {"tasks", "urls", *EDGES, *DECLARATIONS},
    "tasks": {"urls", *EDGES},
    **{kind: {"services", "tasks", "urls", *EDGES} for kind in DECLARATIONS},
    # Tasks are the one edge that another edge may call: a consumer queues one by its id.
    **{kind: {"urls", *(EDGES - {kind})} for kind in EDGES},
}

HEAVY = {"deepface", "tensorflow", "tf_keras", "keras", "retinaface"}
# The engine loads its parts when the first one is asked for: a process that only serves pages never does.
LOADS_LATE = {"apps.recognition.engine"}


def is_engine_adapter(module: Module) -> bool:
    """The one place that may import a heavy library, and may do so inside a function."""
    return module.name.startswith("apps.recognition.") and "deepface" in module.path.stem


def room(name: str) -> str:
    """The room of a dotted name: `apps.people`, `attendance_site`, or '' for what is not ours."""
    parts = name.split(".")
    if parts[0] == SITE:
        return SITE
    return ".".join(parts[:2]) if parts[0] == "apps" and len(parts) > 1 else ""


def kind(name: str) -> str:
    """What a module is inside its room: `models`, `services`, ... also for the files of such a package."""
    parts = name.split(".")
    return parts[2] if parts[0] == "apps" and len(parts) > 2 else ""


def violations(modules: Iterable[Module]) -> list[str]:
    """Every broken arrow, one readable line each; an empty list when the house stands."""
    found = list(modules)
    broken = [line for module in found for wrong in module.imports for line in _broken(module, wrong)]
    return [*broken, *(f"goes round: {' -> '.join(cycle)}" for cycle in cycles(found))]


def _broken(module: Module, wanted: Import) -> Iterator[str]:
    place = f"{module.name}:{wanted.line}"
    here, there = room(module.name), room(wanted.target)
    if there and not _room_may(here, there, wanted.target):
        yield f"{place} imports {wanted.target}: {here} may not know {there}"
    if kind(wanted.target) in FORBIDDEN.get(kind(module.name), set()):
        yield f"{place} imports {wanted.target}: {kind(module.name)} may not know {kind(wanted.target)}"
    if here == "apps.recognition" and wanted.target.startswith("django.db"):
        yield f"{place} imports {wanted.target}: recognition has no database"
    if is_engine_adapter(module):
        return
    if wanted.local and module.name not in LOADS_LATE:
        yield f"{place} imports {wanted.target} inside a function"
    if wanted.target.partition(".")[0] in HEAVY:
        yield f"{place} imports {wanted.target}: only the engine's DeepFace adapter may"


def _room_may(here: str, there: str, target: str) -> bool:
    if here in (there, SITE):
        return True
    if there == SITE:
        return any(target == name or target.startswith(f"{name}.") for name in OPEN_TO_ROOMS)
    return there in ROOMS.get(here, set())


def cycles(modules: Iterable[Module]) -> list[list[str]]:
    """The knots of files that import one another, each as its sorted names (Tarjan, 1972)."""
    graph = _graph(modules)
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    knots: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        path.append(name)
        for target in graph[name]:
            if target not in index:
                visit(target)
            if target in path:
                low[name] = min(low[name], low[target])
        if low[name] == index[name]:
            at = path.index(name)
            knots.append(path[at:])
            del path[at:]

    for name in graph:
        if name not in index:
            visit(name)
    return [sorted(knot) for knot in knots if len(knot) > 1]


def _graph(modules: Iterable[Module]) -> dict[str, set[str]]:
    found = {module.name: module for module in modules}
    return {name: {*_targets(module, found)} - {name} for name, module in found.items()}


def _targets(module: Module, found: dict[str, Module]) -> Iterator[str]:
    for wanted in module.imports:
        # `from a.b import c` names the module a.b.c, or c inside a.b: whichever file exists.
        owner = wanted.target.rpartition(".")[0]
        if wanted.target in found:
            yield wanted.target
        elif owner in found:
            yield owner
