"""Workflows as an API of Django REST framework: ``from viewflow.workflow import rest``.

``path("api/pizza/", rest.FlowRestViewset(PizzaFlow).urls)`` serves any flow, with the rights, the
locks and the forms of its pages. The nodes are those of ``viewflow.workflow.flow``. Needs the
extra ``libviewflow[rest]``.
"""

from __future__ import annotations

try:
    import drf_spectacular  # noqa: F401
    import rest_framework  # noqa: F401
except ImportError as error:  # pragma: no cover - depends on what is installed
    raise ImportError(
        "The API of workflows needs Django REST framework and drf-spectacular: "
        'pip install "libviewflow[rest]".'
    ) from error

from viewflow.workflow.flow import (
    BusinessRule,
    CompensateThrow,
    ConditionalCatch,
    End,
    ErrorEnd,
    EscalationThrow,
    Flow,
    Function,
    Handle,
    If,
    Job,
    Join,
    ManualTask,
    MessageCatch,
    MessageThrow,
    NSubprocess,
    Obsolete,
    SendHandle,
    SignalCatch,
    SignalThrow,
    Split,
    SplitFirst,
    Start,
    StartHandle,
    StartSubprocess,
    StartTimer,
    Subprocess,
    Switch,
    TerminateEnd,
    Timer,
    View,
)

from . import views
from .docs import get_docs_view
from .schema import get_schema_view
from .viewset import FlowRestViewset

__all__ = [
    "BusinessRule",
    "CompensateThrow",
    "ConditionalCatch",
    "End",
    "ErrorEnd",
    "EscalationThrow",
    "Flow",
    "FlowRestViewset",
    "Function",
    "Handle",
    "If",
    "Job",
    "Join",
    "ManualTask",
    "MessageCatch",
    "MessageThrow",
    "NSubprocess",
    "Obsolete",
    "SendHandle",
    "SignalCatch",
    "SignalThrow",
    "Split",
    "SplitFirst",
    "Start",
    "StartHandle",
    "StartSubprocess",
    "StartTimer",
    "Subprocess",
    "Switch",
    "TerminateEnd",
    "Timer",
    "View",
    "get_docs_view",
    "get_schema_view",
    "views",
]
