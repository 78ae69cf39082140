"""Escalation: a subprocess calls for attention and goes on (BPMN 2.0.2, clause 10.5.4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..activation import Activation
from ..base import Node
from ..executor import current_step
from ..status import LIVE, STATUS
from .func import AutomaticActivation
from .mixins import NextNodeMixin

__all__ = ["EscalationThrow", "EscalationThrowActivation", "parent_activation"]


@contextmanager
def parent_activation(process: Any, using: str) -> Iterator[Any]:
    """Yield the activation of the task that started ``process``, under the lock of its process.

    ``None`` when there is no such task, or when it does not hold its token any more. Call it
    inside a step: the parent is changed in the same transaction.
    """
    parent = getattr(process, "parent_task", None)
    if parent is None or parent.flow_task is None:
        yield None
        return
    with parent.flow_task.flow_class.lock(parent.process_id):
        step = current_step(using)
        known = step.one_instance(parent) if step is not None else parent
        if known is parent:
            parent.refresh_from_db()
        live = known.status in LIVE and known.flow_task is not None
        yield known.flow_task.activation_class(known) if live else None


class EscalationThrowActivation(AutomaticActivation):
    """Tells the parents, the nearest first, until one deals with it."""

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Escalate, complete, go on to what follows."""
        self.perform(self._throw)

    def _throw(self) -> None:
        self.started()
        self._escalate(self.process)

    def _escalate(self, process: Any) -> None:
        with parent_activation(process, self.using) as parent:
            if parent is None:
                return
            if not parent.flow_task.escalate(parent, self.flow_task.code):
                self._escalate(parent.process)


class EscalationThrow(NextNodeMixin, Node):
    """Starts the ``OnEscalation`` path of the parent task that deals with ``code``, and goes on.

    Where the parent does not, its own parent is asked, and so on; an escalation that nobody deals
    with, or of a process without a parent, changes nothing.
    """

    task_type = "EVENT"
    bpmn_element = "intermediateThrowEvent"
    bpmn_event = "escalation"
    activation_class = EscalationThrowActivation
    references = ("undo_func",)

    def __init__(self, code: str | None = None, undo_func: Any = None) -> None:
        super().__init__()
        self.code = code
        self.undo_func = undo_func

    def bpmn_detail(self) -> dict[str, str]:
        return {"name": self.code} if self.code else {}
