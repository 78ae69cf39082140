"""Function and Handle: code of the flow (BPMN 2.0.2, clauses 10.3.3, script and receive task)."""

from __future__ import annotations

from typing import Any

from ..activation import Activation, cancellation
from ..base import Node
from ..exceptions import FlowRuntimeError
from ..status import STATUS
from .mixins import NextNodeMixin

__all__ = ["Function", "FunctionActivation", "Handle", "HandleActivation"]


class AutomaticActivation(Activation):
    """A node that runs at once; only a failure makes it wait."""

    waits = False

    #: Give up the failed task.
    cancel = cancellation(STATUS.ERROR)


class FunctionActivation(AutomaticActivation):
    """Calls the flow's function and goes on."""

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Call the function, complete, go on to what follows."""
        self.perform(self._work)

    def _work(self) -> None:
        self.started()
        self.call(self.flow_task.func, self)


class Function(NextNodeMixin, Node):
    """Calls ``func(activation)`` as soon as the token arrives.

    What the function changes on ``activation.process`` and ``activation.task`` is stored.
    """

    task_type = "FUNCTION"
    bpmn_element = "scriptTask"
    activation_class = FunctionActivation
    references = ("func", "undo_func")

    def __init__(self, func: Any, undo_func: Any = None) -> None:
        super().__init__()
        self.func = func
        self.undo_func = undo_func


class HandleActivation(Activation):
    """Waits until code calls it."""

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Wait."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.STARTED, label="Run")
    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, complete, go on; return the function's result."""
        result = None
        with self.step():
            with self.exception_guard():
                self.started()
                func = self.flow_task.func
                if func is not None:
                    result = self.call(func, self, *args, **kwargs)
            if self.task.status == STATUS.STARTED:
                self.execute()
        return result

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        """Complete and go on to what follows."""
        with self.step():
            self.complete()
            self.activate_next()

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def complete(self) -> None:
        """Finish the task."""
        self.finish()

    #: Stop waiting.
    cancel = cancellation(STATUS.NEW, STATUS.ERROR)


class Handle(NextNodeMixin, Node):
    """Waits for code: ``MyFlow.node.run(task, **kwargs)``."""

    task_type = "FUNCTION"
    bpmn_element = "receiveTask"
    activation_class = HandleActivation
    references = ("func", "undo_func")

    def __init__(self, func: Any = None, undo_func: Any = None) -> None:
        super().__init__()
        self.func = func
        self.undo_func = undo_func

    def run(self, task: Any, *args: Any, **kwargs: Any) -> Any:
        """Call ``func(activation, **kwargs)`` under the process's lock and go on.

        Returns the function's result; ``task`` is up to date afterwards. What the function changes
        on the process is stored. When it raises, nothing has changed. Raises
        ``TransitionNotAllowed`` when the task does not wait any more, ``FlowLockFailed`` when
        somebody else is working on the process.
        """
        if (
            task.flow_task is None
            or task.flow_task.name != self.name
            or (task.flow_task.flow_class is not self.flow_class)
        ):
            raise FlowRuntimeError(f"{self} cannot run {task}, which is a task of another node.")
        with self.flow_class.lock(task.process_id):
            task.refresh_from_db()
            return self.activation_class(task).run(*args, **kwargs)
