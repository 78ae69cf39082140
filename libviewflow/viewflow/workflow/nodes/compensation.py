"""Compensation: finished work is taken back, the newest first (BPMN 2.0.2, clauses 10.7, 10.5.4).

``CompensateWith`` names a handler on a node. ``CompensateThrow`` walks the finished tasks of its
process backwards and starts the handler of each, one after the other: the next one when the one
before is done. A handler is a node, so what was taken back is a task that can be seen, and tried
again when it failed; a method gets a small node of its own.
"""

from __future__ import annotations

from typing import Any

from ..activation import Activation, cancellation
from ..base import Node
from ..graph.token import Token
from ..status import LIVE, STATUS
from .func import AutomaticActivation
from .mixins import NextNodeMixin

__all__ = [
    "CompensateThrow",
    "CompensateThrowActivation",
    "MethodHandler",
    "MethodHandlerActivation",
]

_COPIED = (
    "seed_content_type_id",
    "seed_object_id",
    "artifact_content_type_id",
    "artifact_object_id",
)


class CompensateThrowActivation(Activation):
    """Starts the handlers, one after the other, and goes on after the last."""

    type = "join"

    @Activation.status.transition(source=[STATUS.NEW, STATUS.STARTED])
    def activate(self) -> None:
        """Start the next handler; without one, complete and go on."""
        with self.step() as step:
            followers: list[Activation] = []
            if self.task.status == STATUS.NEW:
                self.started()
                self.task.status = STATUS.STARTED
            with self.exception_guard():
                if not self._handlers(status__in=LIVE).exists():
                    task = self._next_task()
                    if task is not None:
                        followers = [self._start_handler(task)]
                    else:
                        self.complete()
                        followers = self.create_next()
            if self.task.status != STATUS.ERROR:
                step.schedule(followers)

    def _rows(self) -> Any:
        rows = type(self.task)._base_manager.using(self.using)
        return rows.filter(process=self.process.pk)

    def _handlers(self, **lookup: Any) -> Any:
        """The tasks that this one has started."""
        prefix = f"{self.task.token}/{self.task.pk}_"
        return self._rows().filter(token__startswith=prefix, **lookup)

    def _next_task(self) -> Any | None:
        """Return the task to take back now: the one that was finished last, and not yet."""
        nodes = [
            node for node in self.flow_class.instance.nodes() if node._compensation is not None
        ]
        if not nodes:
            return None
        finished = self._rows().filter(flow_task__in=nodes, status=STATUS.DONE)
        mine = set(self._handlers().values_list("pk", flat=True))
        for task in finished.order_by("-finished", "-pk"):
            handler = task.flow_task._compensation.dst
            # A handler that was given up counts where it was called; one that was undone does
            # not stand in the way of a later throw.
            called = task.leading.filter(flow_task=handler).values_list("pk", "status")
            if not any(
                pk in mine or status not in (STATUS.CANCELED, STATUS.REVIVED)
                for pk, status in called
            ):
                return task
        return None

    def _start_handler(self, task: Any) -> Activation:
        token = Token(f"{self.task.token}/{self.task.pk}_{self._handlers().count() + 1}")
        data = dict(task.data or {}) if hasattr(task, "data") else None
        with self.step() as step:
            handler = task.flow_task._compensation.dst._create(self, token, data=data)
            for name in _COPIED:
                if hasattr(task, name):
                    setattr(handler.task, name, getattr(task, name))
            step.add_link(handler.task, task)
        return handler  # type: ignore[no-any-return]

    @Activation.status.transition(source=[STATUS.NEW, STATUS.STARTED], target=STATUS.DONE)
    def complete(self) -> None:
        """Finish the task."""
        self.finish()

    #: Start no further handler.
    cancel = cancellation(STATUS.NEW, STATUS.STARTED, STATUS.ERROR)


class CompensateThrow(NextNodeMixin, Node):
    """Takes back what the process has finished, the newest first, and goes on.

    Each finished task of a node with ``CompensateWith`` is taken back once. While a handler waits
    for a person, or has failed, this node waits.
    """

    task_type = "EVENT"
    bpmn_element = "intermediateThrowEvent"
    bpmn_event = "compensate"
    activation_class = CompensateThrowActivation
    references = ("undo_func",)

    def __init__(self, undo_func: Any = None) -> None:
        super().__init__()
        self.undo_func = undo_func

    def _ready(self) -> None:
        super()._ready()
        self.flow_class._compensations = (*self.flow_class._compensations, self)

    def handler_ended(self, activation: Activation) -> None:
        """Called with each completion and cancellation: go on if it was a handler of ours."""
        token = Token(activation.task.token)
        if not token.is_split_token() or activation.task.flow_task is self:
            return
        pk = token.split_pks()[-1]
        with activation.step() as step:
            rows = type(activation.task)._base_manager.using(activation.using)
            row = rows.filter(pk=pk, flow_task=self, status=STATUS.STARTED).first()
            if row is not None:
                step.schedule([self.activation_class(step.one_instance(row))])


class MethodHandlerActivation(AutomaticActivation):
    """Calls the method with the activation of the task that is taken back."""

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Call the method and complete."""
        self.perform(self._work)

    def _work(self) -> None:
        self.started()
        host = self.flow_task.compensated
        with self.step() as step:
            row = self.task.previous.filter(flow_task=host).order_by("-pk").first()
            compensated = host.activation_class(step.one_instance(row))
            compensated.call(self.flow_task.func, compensated)


class MethodHandler(Node):
    """The node of ``CompensateWith(this.method)``; its name is ``<node>__compensate``."""

    task_type = "FUNCTION"
    bpmn_element = "scriptTask"
    activation_class = MethodHandlerActivation
    references = ("func",)

    def __init__(self, func: Any, host_name: str) -> None:
        super().__init__()
        self.func = func
        self.task_title = _title(func, host_name)


def _title(func: Any, host_name: str) -> str:
    name = str(getattr(func, "name", "") or getattr(func, "__name__", ""))
    if not name.isidentifier():  # a lambda
        name = f"undo_{host_name}"
    return " ".join(name.split("_")).strip().capitalize()
