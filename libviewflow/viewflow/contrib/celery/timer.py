"""A timer that a Celery message wakes up (BPMN 2.0.2, clause 10.5.4, timer event).

The moment is in ``task.scheduled``, as for ``flow.Timer``; the message with its ETA is only more
punctual than the clock, which fires the timer when the message was lost.
"""

from __future__ import annotations

import datetime
from functools import partial
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils.timezone import now

from viewflow.workflow import STATUS, Activation, flow, nodes
from viewflow.workflow.context import Context
from viewflow.workflow.orders import Address, Order
from viewflow.workflow.work import open_order

from .runner import CeleryRunner

__all__ = ["Timer", "TimerActivation", "fire_timer"]


@shared_task(name="viewflow.contrib.celery.fire_timer", ignore_result=True)
def fire_timer(message: str) -> None:
    """Fire the timer of a message, unless that is over."""
    with open_order(message) as activation, Context(propagate_exception=False):
        if activation is not None:
            activation.trigger()


class TimerActivation(nodes.TimerActivation):
    """Waits for its moment, and for a message."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.SCHEDULED)
    def activate(self) -> None:
        """Find out when the timer is due; the message goes out after the commit."""
        with self.step():
            super().activate.original()
            if self.task.status == STATUS.SCHEDULED:
                self.task.external_task_id = Order.new().key
                transaction.on_commit(partial(_send, self), using=self.using)

    def waits_for(self, key: str) -> bool:
        """Tell whether a message with this key is still good."""
        waiting = self.task.status == STATUS.SCHEDULED
        return waiting and self.task.external_task_id == key and self.task.scheduled <= now()


def _send(activation: TimerActivation) -> None:
    task = activation.task
    address = Address(
        str(activation.flow_class), str(task.process_id), str(task.pk), task.external_task_id
    )
    CeleryRunner().call(fire_timer, str(address), address.key, task.scheduled)


class Timer(flow.Timer):
    """Waits for ``delay``: seconds, or what ``flow.Timer`` takes."""

    activation_class = TimerActivation

    def __init__(self, delay: Any, undo_func: Any = None) -> None:
        if isinstance(delay, int | float):
            delay = datetime.timedelta(seconds=delay)
        super().__init__(delay, undo_func)
