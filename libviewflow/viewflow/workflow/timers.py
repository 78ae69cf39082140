"""The clock: fires timers that are due, starts by the clock, and conditions that have become true.

Any number of dispatchers may run at once, in any number of places: ``manage.py workflow_timers``
by cron or with ``--loop``, or a task of a queue that calls these functions. A timer fires under
the lock of its process and only if it still waits, so it fires once. A process that somebody is
working on is left for the next run. What fails is kept on its task, which becomes ERROR and is
not tried again by itself.
"""

from __future__ import annotations

import datetime
import functools
import importlib
import logging
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db import DatabaseError, router
from django.db.models import Q
from django.utils import timezone

from ..fsm import TransitionNotAllowed
from .context import Context
from .exceptions import FlowLockFailed
from .executor import unit_of_work
from .graph.flow import known_flows
from .lock import database_lock, never_waiting
from .models import StartTick, Task
from .nodes import StartTimer
from .status import BOUNDARY, FINISHED, PROCESS, STATUS
from .step_rows import root_model
from .transactions import is_contention

__all__ = ["Dispatch", "fire_due_conditions", "fire_due_start_timers", "fire_due_timers"]

logger = logging.getLogger(__name__)

#: Rows read at a time: memory does not grow with what is due.
BATCH = 200

_FIRED, _FAILED, _POSTPONED, _NOTHING = "fired", "failed", "postponed", ""


class Dispatch(int):
    """How many were fired; what else there is to tell about a run is in the attributes."""

    #: What became ERROR instead; see the log and the tasks.
    failed: int
    #: What somebody was working on, or another dispatcher: left for the next run.
    postponed: int
    #: How late the latest one was fired, in seconds.
    lateness: float

    def __new__(
        cls, fired: int = 0, failed: int = 0, postponed: int = 0, lateness: float = 0.0
    ) -> Dispatch:
        result = super().__new__(cls, fired)
        result.failed, result.postponed, result.lateness = failed, postponed, lateness
        return result

    def __repr__(self) -> str:
        return (
            f"Dispatch({int(self)}, failed={self.failed}, postponed={self.postponed},"
            f" lateness={self.lateness:.1f})"
        )


class _Count:
    """Counts outcomes."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.outcomes = {_FIRED: 0, _FAILED: 0, _POSTPONED: 0, _NOTHING: 0}
        self.lateness = 0.0

    def add(self, outcome: str, due: datetime.datetime | None = None) -> None:
        self.outcomes[outcome] += 1
        if outcome == _FIRED and due is not None:
            self.lateness = max(self.lateness, (timezone.now() - due).total_seconds())

    def result(self) -> Dispatch:
        """Return the counts, and write them to the log when there is something to tell."""
        found = Dispatch(
            self.outcomes[_FIRED],
            self.outcomes[_FAILED],
            self.outcomes[_POSTPONED],
            self.lateness,
        )
        if found or found.failed or found.postponed:
            logger.info(
                "%s: %d fired, %d failed, %d postponed, up to %.1f s late",
                self.what,
                found,
                found.failed,
                found.postponed,
                found.lateness,
                extra={
                    "fired": int(found),
                    "failed": found.failed,
                    "postponed": found.postponed,
                    "lateness": found.lateness,
                },
            )
        return found


def _never() -> bool:
    return False


def fire_due_timers(stop: Callable[[], bool] = _never) -> Dispatch:
    """Fire every ``Timer`` and every time limit of a task that is due, those first that wait longest.

    Returns how many were fired. ``stop`` is asked before each; when it is true, the rest is left
    for the next run.
    """
    count = _Count("Timers")
    until = timezone.now()
    kinds = Q(flow_task_type="TIMER") | Q(flow_task_type=BOUNDARY)
    for model in _task_models():
        rows = _rows(model).filter(kinds, status=STATUS.SCHEDULED, scheduled__lte=until)
        for batch in _batches(rows, "scheduled"):
            for pk, process_pk, node, due in batch:
                if stop():
                    return count.result()
                count.add(_fire(node, process_pk, pk, STATUS.SCHEDULED), due)
    return count.result()


def fire_due_conditions(
    flows: Iterable[Any] | None = None, stop: Callable[[], bool] = _never
) -> Dispatch:
    """Ask every waiting ``ConditionalCatch``, of these flows or of all, and fire what is true.

    Returns how many went on. ``stop`` as for :func:`fire_due_timers`.
    """
    count = _Count("Conditions")
    wanted = _names(flows)
    for model in _task_models():
        rows = _rows(model).filter(flow_task_type="CONDITION", status=STATUS.NEW)
        if wanted is not None:
            rows = rows.filter(process__flow_class__in=wanted)
        for batch in _batches(rows):
            for pk, process_pk, node in batch:
                if stop():
                    return count.result()
                if _is_worth_it(node, pk):
                    count.add(_fire(node, process_pk, pk, STATUS.NEW))
    return count.result()


def fire_due_start_timers(
    flows: Iterable[Any] | None = None, stop: Callable[[], bool] = _never
) -> Dispatch:
    """Start a process for each ``StartTimer`` that is due, of these flows or of all.

    Returns how many were started. ``stop`` as for :func:`fire_due_timers`.
    """
    count = _Count("Starts")
    for flow_class in _flows() if flows is None else flows:
        for node in flow_class.instance.nodes():
            if isinstance(node, StartTimer):
                if stop():
                    return count.result()
                _start(node, count)
    return count.result()


# which rows -----------------------------------------------------------------------------------


def _flows() -> list[Any]:
    """Return every flow of the project."""
    _import_flows()
    return known_flows()


@functools.cache
def _import_flows() -> None:
    """Import every app's ``flows``: a dispatcher's process may not have needed them yet."""
    for config in apps.get_app_configs():
        name = f"{config.name}.flows"
        if find_spec(name) is not None:
            importlib.import_module(name)


def _names(flows: Iterable[Any] | None) -> list[Any] | None:
    return None if flows is None else list(flows)


def _task_models() -> list[Any]:
    """Return the models of tasks, one for each table that tasks are in."""
    models = [Task, *(flow_class.task_class for flow_class in _flows())]
    return list(dict.fromkeys(map(root_model, models)))


def _rows(model: Any) -> Any:
    return model._base_manager.using(router.db_for_write(model))


def _batches(rows: Any, key: str | None = None) -> Iterator[list[tuple[Any, ...]]]:
    """Yield ``(pk, process, node[, key])`` of the rows, by ``key``, in batches.

    What stays behind (because it is busy) is passed over. In a batch the processes are shuffled,
    because several dispatchers that go through one list in the same order would always meet at
    the same process; the timers of one process keep their order.
    """
    names = ("pk", "process_id", "flow_task", *([key] if key else []))
    ordered = rows.order_by(*([key] if key else []), "pk").values_list(*names)
    after: tuple[Any, ...] | None = None
    while True:
        page = ordered
        if after is not None and key:
            moment, pk = after
            page = ordered.filter(Q(**{f"{key}__gt": moment}) | Q(**{key: moment}, pk__gt=pk))
        elif after is not None:
            page = ordered.filter(pk__gt=after[0])
        batch = list(page[:BATCH])
        if not batch:
            return
        after = (batch[-1][3], batch[-1][0]) if key else (batch[-1][0],)
        # Tasks of nodes that the code no longer has, or that are no timers, are nobody's.
        batch = [
            row for row in batch if hasattr(getattr(row[2], "activation_class", None), "trigger")
        ]
        places = {process_pk: random.random() for _pk, process_pk, *_ in batch}  # noqa: S311
        batch.sort(key=lambda row: places[row[1]])
        yield batch


# one of them ----------------------------------------------------------------------------------


def _fire(node: Any, process_pk: Any, task_pk: Any, status: str) -> str:
    """Fire one task if it still waits; return what became of it."""
    try:
        with Context(propagate_exception=False), _locked(node, process_pk):
            task = _waiting(node, task_pk, status)
            if task is None:
                return _NOTHING
            node.activation_class(task).trigger()
            if task.status == STATUS.ERROR:
                logger.error("%s failed: %s", task, _why(task))
                return _FAILED
            return _FIRED if task.status in FINISHED else _NOTHING
    except FlowLockFailed:
        return _POSTPONED
    except Exception as error:
        if isinstance(error, DatabaseError) and is_contention(error):
            return _POSTPONED
        logger.exception("%s: the timer of task #%s failed", node, task_pk)
        _keep_failure(node, process_pk, task_pk, status, error)
        return _FAILED


@contextmanager
def _locked(node: Any, process_pk: Any) -> Iterator[None]:
    """Hold the locks of a process without waiting for them.

    The row's too, whatever the flow's own lock is: a timer must fire once also without any.
    """
    flow_class = node.flow_class
    with (
        never_waiting(),
        flow_class.lock(process_pk),
        database_lock(flow_class, process_pk),
    ):
        yield


def _waiting(node: Any, task_pk: Any, status: str) -> Any:
    """Return the task as it is under the lock, ``None`` unless it waits in a running process."""
    model = node.flow_class.task_class
    task = _rows(model).select_related("process").filter(pk=task_pk, status=status).first()
    if task is None or task.process.status != PROCESS.NEW:
        return None
    if (
        task.scheduled is not None
        and status == STATUS.SCHEDULED
        and task.scheduled > timezone.now()
    ):
        return None
    return task


def _keep_failure(node: Any, process_pk: Any, task_pk: Any, status: str, error: Exception) -> None:
    """Note on the task what went wrong beyond its node, so that it is not tried for ever."""
    try:
        with _locked(node, process_pk):
            task = _waiting(node, task_pk, status)
            if task is not None:
                node.activation_class(task).fail(error)
    except (DatabaseError, FlowLockFailed, TransitionNotAllowed):
        logger.exception("%s: the failure of task #%s could not be noted", node, task_pk)


def _why(task: Any) -> str:
    data = getattr(task, "data", None) or {}
    return str((data.get("_exception") or {}).get("title", ""))


def _is_worth_it(node: Any, task_pk: Any) -> bool:
    """Ask a condition without the lock; one that fails is asked again under it and noted."""
    model = node.flow_class.task_class
    task = _rows(model).select_related("process").filter(pk=task_pk).first()
    if task is None:
        return False
    try:
        return bool(node.activation_class(task).condition_result)
    except Exception:
        return True


def _start(node: Any, count: _Count) -> None:
    using = router.db_for_write(node.flow_class.process_class)
    ticks = StartTick._base_manager.using(using)
    expected = _due(node, ticks.filter(flow_task=node).values_list("last", flat=True).first())
    if expected is None:
        return
    try:
        ticks.bulk_create([StartTick(flow_task=node)], ignore_conflicts=True)
        with Context(propagate_exception=False), unit_of_work(using) as step:
            skip = step.connection.features.has_select_for_update_skip_locked
            rows = ticks.select_for_update(skip_locked=skip).filter(flow_task=node)
            tick = rows.first()
            due = _due(node, tick.last) if tick is not None else None
            if tick is None or due is None:
                return  # another dispatcher has started it, or does so now
            rows.update(last=due)
            node.run()
        count.add(_FIRED, due)
    except FlowLockFailed:
        count.add(_POSTPONED)
    except Exception as error:
        if isinstance(error, DatabaseError) and is_contention(error):
            count.add(_POSTPONED)
            return
        logger.exception("%s: no process could be started", node)
        count.add(_FAILED)
        # No process, no task to keep the failure on: the next try is at the next interval.
        ticks.filter(flow_task=node).update(last=expected)


def _due(node: Any, last: datetime.datetime | None) -> datetime.datetime | None:
    """Return the moment that a start is due for: the newest one that has passed.

    Moments are whole intervals after the first start, so they do not drift. ``None``: not yet.
    """
    moment = timezone.now()
    if last is None:
        return moment
    passed = (moment - last) // node.interval
    return last + passed * node.interval if passed >= 1 else None
