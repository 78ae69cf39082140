"""A timer that a Celery message wakes up (BPMN 2.0.2, clause 10.5.4, timer event).

The moment is in ``task.scheduled``; the message with its ETA is only quicker than the clock
(``viewflow.workflow.tasks.workflow_fire_timers``), which fires the timer when it was lost.
"""

from __future__ import annotations

import datetime
from functools import partial

from celery import shared_task
from django.db import transaction
from django.utils.timezone import now

from viewflow.this_object import this
from viewflow.workflow import STATUS, Activation
from viewflow.workflow.context import Context
from viewflow.workflow.flow import mixins
from viewflow.workflow.nodes import AbstractJob, AbstractJobActivation
from viewflow.workflow.orders import Order
from viewflow.workflow.work import open_order

from .runner import CeleryRunner

__all__ = ["Timer", "TimerActivation", "fire_timer"]


@shared_task(name="viewflow.contrib.celery.fire_timer", ignore_result=True)
def fire_timer(message: str) -> None:
    """Fire the timer of a message, unless that is over."""
    with open_order(message) as activation, Context(propagate_exception=False):
        if activation is not None and activation.task.status == STATUS.SCHEDULED:
            activation.trigger()


class TimerActivation(AbstractJobActivation):
    """Waits for its moment."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.SCHEDULED)
    def activate(self) -> None:
        """Note the moment; the message goes out after the commit."""
        with self.step():
            order = Order.new()
            self.task.external_task_id = order.key
            self.task.scheduled = now() + self.flow_task.delay
            transaction.on_commit(partial(self._send, order.key), using=self.using)

    def _send(self, key: str) -> None:
        CeleryRunner().call(fire_timer, f"{self.ref()}#{key}", key, self.task.scheduled)

    def trigger(self) -> None:
        """Fire: start and complete in one step. Call it under the process's lock."""
        with self.step():
            self.start()
            self.execute()

    @Activation.status.transition(
        source=[STATUS.NEW, STATUS.SCHEDULED, STATUS.ERROR],
        target=STATUS.CANCELED,
        label="Cancel",
        permission=this.has_manage_permission,
    )
    def cancel(self) -> None:
        """Stop waiting; the branch ends here unless the timer is revived."""
        self.cancelled()


class Timer(
    mixins.NodeDetailMixin,
    mixins.NodeCancelMixin,
    mixins.NodeReviveMixin,
    AbstractJob,
):
    """Waits for ``delay``: seconds or a timedelta."""

    task_type = "TIMER"
    bpmn_element = "intermediateCatchEvent"
    activation_class = TimerActivation

    def __init__(self, delay: float | datetime.timedelta) -> None:
        super().__init__()
        if not isinstance(delay, datetime.timedelta):
            delay = datetime.timedelta(seconds=delay)
        self.delay = delay
