"""Tasks that differ from View and Function in what BPMN calls them (BPMN 2.0.2, clause 10.3.3).

A manual task is done away from the computer and only confirmed here; a send task hands a message
over; a business rule task asks a rule for its answer.
"""

from __future__ import annotations

from .func import Function
from .view import View

__all__ = ["BusinessRule", "ManualTask", "SendHandle"]


class ManualTask(View):
    """Work away from the computer: a person takes it and says when it is done.

    With pages it needs no view: the form then has no fields and only asks to confirm.
    """

    bpmn_element = "manualTask"


class SendHandle(Function):
    """Sends something as soon as the token arrives: ``SendHandle(this.send_invoice)``.

    ``func(activation)`` runs inside the step's transaction. What cannot be taken back, such as a
    mail, belongs into ``transaction.on_commit``.
    """

    bpmn_element = "sendTask"


class BusinessRule(Function):
    """Evaluates a rule: ``func(activation)`` stores the answer on the process."""

    bpmn_element = "businessRuleTask"
