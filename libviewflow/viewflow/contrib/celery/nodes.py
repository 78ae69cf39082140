"""The job of a Celery worker (BPMN 2.0.2, clause 10.3.3, service task)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery.exceptions import Ignore

from viewflow.workflow import FlowRuntimeError, flow
from viewflow.workflow.jobs import claim, running
from viewflow.workflow.runners import Runner, get_runner

from .runner import CeleryRunner, verdict

__all__ = ["Job"]


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
        ``Reject`` and ``Ignore`` are not failures. An error that the process has an ``OnError``
        for leaves as ``Ignore``: nothing is wrong then.
        """
        work = claim(activation_ref)
        if work is None:
            raise Ignore(f"{activation_ref} is not open any more.")
        with running(work, verdict) as activation:
            yield activation
        if work.caught:
            raise Ignore(f"{activation_ref} failed, and the process goes another way.")

    def work(self, activation: Any) -> Any:
        """Call the plain function. Raises ``FlowRuntimeError`` for a Celery task."""
        if hasattr(self.func, "apply_async"):
            raise FlowRuntimeError(
                f"{self} is done by a Celery task, which only Celery can call. In tests set "
                "task_always_eager and let the hooks of the commit run."
            )
        return super().work(activation)
