"""Nodes for Celery (BPMN 2.0.2, clauses 10.3.3 and 10.5.4: service task, timer event)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery.exceptions import Ignore
from django.utils.timezone import now

from viewflow.workflow import flow
from viewflow.workflow.jobs import claim, running
from viewflow.workflow.runners import Runner, get_runner

from .runner import CeleryRunner, verdict

__all__ = ["Job", "Timer"]


class Job(flow.Job):
    """Work of a Celery task, or of a plain function that a Celery worker calls.

    A Celery task gets the activation's reference and takes the work with :meth:`activate`::

        @shared_task(bind=True)
        def charge_card(self, activation_ref):
            with celery.Job.activate(activation_ref) as activation:
                ...

        class OrderFlow(flow.Flow):
            charge = celery.Job(charge_card).Next(this.ship)

    A plain function is called as by ``flow.Job``. Everything else is as there; ``self.retry()``
    and ``autoretry_for`` of Celery work too and are no failures.
    """

    @property
    def runner(self) -> Runner:
        return get_runner(CeleryRunner if self._runner is None else self._runner)

    @staticmethod
    @contextmanager
    def activate(activation_ref: str) -> Iterator[Any]:
        """Take the work in a Celery task; the end of the block completes it.

        Raises Celery's ``Ignore`` when the message came twice, or too late: the task then ends
        quietly. What the block raises is noted on the task and raised again; ``Retry``,
        ``Reject`` and ``Ignore`` are not failures.
        """
        work = claim(activation_ref)
        if work is None:
            raise Ignore(f"{activation_ref} is not open any more.")
        with running(work, verdict) as activation:
            yield activation


class Timer(flow.Job):
    """Waits for a time, woken up by a Celery message with an ETA.

    ``delay`` is seconds or a timedelta. ``viewflow.workflow.tasks.workflow_fire_timers`` wakes up
    those whose message was lost.
    """

    task_type = "TIMER"
    bpmn_element = "intermediateCatchEvent"

    def __init__(self, delay: float | datetime.timedelta, **options: Any) -> None:
        super().__init__(None, **options)
        if not isinstance(delay, datetime.timedelta):
            delay = datetime.timedelta(seconds=delay)
        self.delay = delay

    @property
    def runner(self) -> Runner:
        return get_runner(CeleryRunner if self._runner is None else self._runner)

    def due(self, activation: Any) -> datetime.datetime | None:
        return now() + self.delay

    def work(self, activation: Any) -> None:
        """Waiting was all."""
