"""Everything that runs apart from a request: tasks, jobs and commands, called as A with B's keys."""

import inspect
import io
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command, get_commands, load_command_class

from apps.organizations.command import OrganizationCommand
from apps.organizations.jobs import KINDS
from apps.organizations.tenancy import acting_for
from apps.recognition import frames
from attendance_site.celery import app
from tests.sweep.rows import Place

# What an import of photos asks a worker for.
PHOTO_TERMS = {
    **{"dry_run": False, "replaces": True, "paper_reference": "file 12", "accepted": 0},
    **{"actor_kind": "user", "actor_id": str(uuid.UUID(int=0))},
}


def tasks() -> list[Any]:
    """Every task of ours."""
    return [task for name, task in sorted(app.tasks.items()) if not name.startswith("celery.")]


def parameters(task: Any) -> list[str]:
    return list(inspect.signature(task.run).parameters)


def arguments(task: Any, own: Place, other: Place, ticket_of: Place) -> Iterator[list[Any]]:
    """Own organization first, then the other's keys: once with every kind of row."""
    names = parameters(task)
    keyed = [name for name in names[1:] if name.endswith("_id")]
    rows = other.rows.values() if keyed else [other.organization]
    for row in rows:
        values = {name: str(row.pk) for name in keyed} | {
            "ticket": held(ticket_of),
            "seq": 1,
            "track": 1,
            "channel": "c",
            "nonce": "",
            "attempt": "live.1",
            "segment": 0,
            "trail": uuid.uuid4().hex,
            "terms": json.dumps(PHOTO_TERMS),
        }
        yield [str(own.organization.pk), *(values[name] for name in names[1:])]


def held(place: Place) -> str:
    """The ticket of a frame that waits in this organization's name."""
    return frames.hold(place.organization.pk, b"\xff\xd8 no picture")


def run_job(kind: str, own: Place, other: Place) -> None:
    """The job, acting for A, told every argument it takes as B's key."""
    names = [name for name in inspect.signature(KINDS[kind]).parameters if name != "organization"]
    values = {name: str(next(iter(other.rows.values())).pk) for name in names}
    with acting_for(own.organization):
        KINDS[kind](organization=own.organization, **values)


def commands() -> dict[str, OrganizationCommand]:
    """Every command that names its organization."""
    found: dict[str, BaseCommand] = {
        name: load_command_class(app_name, name) for name, app_name in get_commands().items() if app_name in ours()
    }
    return {name: command for name, command in found.items() if isinstance(command, OrganizationCommand)}


def ours() -> set[str]:
    return {f"apps.{room.name}" for room in (Path(__file__).parents[2] / "apps").iterdir()}


def run_command(name: str, command: OrganizationCommand, own: Place, words: str, folder: Path) -> str:
    """What the command prints for A when every option it takes is a word of B."""
    parser = command.create_parser("manage.py", name)
    given: list[str] = []
    for action in parser._actions:
        if action.dest in vars(BaseCommand().create_parser("", "").parse_args([])) or action.dest in {"help", "json"}:
            continue
        value = own.slug if action.dest == "organization" else str(folder) if action.type is Path else words
        given += [*action.option_strings[:1], value] if action.nargs != 0 else []
    out = io.StringIO()
    try:
        call_command(command, *given, stdout=out, stderr=out)
    except CommandError as error:
        out.write(str(error))
    return out.getvalue()
