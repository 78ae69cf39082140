"""The sweeper: finds jobs whose message or worker was lost, and goes on with them.

A message is lost when the process that wrote the order was killed before it sent the message, or
when the messenger lost it; a worker, when it was killed. Both show on the task's row: a time that
has passed (see :mod:`viewflow.workflow.orders`).
"""

from __future__ import annotations

import datetime
import logging
from typing import Any, NamedTuple

from django.apps import apps
from django.db import router
from django.db.models import Q
from django.utils.timezone import now

from ..conf import settings
from .context import Context
from .models import AbstractTask
from .status import STATUS
from .work import locked

__all__ = ["Swept", "sweep", "task_models"]

logger = logging.getLogger(__name__)


class Swept(NamedTuple):
    """What :func:`sweep` has put right."""

    sent: int = 0
    restarted: int = 0
    failed: int = 0

    def __str__(self) -> str:
        return f"{self.sent} sent, {self.restarted} restarted, {self.failed} failed"


def sweep(limit: int = 100) -> Swept:
    """Find jobs whose message or worker was lost, at most ``limit`` of each kind, and go on.

    Safe to call at any time and by several processes at once. What cannot be put right now
    (a process that somebody keeps locked, a node that is gone from the code) is logged and left
    for later.
    """
    found = {"sent": 0, "restarted": 0, "failed": 0}
    for model in task_models():
        for task in _overdue(model, limit):
            outcome = _recover(task)
            if outcome:
                found[outcome] += 1
    return Swept(**found)


def task_models() -> list[Any]:
    """Return the models whose tables keep tasks."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, AbstractTask) and not model._meta.proxy and not model._meta.parents
    ]


def _overdue(model: Any, limit: int) -> list[Any]:
    moment = now()
    late = moment - datetime.timedelta(seconds=settings.JOB_PATIENCE)
    rows = model._base_manager.using(router.db_for_write(model)).filter(
        flow_task_type="JOB", scheduled__lte=moment
    )
    unsent = Q(scheduled__lte=late) | Q(external_task_id__endswith=":0")
    return [
        *rows.filter(unsent, status=STATUS.SCHEDULED).order_by("scheduled")[:limit],
        *rows.filter(status=STATUS.STARTED).order_by("scheduled")[:limit],
    ]


def _recover(task: Any) -> str:
    node = task.flow_task
    try:
        if node is not None and hasattr(node.activation_class, "recover"):
            with (
                locked(node.flow_class, task.process_id, task.pk) as activation,
                Context(propagate_exception=False),
            ):
                return activation.recover() if activation is not None else ""
        logger.warning("Task %s is overdue, but the code has no such job.", task.pk)
    except Exception:
        logger.exception("Task %s could not be recovered; later.", task.pk)
    # Not again with every sweep, and not in the way of others.
    rows = type(task)._base_manager.using(task._state.db)
    rows.filter(pk=task.pk, status=task.status, scheduled=task.scheduled).update(
        scheduled=now() + datetime.timedelta(seconds=settings.JOB_PATIENCE)
    )
    return ""
