"""Ends: where a process is over (BPMN 2.0.2, clause 10.5.3, end events).

A plain end waits for the other branches; a terminate and an error end stop them.
"""

from __future__ import annotations

from typing import Any

from django.utils.timezone import now

from ..activation import Activation
from ..base import Node
from ..exceptions import ProcessError
from ..family import tell_parent
from ..signals import flow_finished
from ..status import BOUNDARY, LIVE, PROCESS, STATUS
from .escalation import parent_activation
from .func import AutomaticActivation

__all__ = [
    "End",
    "EndActivation",
    "ErrorEnd",
    "ErrorEndActivation",
    "TerminateEnd",
    "TerminateEndActivation",
    "finish_process",
    "terminate_others",
]


def finish_process(activation: Activation) -> None:
    """Finish the process when no task of it holds a token any more.

    A failed task still does: the process waits until it is repaired or cancelled.
    """
    process = activation.process
    if process.status != PROCESS.NEW:
        return
    with activation.step() as step:
        known = step.live_tasks(process) if step.knows_all_of(process) else None
    if known is not None:
        kinds = {task.flow_task_type for task in known if task is not activation.task}
    else:
        rows = type(activation.task)._base_manager.using(activation.using)
        others = rows.filter(process=process.pk, status__in=LIVE).exclude(pk=activation.task.pk)
        kinds = set(others.order_by().values_list("flow_task_type", flat=True).distinct())
    if kinds - {BOUNDARY}:
        return
    if kinds and known is None:
        # Events whose node is gone from the code, so that their host could not withdraw them.
        others.update(status=STATUS.CANCELED, finished=now())
    process.status = PROCESS.DONE
    process.finished = now()
    activation.send(flow_finished)
    with activation.step() as step:
        tell_parent(process, step)


class EndActivation(AutomaticActivation):
    """Ends its branch, and the process with the last one."""

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Complete, and finish the process if nothing else is open."""
        with self.step() as step, self.exception_guard():
            self.started()
            self.complete()
            finish_process(self)
            if self.process.status == PROCESS.NEW:
                # A join may wait for this branch, which ends here.
                step.gone.append(self)

    @Activation.status.transition(source=STATUS.DONE)
    def create_next(self) -> list[Activation]:
        """Nothing follows."""
        return []

    def leading_inactive(self) -> Any:
        """Guard of undo: it opens the process again, and nobody may have gone on without it."""
        return super().leading_inactive() and self.parent_waits()

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


def terminate_others(activation: Activation) -> None:
    """Withdraw every other live task of the process, whatever its state."""
    rows = type(activation.task)._base_manager.using(activation.using)
    live = rows.filter(process=activation.process.pk, status__in=LIVE).order_by("pk")
    asked = [activation.task.pk]
    with activation.step() as step:
        # One after the other: withdrawing one may withdraw others, which are not live then.
        while (row := live.exclude(pk__in=asked).first()) is not None:
            asked.append(row.pk)
            task = step.one_instance(row)
            if task.flow_task is not None:
                task.flow_task.activation_class(task).interrupt()
            else:  # its node is gone from the code
                step.watch(task)
                task.status, task.finished = STATUS.CANCELED, now()


class TerminateEndActivation(EndActivation):
    """Stops everything else and finishes the process."""

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Complete, withdraw every other live task, finish the process."""
        with self.step(), self.exception_guard():
            self.started()
            self.complete()
            terminate_others(self)
            finish_process(self)


class TerminateEnd(End):
    """Ends the whole process at once: every other live task is cancelled, begun ones too."""

    bpmn_event = "terminate"
    activation_class = TerminateEndActivation


class ErrorEndActivation(EndActivation):
    """Stops everything else; the process has failed, and with it the task that started it."""

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Complete, withdraw every other live task, end the process, tell the parent task."""
        with self.step(), self.exception_guard():
            self.started()
            self.complete()
            terminate_others(self)
            self._fail_process()

    def _fail_process(self) -> None:
        process, code = self.process, self.flow_task.code
        process.status, process.finished = PROCESS.DONE, now()
        if hasattr(process, "data"):
            process.data = {**(process.data or {}), "_error": {"code": code}}
        with self.step() as step:
            if tell_parent(process, step):
                return
        with parent_activation(process, self.using) as parent:
            if parent is not None and parent.task.status != STATUS.ERROR:
                title = f"{self.flow_class.process_title} #{process.pk}"
                what = f"the error {code!r}" if code is not None else "an error"
                parent.fail(ProcessError(f"{title} ended with {what}.", code))

    def undone(self) -> None:
        """The process goes on, and has not failed."""
        super().undone()
        if hasattr(self.process, "data"):
            data = dict(self.process.data or {})
            data.pop("_error", None)
            self.process.data = data


class ErrorEnd(End):
    """Ends the whole process as failed.

    ``process.data["_error"]`` keeps ``{"code": code}``; ``flow_finished`` is not sent. A task
    that has started the process becomes ERROR with the code, which ``OnError`` catches.
    """

    bpmn_event = "error"
    activation_class = ErrorEndActivation

    def __init__(self, code: str | None = None, undo_func: Any = None) -> None:
        super().__init__(undo_func)
        self.code = code

    def bpmn_detail(self) -> dict[str, str]:
        return {"name": self.code} if self.code else {}
