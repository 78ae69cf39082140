"""Job: work that a background worker does (BPMN 2.0.2, clause 10.3.3, service task).

The step writes an order on the task's row (see :mod:`viewflow.workflow.orders`) and sends a
message once it has been committed. :mod:`viewflow.workflow.work` is the worker's side: it takes
the order, does the work without any lock, and completes the task only if it still waits for this
very order.
"""

from __future__ import annotations

import datetime
import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from ...conf import settings
from ...this_object import this
from ..activation import Activation
from ..base import Node
from ..context import Context
from ..exceptions import FlowRuntimeError
from ..orders import Address, Order, backoff_of
from ..runners import Runner, get_runner
from ..status import STATUS
from .mixins import NextNodeMixin

__all__ = ["AbstractJob", "AbstractJobActivation", "Job", "JobActivation", "WorkerLostError"]

logger = logging.getLogger(__name__)


class WorkerLostError(FlowRuntimeError):
    """The workers that did a job disappeared without a word, again and again."""


class AbstractJobActivation(Activation):
    """A task that waits for work done elsewhere. What starts the work is up to the subclass."""

    def ref(self) -> str:
        """Return the text by which a worker finds the task: ``<flow>/<process>/<task>``."""
        return str(Address(str(self.flow_class), str(self.task.process_id), str(self.task.pk)))

    @property
    def order(self) -> Order | None:
        """What a worker is asked to do, if anything."""
        return Order.parse(self.task.external_task_id)

    def waits_for(self, key: str) -> bool:
        """Tell whether a message with this key is still good. Without a key it is about any."""
        task, order = self.task, self.order
        if order is None or (key and order.key != key):
            return False
        if task.status == STATUS.STARTED:
            return task.scheduled is None or task.scheduled <= now()
        return bool(task.status == STATUS.SCHEDULED)

    @Activation.status.transition(
        source=[STATUS.SCHEDULED, STATUS.STARTED], target=STATUS.STARTED, label="Start"
    )
    def start(self) -> None:
        """A worker begins."""
        with self.step():
            self.hold()
            self.started()

    @Activation.status.transition(source=STATUS.STARTED, label="Resume")
    def resume(self) -> None:
        """A worker takes up what another one began; from now on the other's result is refused."""
        with self.step():
            order = self.order or Order.new()
            self.task.external_task_id = str(Order.new(order.attempt, order.lost + 1))
            self.hold()

    def hold(self) -> None:
        """Hook: a worker has the task from now on."""

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        """Complete and go on to what follows."""
        self.perform()

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def complete(self) -> None:
        """Finish the task."""
        with self.step():
            self.task.scheduled = None
            # Attempts may have failed; the task has not.
            self._forget_failure()
            self.finish()

    def _forget_failure(self) -> None:
        if hasattr(self.task, "data"):
            self.task.data = self.data_without_failure()

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.ERROR)
    def error(self, exception: BaseException) -> None:
        """The work failed for good; the cause is kept on the task."""
        with self.step():
            self.task.scheduled = None
            self.fail(exception)

    @Activation.status.transition(
        source=[STATUS.NEW, STATUS.SCHEDULED, STATUS.STARTED, STATUS.ERROR],
        target=STATUS.CANCELED,
        label="Cancel",
        permission=this.has_manage_permission,
    )
    def cancel(self) -> None:
        """Do not wait any longer; the branch ends here unless the task is revived.

        A worker that is busy with it cannot be stopped, but what it brings is refused.
        """
        with self.step():
            self.task.scheduled = None
            self.cancelled()


class AbstractJob(NextNodeMixin, Node):
    """Base of nodes that wait for work done elsewhere."""

    task_type = "JOB"
    bpmn_element = "serviceTask"
    activation_class: type[Activation] = AbstractJobActivation


class JobActivation(AbstractJobActivation):
    """Orders the work of a background worker."""

    def hold(self) -> None:
        """Note until when the worker must have told that it is alive."""
        lease = self.flow_task.lease or settings.JOB_LEASE
        self.task.scheduled = now() + datetime.timedelta(seconds=lease)

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Write the order; the message goes out after the commit."""
        runner = self.flow_task.runner
        if runner.inline:
            self._do_it_here()
            return
        with self.step(), self.exception_guard():
            self.issue(Order.new(), self.flow_task.due(self))

    def _do_it_here(self) -> None:
        with self.step(), Context(propagate_exception=False):
            self.task.external_task_id = str(Order.new(sent=0))
            self.task.status = STATUS.STARTED
            self.perform(self._work)

    def _work(self) -> None:
        self.started()
        self.call(self.flow_task.work, self)

    def issue(self, order: Order, due: datetime.datetime | None = None) -> None:
        """Make this the order that the task waits for; send its message after the commit.

        A runner that cannot hold messages back gets it when it is due, from the sweeper.
        """
        with self.step():
            runner, moment = self.flow_task.runner, now()
            if due is not None and due <= moment:
                due = None
            at_once = due is None or runner.defers(self.flow_task)
            self.task.external_task_id = str(
                Order(order.key, order.attempt, order.lost, int(at_once))
            )
            self.task.status = STATUS.SCHEDULED
            self.task.scheduled = due or moment
            if at_once:
                self.send_order(due)

    def send_order(self, due: datetime.datetime | None = None) -> None:
        """Send the message of the open order after the commit, if there is one."""
        order = self.order
        assert order is not None
        transaction.on_commit(partial(_send, self, order.key, due), using=self.using)

    @Activation.status.transition(
        source=STATUS.ERROR,
        target=STATUS.SCHEDULED,
        label="Retry",
        permission=this.has_manage_permission,
    )
    def retry(self) -> None:
        """Order the work again, with all attempts."""
        with self.step():
            self.task.finished = None
            self._forget_failure()
            if self.flow_task.runner.inline:
                self._do_it_here()
            else:
                self.issue(Order.new())

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.SCHEDULED)
    def postpone(self, error: BaseException) -> None:
        """The attempt failed and another one is left: order it, after a pause."""
        with self.step():
            attempt = self.order.attempt if self.order is not None else 1
            self.note_failure(error)
            self.issue(Order.new(attempt + 1), now() + self.flow_task.backoff(attempt))

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.SCHEDULED)
    def give_back(self, due: datetime.datetime | None) -> None:
        """The runner itself delivers the same message again, at ``due``."""
        with self.step():
            self.task.scheduled = due or now()

    @Activation.status.transition(source=STATUS.STARTED)
    def leave(self) -> None:
        """The runner will not deliver again and nothing failed: somebody else completes it."""
        with self.step():
            self.task.scheduled = None

    def recover(self) -> str:
        """Put right what was lost: ``"sent"``, ``"restarted"``, ``"failed"`` or ``""``.

        A message that is overdue is sent again. A worker that has not been heard of for too long
        has been killed: the work is ordered anew, or the task fails when that happened too often.
        """
        task, order, moment = self.task, self.order, now()
        if order is None or task.scheduled is None or task.scheduled > moment:
            return ""
        with self.step():
            if task.status == STATUS.SCHEDULED:
                base = settings.JOB_PATIENCE
                if order.sent and task.scheduled > moment - datetime.timedelta(seconds=base):
                    return ""
                again = order.sent_again()
                wait = again.patience(base) - datetime.timedelta(seconds=base)
                task.external_task_id, task.scheduled = str(again), moment + wait
                self.send_order()
                return "sent"
            if task.status != STATUS.STARTED:
                return ""
            if order.lost >= self.flow_task.restarts:
                times = order.lost + 1
                self.error(
                    WorkerLostError(f"{times} workers in turn did not come back with a result.")
                )
                return "failed"
            self.restart()
            return "restarted"

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.SCHEDULED)
    def restart(self) -> None:
        """Order the same attempt again, because its worker was lost."""
        with self.step():
            order = self.order or Order.new()
            self.issue(Order.new(order.attempt, order.lost + 1))


class Job(AbstractJob):
    """Work that a background worker does: ``Job(func)`` calls ``func(activation)`` there.

    What ``func`` changes on ``activation.process`` and ``activation.task`` is stored with the
    completion; keys of a JSON column that others have changed meanwhile are kept.

    ``attempts`` and ``backoff``: a failure is tried again after a growing pause (see
    :class:`~viewflow.workflow.orders.Backoff`; seconds, a timedelta or a callable of the attempt).
    A :class:`~viewflow.workflow.exceptions.ProcessError` is not: it is the process's business.

    ``atomic``: the work is done in the transaction of its completion, so that what it does *in
    the project's database* happens exactly once. Without it the work happens at least once: a
    worker that is killed after the work and before the completion makes it happen again.

    ``restarts``: how often the same attempt begins anew after its worker was killed; 0 leaves
    that to a person. ``lease``: seconds after which a silent worker counts as killed.
    ``runner``: see :mod:`viewflow.workflow.runners`.
    """

    activation_class = JobActivation
    references = ("func", "undo_func", "_backoff")

    def __init__(
        self,
        func: Any,
        undo_func: Any = None,
        *,
        attempts: int = 1,
        backoff: Any = None,
        atomic: bool = False,
        restarts: int = 5,
        lease: float | None = None,
        runner: Any = None,
    ) -> None:
        super().__init__()
        if attempts < 1:
            raise ValueError("Job(attempts=…) is at least 1.")
        self.func = func
        self.undo_func = undo_func
        self.attempts = attempts
        self.atomic = atomic
        self.restarts = restarts
        self.lease = lease
        self._backoff = backoff
        self._runner = runner

    @property
    def runner(self) -> Runner:
        """Who carries the orders of this node to a worker."""
        return get_runner(self._runner)

    def backoff(self, attempt: int) -> datetime.timedelta:
        """Return the pause after the failure of this attempt."""
        return backoff_of(self._backoff)(attempt)

    def due(self, activation: Activation) -> datetime.datetime | None:
        """Return when a new task's work is due; ``None`` for at once."""
        return None

    def work(self, activation: Activation) -> Any:
        """Do the work; called in the worker."""
        return self.func(activation)


def _send(activation: JobActivation, key: str, due: datetime.datetime | None) -> None:
    """Send a message; what goes wrong here is repaired by the sweeper."""
    node = activation.flow_task
    try:
        node.runner.send(node, f"{activation.ref()}#{key}", key, due)
    except Exception:
        # The step is committed: its author must not see an error of the messenger.
        logger.exception(
            "The message for %s was not sent; the sweeper will send it.", activation.ref()
        )
