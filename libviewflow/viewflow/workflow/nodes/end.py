"""End: where a process is over (BPMN 2.0.2, clause 10.5.3, end events)."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import now

from ..activation import Activation
from ..base import Node
from ..signals import flow_finished
from ..status import BOUNDARY, LIVE, PROCESS, STATUS
from .func import AutomaticActivation

__all__ = ["End", "EndActivation", "finish_process"]


def finish_process(activation: Activation) -> None:
    """Finish the process when no task of it holds a token any more.

    A failed task still does: the process waits until it is repaired or cancelled.
    """
    process = activation.process
    if process.status != PROCESS.NEW:
        return
    rows = type(activation.task)._base_manager.using(activation.using)
    others = rows.filter(process=process.pk, status__in=LIVE).exclude(pk=activation.task.pk)
    kinds = set(others.order_by().values_list("flow_task_type", flat=True).distinct())
    if kinds - {BOUNDARY}:
        return
    if kinds:
        # Events whose node is gone from the code, so that their host could not withdraw them.
        others.update(status=STATUS.CANCELED, finished=now())
    process.status = PROCESS.DONE
    process.finished = now()
    activation.send(flow_finished)


class EndActivation(AutomaticActivation):
    """Ends its branch, and the process with the last one."""

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Complete, and finish the process if nothing else is open."""
        with self.step(), self.exception_guard():
            self.started()
            self.complete()
            finish_process(self)

    @Activation.status.transition(source=STATUS.DONE)
    def create_next(self) -> list[Activation]:
        """Nothing follows."""
        return []

    def undone(self) -> None:
        """The process goes on."""
        self.process.status = PROCESS.NEW
        self.process.finished = None


class End(Node):
    """The end of a branch; the process is done when every branch has ended."""

    task_type = "END"
    bpmn_element = "endEvent"
    activation_class = EndActivation
    references = ("undo_func",)

    def __init__(self, undo_func: Any = None) -> None:
        super().__init__()
        self.undo_func = undo_func
