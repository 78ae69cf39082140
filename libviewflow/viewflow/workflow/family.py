"""Families: processes that work for a task of another process.

The task that started them waits until the last has ended (BPMN 2.0.2, clauses 10.3.5, call
activity, and 13.3.3, its lifecycle). Here is what both sides have to tell each other: a child its
end, a parent that its children are no longer wanted. Everything happens in one step, under the
lock of the family's root (see :mod:`viewflow.workflow.lock`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.utils.timezone import now
from django.utils.translation import gettext as _

from .exceptions import FlowRuntimeError, ProcessError
from .executor import Step
from .status import LIVE, PROCESS, STATUS
from .step_rows import root_model

if TYPE_CHECKING:
    from .activation import Activation

__all__ = [
    "adopting",
    "children_of",
    "failure_of",
    "name_tasks",
    "parent_waits",
    "take_back_children",
    "tell_parent",
    "uncancellable",
    "withdraw_children",
    "withdraw_process",
]

#: A parent task in one of these still has use for a child: it waits, or it can be repaired.
_WANTS_CHILDREN = (STATUS.STARTED, STATUS.ERROR)


def children_of(task: Any) -> Any:
    """Return the processes that work for a task, the oldest first."""
    model = type(task).subprocesses.rel.related_model
    return model._base_manager.using(task._state.db).filter(parent_task=task.pk).order_by("pk")


def failure_of(process: Any) -> ProcessError | None:
    """Return why a finished process is no success, or ``None``.

    It ended with an error, whose code it keeps in ``data["_error"]``, or it was cancelled; the
    code of that is ``"CANCELED"``.
    """
    data = getattr(process, "data", None)
    error = data.get("_error") if isinstance(data, dict) else None
    if process.status == PROCESS.CANCELED:
        return ProcessError(f"{process} was cancelled.", code=PROCESS.CANCELED.value)
    if error is None:
        return None
    code = error.get("code") if isinstance(error, dict) else None
    what = f"the error {code!r}" if code is not None else "an error"
    return ProcessError(f"{process} ended with {what}.", code=code)


def _parent_task(process: Any, step: Step) -> Any:
    pk = getattr(process, "parent_task_id", None)
    if pk is None:
        return None
    model = type(process)._meta.get_field("parent_task").related_model
    task = model._base_manager.using(step.using).filter(pk=pk).first()
    return step.one_instance(task) if task is not None else None


def tell_parent(process: Any, step: Step) -> bool:
    """Tell the task that ``process`` works for that it has ended.

    Returns whether there is a task that waits for its processes.
    """
    if getattr(process, "parent_task_id", None) in step.starting:
        return True  # it looks at the outcome itself
    task = _parent_task(process, step)
    node: Any = task.flow_task if task is not None else None
    if not hasattr(node, "child_ended"):
        return False
    with node.flow_class.lock(task.process_id):
        node.child_ended(task, process)
    return True


@contextmanager
def adopting(task: Any | None) -> Iterator[None]:
    """Start a process for ``task`` inside: where that waits for its processes, it must still do so.

    Raises ``FlowRuntimeError`` when it does not, and ``FlowLockFailed``.
    """
    node: Any = task.flow_task if task is not None else None
    may_adopt = getattr(node, "may_adopt", None)
    if task is None or may_adopt is None:
        yield
        return
    with node.flow_class.lock(task.process_id):
        may_adopt(task)
        yield


def parent_waits(process: Any, using: str) -> bool:
    """Tell whether a process may be opened again: nobody has gone on without it."""
    pk = getattr(process, "parent_task_id", None)
    if pk is None or process.status == PROCESS.NEW:
        return True
    model = type(process)._meta.get_field("parent_task").related_model
    task = model._base_manager.using(using).filter(pk=pk).only("status", "flow_task").first()
    if task is None or not hasattr(task.flow_task, "child_ended"):
        return True
    return task.status in _WANTS_CHILDREN


def uncancellable(activations: list[Any]) -> Iterator[Any]:
    """Yield the activations that cannot be cancelled now, those of subprocesses included."""
    for activation in activations:
        cancel = getattr(activation, "cancel", None)
        if cancel is None or not cancel.can_proceed(check_conditions=False):
            yield activation
            continue
        stuck = getattr(activation, "stuck_in_children", None)
        found = list(stuck()) if stuck is not None else []
        yield from found
        if not found and not cancel.can_proceed():
            yield activation


def name_tasks(activations: list[Any], process: Any = None) -> str:
    """Return tasks as an error message names them; those of other processes with their process."""
    names = []
    for activation in activations:
        task = activation.task
        name = f"{activation.flow_task.name} #{task.pk} ({task.status})"
        if process is not None and task.process_id != process.pk:
            name = f"{activation.flow_class.process_title} #{task.process_id}: {name}"
        names.append(name)
    return ", ".join(names)


def withdraw_process(process: Any, step: Step, interrupt: bool = False) -> None:
    """Cancel a running process and all that is open in it; nobody else is told.

    With ``interrupt`` also what somebody has begun; without it that is an error.

    The process is the step's own instance, and locked. Raises ``FlowRuntimeError`` when a task
    cannot be cancelled; the message names it.
    """
    flow_class = process.flow_class
    activations: list[Activation] = []
    if flow_class is not None:
        activations = flow_class.live_activations(process)
        stuck = [] if interrupt else list(uncancellable(activations))
        if stuck:
            raise FlowRuntimeError(
                _("%(process)s cannot be cancelled: %(tasks)s cannot be cancelled now.")
                % {
                    "process": f"{flow_class.process_title} #{process.pk}",
                    "tasks": name_tasks(stuck, process),
                }
            )
    # First, so that no join of the process goes on because its branches go.
    process.status = PROCESS.CANCELED
    process.finished = now()
    for activation in activations:
        if interrupt:
            activation.interrupt()
        else:
            activation.cancel()  # type: ignore[attr-defined] # asked for above
    # Tasks whose node is gone from the code have nobody to ask.
    tasks = process.task_set.model if flow_class is None else flow_class.task_class
    step.flush()
    orphans = tasks._base_manager.using(step.using).filter(process=process.pk, status__in=LIVE)
    orphans.update(status=STATUS.CANCELED, finished=now())


def withdraw_children(task: Any, step: Step, interrupt: bool = False) -> None:
    """Cancel the running processes that work for a task; the task is not told."""
    step.flush()
    for child in children_of(task).filter(status=PROCESS.NEW):
        flow_class = child.flow_class
        if flow_class is None:
            withdraw_process(step.remember_process(child), step, interrupt)
            continue
        with flow_class.lock(child.pk):
            known = step.known_process(flow_class.process_class, child.pk)
            withdraw_process(known or step.remember_process(child.coerced), step, interrupt)


def take_back_children(task: Any, step: Step) -> None:
    """Mark all that was done for a task as cancelled: the task's completion is undone."""
    withdraw_children(task, step)
    step.flush()
    rows = children_of(task).model._base_manager.using(step.using)
    level = rows.filter(parent_task=task.pk)
    while True:
        done = list(level.filter(status=PROCESS.DONE))
        if not done:
            return
        for child in done:
            model = root_model(type(child))
            known = step.known_process(model, child.pk) or step.remember_process(child)
            known.status = PROCESS.CANCELED
        level = rows.filter(parent_task__process__in=[child.pk for child in done])
