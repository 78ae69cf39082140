"""What can go wrong in a workflow, apart from a transition that is not allowed.

The latter is :class:`viewflow.fsm.TransitionNotAllowed`.
"""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

__all__ = ["FlowDefinitionError", "FlowLockFailed", "FlowRuntimeError"]


class FlowRuntimeError(Exception):
    """A process cannot go on as its flow demands; the message names flow, node and task."""


class FlowLockFailed(Exception):  # noqa: N818
    """Somebody else is working on the process and did not finish in time. Trying again is safe."""


class FlowDefinitionError(ImproperlyConfigured, AttributeError):
    """A flow class is wrong: a missing node, an If without Else. Raised when it is defined."""
