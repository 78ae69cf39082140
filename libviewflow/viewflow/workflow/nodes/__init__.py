"""The nodes of the engine, without pages. :mod:`viewflow.workflow.flow` adds those."""

from __future__ import annotations

from .boundary import (
    BoundaryActivation,
    ErrorBoundary,
    EscalationBoundary,
    TimerBoundary,
    TimerBoundaryActivation,
)
from .condition import ConditionalCatch, ConditionalCatchActivation
from .end import End, EndActivation
from .func import Function, FunctionActivation, Handle, HandleActivation
from .gate import If, IfActivation, Switch, SwitchActivation
from .join import Join, JoinActivation
from .mixins import NextNodeMixin, PermissionMixin
from .obsolete import Obsolete, ObsoleteActivation
from .split import Split, SplitActivation, SplitFirst, SplitFirstActivation
from .start import Start, StartActivation, StartHandle, StartHandleActivation
from .timer import StartTimer, StartTimerActivation, Timer, TimerActivation
from .view import View, ViewActivation

__all__ = [
    "BoundaryActivation",
    "ConditionalCatch",
    "ConditionalCatchActivation",
    "End",
    "EndActivation",
    "ErrorBoundary",
    "EscalationBoundary",
    "Function",
    "FunctionActivation",
    "Handle",
    "HandleActivation",
    "If",
    "IfActivation",
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
    "StartTimer",
    "StartTimerActivation",
    "Switch",
    "SwitchActivation",
    "Timer",
    "TimerActivation",
    "TimerBoundary",
    "TimerBoundaryActivation",
    "View",
    "ViewActivation",
]
