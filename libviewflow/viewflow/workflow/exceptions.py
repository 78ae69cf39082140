"""What can go wrong in a workflow, apart from a transition that is not allowed.

The latter is :class:`viewflow.fsm.TransitionNotAllowed`.
"""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

__all__ = ["FlowDefinitionError", "FlowLockFailed", "FlowRuntimeError", "ProcessError"]


class FlowRuntimeError(Exception):
    """A process cannot go on as its flow demands; the message names flow, node and task."""


class ProcessError(FlowRuntimeError):
    """An error that the process knows by a code (BPMN 2.0.2, clause 10.5.1, error events).

    Raised by the flow's own code, or the failure of a subprocess that ended with ``ErrorEnd``; a
    boundary event ``OnError(code=…)`` on the task catches it.
    """

    def __init__(self, message: str = "", code: str | None = None) -> None:
        super().__init__(message or f"The process failed with the code {code!r}.")
        self.code = code


class FlowLockFailed(Exception):  # noqa: N818
    """Somebody else is working on the process and did not finish in time. Trying again is safe."""


class FlowDefinitionError(ImproperlyConfigured, AttributeError):
    """A flow class is wrong: a missing node, an If without Else. Raised when it is defined."""
