"""The nodes of the engine, without pages. :mod:`viewflow.workflow.flow` adds those."""

from __future__ import annotations

from .boundary import (
    BoundaryActivation,
    ErrorBoundary,
    EscalationBoundary,
    TimerBoundary,
    TimerBoundaryActivation,
)
from .compensation import (
    CompensateThrow,
    CompensateThrowActivation,
    MethodHandler,
    MethodHandlerActivation,
)
from .condition import ConditionalCatch, ConditionalCatchActivation
from .end import (
    End,
    EndActivation,
    ErrorEnd,
    ErrorEndActivation,
    TerminateEnd,
    TerminateEndActivation,
)
from .escalation import EscalationThrow, EscalationThrowActivation
from .func import Function, FunctionActivation, Handle, HandleActivation
from .gate import If, IfActivation, Switch, SwitchActivation
from .job import AbstractJob, AbstractJobActivation, Job, JobActivation
from .join import Join, JoinActivation
from .message import MessageCatch, MessageThrow
from .mixins import NextNodeMixin, PermissionMixin
from .nsubprocess import NSubprocess
from .obsolete import Obsolete, ObsoleteActivation
from .signal import (
    SignalCatch,
    SignalCatchActivation,
    SignalThrow,
    SignalThrowActivation,
    broadcast_signal,
)
from .split import Split, SplitActivation, SplitFirst, SplitFirstActivation
from .start import Start, StartActivation, StartHandle, StartHandleActivation
from .subprocess import StartSubprocess, Subprocess, SubprocessActivation
from .timer import StartTimer, StartTimerActivation, Timer, TimerActivation
from .view import View, ViewActivation
from .work import BusinessRule, ManualTask, SendHandle

__all__ = [
    "AbstractJob",
    "AbstractJobActivation",
    "BoundaryActivation",
    "BusinessRule",
    "CompensateThrow",
    "CompensateThrowActivation",
    "ConditionalCatch",
    "ConditionalCatchActivation",
    "End",
    "EndActivation",
    "ErrorBoundary",
    "ErrorEnd",
    "ErrorEndActivation",
    "EscalationBoundary",
    "EscalationThrow",
    "EscalationThrowActivation",
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
    "NSubprocess",
    "ManualTask",
    "MessageCatch",
    "MessageThrow",
    "MethodHandler",
    "MethodHandlerActivation",
    "NextNodeMixin",
    "Obsolete",
    "ObsoleteActivation",
    "PermissionMixin",
    "SendHandle",
    "SignalCatch",
    "SignalCatchActivation",
    "SignalThrow",
    "SignalThrowActivation",
    "Split",
    "SplitActivation",
    "SplitFirst",
    "SplitFirstActivation",
    "Start",
    "StartActivation",
    "StartHandle",
    "StartHandleActivation",
    "StartSubprocess",
    "Subprocess",
    "SubprocessActivation",
    "StartTimer",
    "StartTimerActivation",
    "Switch",
    "SwitchActivation",
    "TerminateEnd",
    "TerminateEndActivation",
    "Timer",
    "TimerActivation",
    "TimerBoundary",
    "TimerBoundaryActivation",
    "View",
    "ViewActivation",
    "broadcast_signal",
]
