"""Flows with their pages: ``from viewflow.workflow import flow``."""

from __future__ import annotations

from viewflow.workflow import Flow

from . import mixins, nodes, utils, views
from .mixins import NodeDetailMixin, NodeExecuteMixin
from .nodes import (
    ConditionalCatch,
    End,
    Function,
    Handle,
    If,
    Join,
    Obsolete,
    Split,
    SplitFirst,
    Start,
    StartHandle,
    StartTimer,
    Switch,
    Timer,
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
    "StartTimer",
    "View",
    "Function",
    "Handle",
    "If",
    "Switch",
    "Split",
    "SplitFirst",
    "Join",
    "Timer",
    "ConditionalCatch",
    "End",
    "Obsolete",
    "mixins",
    "nodes",
    "utils",
    "views",
]
