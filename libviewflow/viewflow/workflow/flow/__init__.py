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
    Job,
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
    "BusinessRule",
    "CompensateThrow",
    "End",
    "ErrorEnd",
    "EscalationThrow",
    "Flow",
    "FlowAppViewset",
    "FlowViewset",
    "Function",
    "Handle",
    "If",
    "Job",
    "Join",
    "ManualTask",
    "MessageCatch",
    "MessageThrow",
    "NodeDetailMixin",
    "NodeExecuteMixin",
    "Obsolete",
    "SendHandle",
    "SignalCatch",
    "SignalThrow",
    "Split",
    "SplitFirst",
    "Start",
    "StartHandle",
    "Switch",
    "TerminateEnd",
    "View",
    "WorkflowAppViewset",
    "mixins",
    "nodes",
    "utils",
    "views",
]
