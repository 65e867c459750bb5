"""Every task opens its organization, has the queue that a worker serves, and takes ids and JSON only."""

import ast
import inspect
from typing import Any

import pytest
import yaml
from django.conf import settings

from apps.organizations.tasks import OrganizationTask
from attendance_site.celery import app
from tests.house.source import PRODUCT, ROOT, modules

app.loader.import_default_modules()
TASKS = {name: task for name, task in app.tasks.items() if not name.startswith(("celery.", "planted."))}
FRAME_TASKS = {"attendance.identify_frame", "enrollment.capture_frame"}
# Reviewed: tasks that belong to no organization. None yet; durable work is a row in Job.
OF_THE_PLATFORM: set[str] = set()
JSON_TYPES = {"str", "int", "float", "bool"}


def test_the_tasks_are_found() -> None:
    assert set(TASKS) >= FRAME_TASKS


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_task_opens_its_organization(task: Any) -> None:
    assert isinstance(task, OrganizationTask) or task.name in OF_THE_PLATFORM


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_task_takes_its_organization_first(task: Any) -> None:
    assert next(iter(inspect.signature(task.run).parameters)) == "organization_id"


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_task_takes_ids_and_plain_values_only(task: Any) -> None:
    given = inspect.signature(task.run).parameters.values()
    assert {getattr(one.annotation, "__name__", str(one.annotation)) for one in given} <= JSON_TYPES


@pytest.mark.parametrize("name", sorted(FRAME_TASKS))
def test_a_frame_task_expires_unread_and_keeps_nothing(name: str) -> None:
    task = TASKS[name]
    assert (task.queue, task.expires, task.ignore_result) == ("frames", 2, True)


def test_every_queue_is_served_by_a_worker() -> None:
    queues = {getattr(task, "queue", None) or settings.CELERY_TASK_DEFAULT_QUEUE for task in TASKS.values()}
    assert queues <= served()


def served() -> set[str]:
    """The queues that the project's own worker command reads."""
    [worker] = [one for one in modules("apps") if one.name.endswith("commands.frame_worker")]
    texts = [node.value for node in ast.walk(worker.tree) if isinstance(node, ast.Constant)]
    return {str(texts[at + 1]) for at, text in enumerate(texts) if text == "-Q"}


def test_the_image_of_the_worker_starts_that_command() -> None:
    assert 'CMD ["python", "manage.py", "frame_worker"]' in (ROOT / "Dockerfile").read_text()


def test_compose_starts_the_worker_and_the_due_jobs() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert "worker" in services and services["jobs"]["command"][-1] == "jobs"


def test_nothing_but_json_is_accepted() -> None:
    assert (app.conf.accept_content, app.conf.task_serializer) == (["json"], "json")


def test_no_task_is_defined_outside_a_rooms_tasks() -> None:
    elsewhere = [
        module.name
        for module in modules(*PRODUCT)
        if "shared_task" in module.text and not module.name.endswith(".tasks")
    ]
    assert elsewhere == []
