"""The Celery door: a task opens the organization it names first, and nothing else."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from celery import Task, shared_task

from apps.organizations.tenancy import acting_for


class OrganizationTask(Task):
    """Takes the organization's id first and runs the task acting for it; no transaction is opened here."""

    abstract = True

    def __call__(self, organization_id: str, *args: Any, **kwargs: Any) -> Any:
        with acting_for(UUID(organization_id)):
            return super().__call__(organization_id, *args, **kwargs)


def frame_task(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """A task on one frame: late ones expire unread, nothing is kept of it, and it has its own queue."""
    options |= {"queue": "frames", "expires": 2, "ignore_result": True}
    return cast("Callable[[Callable[..., Any]], Any]", shared_task(base=OrganizationTask, **options))
