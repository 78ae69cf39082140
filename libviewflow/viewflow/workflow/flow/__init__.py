"""Flows with their pages: ``from viewflow.workflow import flow``."""

from __future__ import annotations

from viewflow.workflow import Flow

from . import mixins, nodes, utils, views
from .mixins import NodeDetailMixin, NodeExecuteMixin
from .nodes import (
    End,
    Function,
    Handle,
    If,
    Job,
    Join,
    Obsolete,
    Split,
    SplitFirst,
    Start,
    StartHandle,
    Switch,
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
    "Function",
    "Job",
    "Handle",
    "If",
    "Switch",
    "Split",
    "SplitFirst",
    "Join",
    "End",
    "Obsolete",
    "mixins",
    "nodes",
    "utils",
    "views",
]
