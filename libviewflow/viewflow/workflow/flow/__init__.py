"""Flows with their pages: ``from viewflow.workflow import flow``."""

from __future__ import annotations

from viewflow.workflow import Flow

from . import mixins, nodes, utils, views
from .mixins import NodeDetailMixin, NodeExecuteMixin
from .nodes import (
    BusinessRule,
    CompensateThrow,
    End,
    ErrorEnd,
    EscalationThrow,
    Function,
    Handle,
    If,
    Join,
    ManualTask,
    MessageCatch,
    MessageThrow,
    Obsolete,
    SendHandle,
    SignalCatch,
    SignalThrow,
    Split,
    SplitFirst,
    Start,
    StartHandle,
    Switch,
    TerminateEnd,
    View,
)
from .viewset import FlowAppViewset, FlowViewset, WorkflowAppViewset

__all__ = [
    "Flow",
    "FlowViewset",
    "FlowAppViewset",
    "WorkflowAppViewset",
    "NodeDetailMixin",
    "NodeExecuteMixin",
    "Start",
    "StartHandle",
    "View",
    "ManualTask",
    "Function",
    "SendHandle",
    "BusinessRule",
    "Handle",
    "MessageCatch",
    "MessageThrow",
    "If",
    "Switch",
    "Split",
    "SplitFirst",
    "Join",
    "End",
    "TerminateEnd",
    "ErrorEnd",
    "SignalCatch",
    "SignalThrow",
    "EscalationThrow",
    "CompensateThrow",
    "Obsolete",
    "mixins",
    "nodes",
    "utils",
    "views",
]
