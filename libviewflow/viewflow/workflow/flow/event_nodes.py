"""Events and what else runs by itself or waits, with the pages that belong to it.

Whatever waits can be cancelled; whatever can fail can be tried again; everything that was done
can be undone and looked at.
"""

from __future__ import annotations

from viewflow.workflow import nodes as engine

from . import mixins

__all__ = [
    "BusinessRule",
    "CompensateThrow",
    "ErrorEnd",
    "EscalationThrow",
    "MessageCatch",
    "MessageThrow",
    "MethodHandler",
    "SendHandle",
    "SignalCatch",
    "SignalThrow",
    "TerminateEnd",
]


class _ControlPages(
    mixins.NodeDetailMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
):
    """The pages of what works by itself: detail, cancel, undo, revive."""


class SendHandle(_ControlPages, engine.SendHandle):
    """Sends something by itself: ``flow.SendHandle(this.send_invoice)``."""


class BusinessRule(_ControlPages, engine.BusinessRule):
    """Evaluates a rule by itself: ``flow.BusinessRule(this.credit_limit)``."""


class MessageThrow(_ControlPages, engine.MessageThrow):
    """Tells somebody and goes on: ``flow.MessageThrow(this.tell_customer)``."""


class MessageCatch(_ControlPages, engine.MessageCatch):
    """Waits for a message: ``MyFlow.node.run(task, …)``."""


class SignalCatch(_ControlPages, engine.SignalCatch):
    """Waits for a signal of anybody: ``flow.SignalCatch("price-changed")``."""


class SignalThrow(_ControlPages, engine.SignalThrow):
    """Throws a signal to everybody who waits: ``flow.SignalThrow("price-changed")``."""


class EscalationThrow(_ControlPages, engine.EscalationThrow):
    """Calls for the attention of the parent process: ``flow.EscalationThrow("late")``."""


class CompensateThrow(_ControlPages, engine.CompensateThrow):
    """Takes back what was finished, by the handlers of ``CompensateWith``."""


class MethodHandler(_ControlPages, engine.MethodHandler):
    """Stands for the method of a ``CompensateWith``."""


class TerminateEnd(_ControlPages, engine.TerminateEnd):
    """Ends the whole process at once."""


class ErrorEnd(_ControlPages, engine.ErrorEnd):
    """Ends the whole process as failed: ``flow.ErrorEnd("no-stock")``."""
