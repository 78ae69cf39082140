"""Subprocess: a process of another flow, or of the same one (BPMN 2.0.2, clause 10.3.5).

A call activity. The task is STARTED while its processes run (an ``NSubprocess`` has several), and
completes when the last has ended well. One that ends with an error, or is cancelled, makes the
task ERROR.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from django.db import models

from ...fsm import State
from ...this_object import this
from ..activation import Activation
from ..base import Node
from ..exceptions import FlowDefinitionError, FlowRuntimeError
from ..executor import current_step
from ..family import (
    children_of,
    failure_of,
    name_tasks,
    take_back_children,
    uncancellable,
    withdraw_children,
)
from ..status import PROCESS, STATUS
from .mixins import NextNodeMixin
from .start import StartHandle

__all__ = ["StartSubprocess", "Subprocess", "SubprocessActivation", "without_notes"]

#: What ``inputs`` may be given for; the names of the node's arguments.
_INPUTS = ("process_data", "process_seed", "task_data", "task_seed")

_NO_ITEM: Any = object()

#: What a task keeps in its data until it is done: its items and their processes, in the same
#: order, and pairs of these that another task has left to it.
_NOTES = ("_items", "_children", "_kept")


class SubprocessActivation(Activation):
    """Starts its processes, waits, and goes on after the last."""

    @property
    def type(self) -> str:  # type: ignore[override]
        """A task that waits is looked at once in a step, however many processes ended in it."""
        return "join" if self.task.status == STATUS.STARTED else "node"

    @Activation.status.transition(source=[STATUS.NEW, STATUS.STARTED])
    def activate(self) -> None:
        """Start the processes; later, look whether the wait is over."""
        with self.step() as step:
            followers: list[Activation] = []
            with self.exception_guard():
                if self.task.status == STATUS.NEW:
                    self.started()
                    self.task.status = STATUS.STARTED
                    self._start(self.flow_task.first_items(self))
                if self._is_done():
                    self.complete()
                    followers = self.create_next()
            if self.task.status == STATUS.DONE:
                step.schedule(followers)

    def _start(self, items: list[Any]) -> None:
        """Start a process for each item; they tell nobody when they end at once."""
        step = current_step(self.using)
        assert step is not None
        pk, made = self.task.pk, []
        step.starting.add(pk)
        try:
            for item in items:
                inputs, kwargs = self.flow_task.inputs_for(self, item)
                child = self.flow_task.start_node.prepare(self.task, **inputs)
                self.call(child.execute, **kwargs)
                made.append(child.process.pk)
                step.forget(child.process)
        finally:
            step.starting.discard(pk)
        self.flow_task.note_children(self.task, made)

    def _is_done(self) -> bool:
        """Tell whether nothing is left to wait for; starts the next of a sequence."""
        step = current_step(self.using)
        assert step is not None
        while True:
            step.flush()
            if children_of(self.task).filter(status=PROCESS.NEW).exists():
                return False
            failed = self._first_failed()
            if failed is not None:
                self.fail(failed)
                return False
            items = self.flow_task.next_items(self)
            if not items:
                return True
            self._start(items)

    def _failed(self) -> Any:
        """Return the processes of the task that have ended, and not well."""
        bad = models.Q(status=PROCESS.CANCELED) | models.Q(data__has_key="_error")
        return children_of(self.task).filter(bad).exclude(status=PROCESS.NEW)

    def _first_failed(self) -> Exception | None:
        child = self._failed().first()
        return failure_of(child) if child is not None else None

    def child_ended(self, child: Any) -> None:
        """Called with the end of each process that works for the task, under the lock of both."""
        with self.step() as step:
            failure = failure_of(child)
            if failure is not None:
                if self.task.status == STATUS.STARTED:
                    self.fail(failure)
                return
            if self.task.status == STATUS.ERROR:
                self._recover(step)
            if self.task.status == STATUS.STARTED:
                step.schedule([self])

    def _recover(self, step: Any) -> None:
        """Wait again when the process that failed was repaired and has ended well after all."""
        step.flush()
        if self._first_failed() is not None:
            return
        self.task.data = self.data_without_failure()
        self.task.status, self.task.finished = STATUS.STARTED, None

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def complete(self) -> None:
        """Finish the task."""
        with self.step():
            self.task.data = without_notes(self.task.data)
            self.finish()

    # taking back -------------------------------------------------------------------------------

    def stuck_in_children(self) -> list[Activation]:
        """Return the tasks of running processes of this task that cannot be cancelled now."""
        running = children_of(self.task).filter(status=PROCESS.NEW).order_by()
        found: list[Activation] = []
        # A query for each flow, not for each process: there may be thousands.
        for flow_class in running.values_list("flow_class", flat=True).distinct():
            if flow_class is not None:
                of_flow = running.filter(flow_class=flow_class)
                found += uncancellable(flow_class.live_activations_of(of_flow))
        return found

    def children_can_be_cancelled(self) -> Any:
        """Guard of what withdraws the processes of the task."""
        stuck = self.stuck_in_children()
        names = name_tasks(stuck, self.process)
        return State.CONDITION(not stuck, f"These tasks cannot be cancelled now: {names}.")

    @Activation.status.transition(
        source=[STATUS.NEW, STATUS.STARTED, STATUS.ERROR],
        target=STATUS.CANCELED,
        label="Cancel",
        conditions=[this.children_can_be_cancelled],
        permission=this.has_manage_permission,
    )
    def cancel(self) -> None:
        """Cancel the processes that are still running, and the task."""
        with self.step() as step:
            self.cancelled()
            withdraw_children(self.task, step)

    def interrupt(self) -> None:
        """Withdraw the task and its processes, whatever these are doing."""
        with self.step() as step:
            self._set_status(STATUS.CANCELED)
            self.cancelled()
            withdraw_children(self.task, step, interrupt=True)

    def undone(self) -> None:
        """What was done for the task no longer counts: its processes are cancelled."""
        with self.step() as step:
            take_back_children(self.task, step)

    def take_over(self, old: Activation) -> None:
        """What has ended well, or still runs, works for this task now; the rest is begun anew."""
        with self.step() as step:
            step.flush()
            failed = set(old._failed().values_list("pk", flat=True))  # type: ignore[attr-defined]
            pks = children_of(old.task).values_list("pk", flat=True)
            good = {pk for pk in pks if pk not in failed}
            kept = self.flow_task.kept_items(old.task, good)
            if kept is None:
                withdraw_children(old.task, step)
                good = set()
            elif good:
                children_of(old.task).filter(pk__in=good).update(parent_task=self.task.pk)
            data = without_notes(self.task.data)
            self.task.data = {**(data or {}), "_kept": kept} if good else data


def without_notes(data: Any) -> Any:
    """Return a task's data without what is noted there about its processes."""
    if not isinstance(data, dict):
        return data
    return {name: value for name, value in data.items() if name not in _NOTES}


class Subprocess(NextNodeMixin, Node):
    """Starts a process of a flow and waits for its end.

    ``start_node`` is a ``StartSubprocess`` or ``StartHandle``: ``OtherFlow.start``, or
    ``this.start`` for the same flow. ``process_data``, ``process_seed``, ``task_data`` and
    ``task_seed`` say what the new process and its first task begin with; ``get_subprocess_kwargs``
    what the function of the start gets. Each is a callable of the activation (or ``this.method``),
    or a value.
    """

    task_type = "SUBPROCESS"
    bpmn_element = "callActivity"
    activation_class = SubprocessActivation
    references: tuple[str, ...] = (
        "start_node",
        *_INPUTS,
        "get_subprocess_kwargs",
        "undo_func",
    )

    def __init__(
        self,
        start_node: Any,
        process_data: Any = None,
        process_seed: Any = None,
        task_data: Any = None,
        task_seed: Any = None,
        get_subprocess_kwargs: Any = None,
        undo_func: Any = None,
    ) -> None:
        super().__init__()
        self.start_node = start_node
        self.process_data = process_data
        self.process_seed = process_seed
        self.task_data = task_data
        self.task_seed = task_seed
        self.get_subprocess_kwargs = get_subprocess_kwargs
        self.undo_func = undo_func

    def _ready(self) -> None:
        super()._ready()
        name = f"{self.flow_class.__name__}.{self.name}"
        start = self.start_node
        if not isinstance(start, StartHandle):
            raise FlowDefinitionError(
                f"{name}: a {type(self).__name__} begins at a StartSubprocess or StartHandle, "
                f"not at {start!r}."
            )
        if start.flow_class is None:
            raise FlowDefinitionError(
                f"{name}: refer to the start of the same flow as this.<name of the node>."
            )
        for model, field in (
            (start.flow_class.process_class, "parent_task"),
            (self.flow_class.task_class, "subprocesses"),
        ):
            if not hasattr(model, field):
                raise FlowDefinitionError(
                    f"{name}: {model.__name__} has no {field!r}. A task that starts processes is "
                    "a viewflow Task, and they are viewflow Processes, or models that extend these."
                )

    def child_ended(self, task: Any, process: Any) -> None:
        """Called when a process that works for ``task`` has ended."""
        self.activation_class(task).child_ended(process)

    def may_adopt(self, task: Any) -> None:
        """Called before code starts a process for ``task`` by itself: always refused."""
        raise FlowRuntimeError(
            f"{self} has one process; a task that waits for several is an NSubprocess."
        )

    def first_items(self, activation: Activation) -> list[Any]:
        """Return what processes are started for at the beginning."""
        data = activation.task.data
        return [] if isinstance(data, dict) and data.get("_kept") else [_NO_ITEM]

    def next_items(self, activation: Activation) -> list[Any]:
        """Return what processes are started for when all others have ended."""
        return []

    def note_children(self, task: Any, pks: list[Any]) -> None:
        """Called with the processes that were started for the items returned last."""

    def kept_items(self, task: Any, pks: set[Any]) -> list[Any] | None:
        """Return the items of these processes of ``task`` as pairs of item and process.

        ``None`` when nobody has noted them, so that all has to be begun anew.
        """
        return [[None, pk] for pk in sorted(pks)]

    def inputs_for(self, activation: Activation, item: Any) -> tuple[dict[str, Any], Any]:
        """Return the arguments of ``prepare``, and of the start's function."""
        inputs = {name: self._ask(activation, getattr(self, name), item) for name in _INPUTS}
        kwargs = self._ask(activation, self.get_subprocess_kwargs, item) or {}
        return inputs, kwargs if item is _NO_ITEM else {"item": item, **kwargs}

    def _ask(self, activation: Activation, source: Any, item: Any) -> Any:
        if not callable(source):
            return source
        if item is not _NO_ITEM and _takes_item(source):
            return activation.call(source, activation, item)
        return activation.call(source, activation)


class StartSubprocess(StartHandle):
    """The beginning of a process that works for a task of another one.

    ``func(activation, **kwargs)`` gets what the ``Subprocess`` says, and the ``item`` of an
    ``NSubprocess``.
    """


def _takes_item(source: Callable[..., Any]) -> bool:
    """Tell whether a callable has a place for a second positional argument."""
    try:
        inspect.signature(source).bind(None, None)
    except (TypeError, ValueError):
        return False
    return True
