"""Message events: the process tells somebody, or waits to be told (BPMN 2.0.2, clause 10.5.4).

A message has one receiver, known to the code that sends it. For "whoever waits for this" there
are signals.
"""

from __future__ import annotations

from .func import Function, Handle

__all__ = ["MessageCatch", "MessageThrow"]


class MessageThrow(Function):
    """Tells somebody as soon as the token arrives, and goes on: ``MessageThrow(this.tell)``."""

    task_type = "EVENT"
    bpmn_element = "intermediateThrowEvent"
    bpmn_event = "message"


class MessageCatch(Handle):
    """Waits for a message: ``MyFlow.node.run(task, **message)``, as a ``Handle``."""

    task_type = "EVENT"
    bpmn_element = "intermediateCatchEvent"
    bpmn_event = "message"
