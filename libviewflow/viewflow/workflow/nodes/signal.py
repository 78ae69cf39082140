"""Signal events: one throws, everybody who waits goes on (BPMN 2.0.2, clause 10.5.4).

How a signal travels is told in :mod:`viewflow.workflow.broadcast`.
"""

from __future__ import annotations

from typing import Any

from ..activation import Activation, cancellation
from ..base import Node
from ..broadcast import broadcast_signal
from ..exceptions import FlowDefinitionError
from ..status import STATUS
from .catch import CatchActivation
from .func import AutomaticActivation
from .mixins import NextNodeMixin

__all__ = [
    "SignalCatch",
    "SignalCatchActivation",
    "SignalThrow",
    "SignalThrowActivation",
    "broadcast_signal",
]


class _SignalNode(NextNodeMixin, Node):
    """A node with the name of a signal."""

    task_type = "EVENT"
    bpmn_event = "signal"
    references = ("undo_func",)

    def __init__(self, name: str, undo_func: Any = None) -> None:
        super().__init__()
        #: What the signal is called; the same in every flow.
        self.signal_name = name
        self.undo_func = undo_func

    def bpmn_detail(self) -> dict[str, str]:
        return {"name": self.signal_name}

    def _ready(self) -> None:
        super()._ready()
        if not isinstance(self.signal_name, str) or not self.signal_name:
            raise FlowDefinitionError(
                f"{self.flow_class.__name__}.{self.name}: a signal has a name, such as "
                f"{type(self).__name__}('price-changed')."
            )


class SignalCatchActivation(CatchActivation):
    """Waits until the signal is thrown."""

    #: Stop waiting.
    cancel = cancellation(STATUS.NEW, STATUS.ERROR)


class SignalCatch(_SignalNode):
    """Waits until somebody throws the signal: ``SignalCatch("price-changed")``.

    A signal that was thrown before the token came is not remembered.
    """

    bpmn_element = "intermediateCatchEvent"
    activation_class = SignalCatchActivation

    @property
    def awaited_signal(self) -> str:
        """The signal that its tasks wait for while they are NEW."""
        return self.signal_name


class SignalThrowActivation(AutomaticActivation):
    """Throws the signal and goes on."""

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Throw, complete, go on to what follows."""
        self.perform(self._throw)

    def _throw(self) -> None:
        self.started()
        broadcast_signal(self.flow_task.signal_name, using=self.using)


class SignalThrow(_SignalNode):
    """Throws the signal to every process of every flow that waits for it, and goes on.

    The others go on after this step is committed; see :func:`broadcast_signal`.
    """

    bpmn_element = "intermediateThrowEvent"
    activation_class = SignalThrowActivation
