"""The default runner: Django's Tasks framework, whatever backend ``settings.TASKS`` names.

With ``django-tasks-db`` the database alone is enough. Django's own default, the immediate
backend, does the work right after the commit, in the process that committed.
Django 5.2 needs the package ``django-tasks``, which has the same interface.
"""

from __future__ import annotations

import datetime
from importlib.util import find_spec
from typing import Any, ClassVar

from ..jobs import deliver

if find_spec("django.tasks") is not None:
    from django.tasks import task, task_backends
else:
    from django_tasks import task, task_backends  # type: ignore[assignment,no-redef,unused-ignore]

__all__ = ["DjangoTasks", "run_job"]


@task()
def run_job(message: str) -> None:
    """Carry out the order of a message."""
    deliver(message)


class DjangoTasks:
    """``queue_name``, ``backend`` and ``priority`` are those of Django's ``Task.using``."""

    inline: ClassVar[bool] = False

    def __init__(self, **options: Any) -> None:
        self.options = options

    def defers(self, node: Any) -> bool:
        """Whether the backend knows ``run_after``."""
        backend = task_backends[self.options.get("backend", run_job.backend)]
        return bool(backend.supports_defer)

    def send(self, node: Any, message: str, key: str, due: datetime.datetime | None) -> None:
        """Enqueue the message."""
        options = {**self.options, **({"run_after": due} if due is not None else {})}
        (run_job.using(**options) if options else run_job).enqueue(message)
