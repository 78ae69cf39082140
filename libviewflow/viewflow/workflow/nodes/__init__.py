"""The nodes of the engine, without pages. :mod:`viewflow.workflow.flow` adds those."""

from __future__ import annotations

from .end import End, EndActivation
from .func import Function, FunctionActivation, Handle, HandleActivation
from .gate import If, IfActivation, Switch, SwitchActivation
from .job import AbstractJob, AbstractJobActivation, Job, JobActivation
from .join import Join, JoinActivation
from .mixins import NextNodeMixin, PermissionMixin
from .obsolete import Obsolete, ObsoleteActivation
from .split import Split, SplitActivation, SplitFirst, SplitFirstActivation
from .start import Start, StartActivation, StartHandle, StartHandleActivation
from .view import View, ViewActivation

__all__ = [
    "AbstractJob",
    "AbstractJobActivation",
    "End",
    "EndActivation",
    "Function",
    "FunctionActivation",
    "Handle",
    "HandleActivation",
    "If",
    "IfActivation",
    "Job",
    "JobActivation",
    "Join",
    "JoinActivation",
    "NextNodeMixin",
    "Obsolete",
    "ObsoleteActivation",
    "PermissionMixin",
    "Split",
    "SplitActivation",
    "SplitFirst",
    "SplitFirstActivation",
    "Start",
    "StartActivation",
    "StartHandle",
    "StartHandleActivation",
    "Switch",
    "SwitchActivation",
    "View",
    "ViewActivation",
]
