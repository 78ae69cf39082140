"""Obsolete: what tasks belong to whose node is no longer in the code."""

from __future__ import annotations

from typing import Any

from ...fsm import State
from ...this_object import this
from ..activation import Activation
from ..base import Node
from ..status import STATUS

__all__ = ["Obsolete", "ObsoleteActivation"]


class ObsoleteActivation(Activation):
    """Can be looked at, and cancelled from any state."""

    @Activation.status.transition(
        source=State.ANY,
        target=STATUS.CANCELED,
        label="Cancel",
        permission=this.has_manage_permission,
    )
    def cancel(self) -> None:
        """Drop the task; its branch ends here."""
        with self.step():
            if self.flow_task.cancel_func is not None:
                self.call(self.flow_task.cancel_func, self)
            self.cancelled()


class Obsolete(Node):
    """Stands in for removed nodes: ``obsolete = flow.Obsolete()``.

    ``cancel_func`` and ``undo_func`` are called with the activation.
    """

    task_type = "OBSOLETE"
    activation_class = ObsoleteActivation
    references = ("cancel_func", "undo_func")

    def __init__(self, cancel_func: Any = None, undo_func: Any = None) -> None:
        super().__init__()
        self.cancel_func = cancel_func
        self.undo_func = undo_func
