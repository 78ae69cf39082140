"""Runners: who carries an order to a worker. One small module for each.

A runner hands over a message and may forget about it: what is to be done stands on the task's
row. ``settings.VIEWFLOW["JOB_RUNNER"]`` names one for all jobs, ``Job(…, runner=…)`` one for a
node: a dotted path, a class or an instance, or the name of a runner of this package.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Any, ClassVar, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from ...conf import settings

__all__ = ["Runner", "get_runner"]

_NAMES = {
    "django_tasks": "viewflow.workflow.runners.django_tasks.DjangoTasks",
    "immediate": "viewflow.workflow.runners.immediate.Immediate",
    "inline": "viewflow.workflow.runners.immediate.Inline",
    "celery": "viewflow.contrib.celery.CeleryRunner",
}


class Runner(Protocol):
    """What a job needs of a runner."""

    #: The work is done inside the step that creates the job; nothing is sent.
    inline: ClassVar[bool]

    def defers(self, node: Any) -> bool:
        """Whether :meth:`send` can hold a message back until it is due; else the sweeper does."""
        ...

    def send(self, node: Any, message: str, key: str, due: datetime.datetime | None) -> None:
        """Hand the message over to whoever calls ``viewflow.workflow.jobs.deliver(message)``.

        Called after the commit. ``key`` is the order's own key; ``due`` is ``None`` for at once.
        """
        ...


def get_runner(named: Any = None) -> Runner:
    """Return a runner by what a node or the settings say of it.

    Raises ``ImproperlyConfigured`` when there is none of that name.
    """
    value = named if named is not None else settings.JOB_RUNNER
    return _import(value) if isinstance(value, str) else _instance(value)


@lru_cache
def _import(name: str) -> Runner:
    try:
        return _instance(import_string(_NAMES.get(name, name)))
    except ImportError as error:
        raise ImproperlyConfigured(f"The runner {name!r} cannot be used: {error}") from error


def _instance(value: Any) -> Runner:
    return value() if isinstance(value, type) else value
