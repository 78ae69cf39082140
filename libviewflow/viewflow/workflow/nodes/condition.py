"""ConditionalCatch: waits until something is true (BPMN 2.0.2, clause 10.5.1, conditional events)."""

from __future__ import annotations

from typing import Any

from ...this_object import ThisMethod, ThisObject
from ..activation import cancellation
from ..base import Node
from ..exceptions import FlowDefinitionError
from ..status import STATUS
from .catch import CatchActivation
from .mixins import NextNodeMixin

__all__ = ["ConditionalCatch", "ConditionalCatchActivation"]


class ConditionalCatchActivation(CatchActivation):
    """Waits; a dispatcher asks the condition, so that its errors meet nobody's click."""

    @property
    def condition_result(self) -> bool:
        """What the condition says now."""
        return bool(self.call(self.flow_task.condition, self))

    def trigger(self) -> None:
        """Ask the condition and go on if it holds: what a dispatcher calls under the lock."""
        with self.step():
            holds = False
            with self.exception_guard():
                holds = self.condition_result
            if holds:
                super().trigger()

    #: Stop waiting.
    cancel = cancellation(STATUS.NEW, STATUS.ERROR)


class ConditionalCatch(NextNodeMixin, Node):
    """Waits until ``condition(activation)`` is true; ``workflow_timers`` asks it at each run.

    The condition is a callable of the activation, ``this.method`` or an ``act`` expression. It
    may be asked often and must not change anything.
    """

    task_type = "CONDITION"
    bpmn_element = "intermediateCatchEvent"
    bpmn_event = "conditional"
    activation_class = ConditionalCatchActivation
    references = ("condition", "undo_func")

    def __init__(self, condition: Any, undo_func: Any = None) -> None:
        super().__init__()
        if not callable(condition) and not isinstance(condition, ThisObject | ThisMethod):
            raise FlowDefinitionError(
                f"{type(self).__name__} wants a callable of the activation, not {condition!r}."
            )
        self.condition = condition
        self.undo_func = undo_func

    def bpmn_detail(self) -> dict[str, str]:
        return {"condition": getattr(self.condition, "__qualname__", "") or repr(self.condition)}
