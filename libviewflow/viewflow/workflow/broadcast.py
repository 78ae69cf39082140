"""How a signal reaches everybody who waits for it (BPMN 2.0.2, clause 10.5.4, signals).

The step that throws notes who is waiting at that moment, in a row of its own transaction
(:class:`~viewflow.workflow.models.SignalDelivery`). After the commit, when it holds no lock any
more, it takes the receivers one process after the other, each under its own lock and in its own
transaction, and deletes the row when it is through.

* A step that is rolled back has thrown nothing. Nobody waits: nothing is written or remembered.
* Two processes that throw at each other never wait for each other.
* A receiver whose next step fails does not touch the thrower or the other receivers: its task is
  ERROR, as in all background work.
* Whoever is killed between commit and delivery, or finds a process locked for too long, leaves
  the row; ``manage.py workflow_signals`` delivers it. Twice is harmless: only a task that still
  waits, and waited when the signal was thrown, goes on.
"""

from __future__ import annotations

import logging
from collections import deque
from datetime import timedelta
from functools import cache, partial
from itertools import groupby
from typing import Any

from asgiref.local import Local
from django.db import router
from django.utils.module_loading import autodiscover_modules
from django.utils.timezone import now

from .context import Context
from .exceptions import FlowLockFailed
from .executor import after_commit, is_in_transaction
from .fields import import_task_by_ref
from .graph.flow import known_flows
from .models import SignalDelivery
from .status import STATUS

__all__ = ["broadcast_signal", "deliver_signals"]

logger = logging.getLogger("viewflow.workflow")

#: Younger rows belong to somebody who is delivering them right now.
LEFT_BEHIND = timedelta(seconds=30)

#: Deliveries that this thread has still to make: what a receiver throws waits its turn.
_todo: Any = Local()


def broadcast_signal(name: str, using: str | None = None) -> int:
    """Release every ``SignalCatch(name)`` that waits now, in every process of every flow.

    Inside a step, or a transaction of yours, they go on after its commit, and the number of those
    who wait is returned. Otherwise they have gone on when this returns, and the number of those
    who did is returned. ``using`` is the database that the throwing transaction writes to.
    """
    using = using or router.db_for_write(SignalDelivery)
    receivers = _waiting(name)
    if not receivers:
        return 0
    later = is_in_transaction(using)
    delivery = SignalDelivery(name=name, receivers=receivers)
    delivery.save(using=using)
    if later:
        after_commit(partial(_deliver_in_turn, delivery.pk, using), using)
        return len(receivers)
    released = _deliver_in_turn(delivery.pk, using)
    return len(receivers) if released is None else released


def deliver_signals(using: str | None = None, older_than: timedelta = LEFT_BEHIND) -> int:
    """Deliver the signals that somebody left behind; return how many tasks have gone on.

    Safe to call at any time and from several processes at once.
    """
    using = using or router.db_for_write(SignalDelivery)
    rows = SignalDelivery._default_manager.using(using).filter(created__lte=now() - older_than)
    keys = list(rows.values_list("pk", flat=True))
    return sum(_deliver_in_turn(key, using) or 0 for key in keys)


def _deliver_in_turn(key: Any, using: str) -> int | None:
    """Deliver now, and then what the receivers throw; ``None`` when that is being done already."""
    queue = getattr(_todo, "queue", None)
    if queue is not None:
        queue.append((key, using))
        return None
    _todo.queue = queue = deque()
    try:
        released = _deliver(key, using)
        while queue:
            _deliver(*queue.popleft())
    finally:
        del _todo.queue
    return released


def _deliver(key: Any, using: str) -> int:
    rows = SignalDelivery._default_manager.using(using).filter(pk=key)
    delivery = rows.first()
    if delivery is None:
        return 0  # rolled back, or delivered by somebody else
    released = 0
    left: list[list[Any]] = []
    ordered = sorted(delivery.receivers, key=lambda row: (row[0].rpartition(".")[0], str(row[1])))
    for (flow, process), group in groupby(
        ordered, key=lambda row: (row[0].rpartition(".")[0], row[1])
    ):
        waiting = list(group)
        try:
            released += _release(process, waiting)
        except FlowLockFailed:
            logger.warning(
                "The signal %r has not reached process #%s of %s, which somebody else is working "
                "on; it is kept for manage.py workflow_signals.",
                delivery.name,
                process,
                flow,
            )
            left += waiting
        except Exception:
            logger.exception(
                "The signal %r has not reached process #%s of %s; it is kept for manage.py "
                "workflow_signals.",
                delivery.name,
                process,
                flow,
            )
            left += waiting
    if left:
        rows.update(receivers=left)
    else:
        rows.delete()
    return released


def _release(process_pk: Any, waiting: list[list[Any]]) -> int:
    """Let the tasks of one process go on that still wait."""
    flow_class = import_task_by_ref(waiting[0][0]).flow_class
    released = 0
    with Context(propagate_exception=False), flow_class.lock(process_pk):
        rows = flow_class.task_class._base_manager.using(
            router.db_for_write(flow_class.task_class)
        ).filter(process=process_pk, pk__in=[row[2] for row in waiting], status=STATUS.NEW)
        # All of them are read before the first goes on, and share their rows with the step: one
        # may cancel another.
        activations = [
            task.flow_task.activation_class(task)
            for task in rows.order_by("pk")
            if task.flow_task is not None and hasattr(task.flow_task, "awaited_signal")
        ]
        for activation in activations:
            if activation.start.can_proceed():
                activation.trigger()
                released += 1
    return released


@cache
def _import_flows() -> None:
    """Import the flows of all apps, once: a flow that is not imported would not be asked.

    A module that cannot be imported is an error of whoever throws. Otherwise those who wait in it
    would lose the signal without a word.
    """
    autodiscover_modules("flows")


def _waiting(name: str) -> list[list[Any]]:
    """Return node, process and task of everybody who waits for the signal."""
    _import_flows()
    by_model: dict[Any, list[Any]] = {}
    for flow_class in known_flows():
        for node in flow_class.instance.nodes():
            if getattr(node, "awaited_signal", None) == name:
                by_model.setdefault(flow_class.task_class, []).append(node)
    found = []
    for model, nodes in by_model.items():
        rows = model._base_manager.using(router.db_for_write(model))
        rows = rows.filter(flow_task__in=nodes, status=STATUS.NEW).order_by("pk")
        found += [
            [str(node), process, task]
            for node, process, task in rows.values_list("flow_task", "process_id", "pk")
        ]
    return found
