"""Celery as a runner: the message is the argument of a Celery task."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

from celery import current_task, shared_task
from celery.exceptions import Ignore, Reject, Retry
from django.utils.timezone import now

from viewflow.workflow.jobs import Pause, claim, running

__all__ = ["CeleryRunner", "run_job", "verdict"]


class CeleryRunner:
    """``options`` are those of Celery's ``apply_async``: ``queue``, ``priority``, ``expires`` …"""

    inline: ClassVar[bool] = False

    def __init__(self, **options: Any) -> None:
        self.options = options

    def defers(self, node: Any) -> bool:
        """Celery knows an ETA."""
        return True

    def send(self, node: Any, message: str, key: str, due: datetime.datetime | None) -> None:
        """Call the node's own Celery task, or :func:`run_job` for a plain function."""
        func: Any = getattr(node, "func", None)
        task = func if hasattr(func, "apply_async") else run_job
        self.call(task, message, key, due)

    def call(self, task: Any, message: str, key: str, due: datetime.datetime | None) -> None:
        """Send the message to a Celery task."""
        task.apply_async(args=[message], task_id=key, eta=due, **self.options)


@shared_task(name="viewflow.contrib.celery.run_job", ignore_result=True)
def run_job(message: str) -> None:
    """Carry out the order of a message, unless that is over."""
    work = claim(message)
    if work is not None:
        with running(work, verdict) as activation:
            work.node.work(activation)


def verdict(error: BaseException) -> Pause | None:
    """Tell what an exception means that a Celery task raised; ``None``: the work failed."""
    if isinstance(error, Retry):
        return Pause(_moment(error.when))
    if isinstance(error, Reject):
        return Pause(again=bool(error.requeue))
    if isinstance(error, Ignore):
        return Pause(again=False)
    if _celery_retries(error):
        return Pause()
    return None


def _moment(when: Any) -> datetime.datetime | None:
    if isinstance(when, datetime.datetime):
        return when if when.tzinfo is not None else when.replace(tzinfo=datetime.UTC)
    return now() + datetime.timedelta(seconds=when) if when is not None else None


def _celery_retries(error: BaseException) -> bool:
    """Tell whether ``autoretry_for`` of the running Celery task is about to deliver it again."""
    task = current_task
    caught = tuple(getattr(task, "autoretry_for", None) or ())
    excepted = tuple(getattr(task, "dont_autoretry_for", None) or ())
    if not task or not isinstance(error, caught) or isinstance(error, excepted):
        return False
    limit = (getattr(task, "retry_kwargs", None) or {}).get("max_retries", task.max_retries)
    return limit is None or task.request.retries < limit
