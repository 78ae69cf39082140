"""The nodes people write in flows: engine nodes with the pages that belong to them.

Each class is the engine's node of the same name (``viewflow.workflow.nodes``) and the pages of
the measured table: a person's task has all of them, a gate can be looked at, cancelled, undone
and revived, an event shows what happened.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from viewflow.workflow import nodes as engine

from . import mixins, views
from .event_nodes import (
    BusinessRule,
    CompensateThrow,
    ErrorEnd,
    EscalationThrow,
    MessageCatch,
    MessageThrow,
    SendHandle,
    SignalCatch,
    SignalThrow,
    TerminateEnd,
)
from .job_nodes import Job
from .navigation import next_page
from .subprocess_nodes import NSubprocess, StartSubprocess, Subprocess
from .time_nodes import (
    ConditionalCatch,
    ErrorBoundary,
    EscalationBoundary,
    StartTimer,
    Timer,
    TimerBoundary,
)

__all__ = [
    "BusinessRule",
    "CompensateThrow",
    "ConditionalCatch",
    "End",
    "ErrorBoundary",
    "ErrorEnd",
    "EscalationBoundary",
    "EscalationThrow",
    "Function",
    "Handle",
    "If",
    "Job",
    "Join",
    "NSubprocess",
    "ManualTask",
    "MessageCatch",
    "MessageThrow",
    "Obsolete",
    "SendHandle",
    "SignalCatch",
    "SignalThrow",
    "Split",
    "SplitFirst",
    "Start",
    "StartActivation",
    "StartHandle",
    "StartSubprocess",
    "Subprocess",
    "StartTimer",
    "Switch",
    "TerminateEnd",
    "Timer",
    "TimerBoundary",
    "View",
    "ViewActivation",
]


class _SuccessUrl:
    """An activation that knows the next page; for views written as plain functions."""

    def get_success_url(self, request: HttpRequest) -> str:
        """Return where the person goes after the step (see ``FlowViewset.get_success_url``)."""
        return next_page(request)


class StartActivation(_SuccessUrl, engine.StartActivation):
    """The start of a process by a person."""


class ViewActivation(_SuccessUrl, engine.ViewActivation):
    """A person's task."""


class Start(mixins.NodeStartMixin, mixins.NodeDetailMixin, mixins.NodeUndoMixin, engine.Start):
    """A form that starts a process: ``flow.Start(CreateProcessView.as_view(fields=[…]))``."""

    activation_class = StartActivation


class StartHandle(mixins.NodeDetailMixin, mixins.NodeUndoMixin, engine.StartHandle):
    """A start from code: ``MyFlow.start.run(…)``."""


class View(
    mixins.NodeDetailMixin,
    mixins.NodeExecuteMixin,
    mixins.NodeAssignMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
    engine.View,
):
    """A person's task: ``flow.View(UpdateProcessView.as_view(fields=[…]))``."""

    activation_class = ViewActivation
    index_view_class = views.UserIndexTaskView


class ManualTask(View, engine.ManualTask):
    """Work away from the computer, confirmed by a form without fields: ``flow.ManualTask()``."""

    execute_view_class = views.UpdateProcessView


class Function(
    mixins.NodeDetailMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
    engine.Function,
):
    """A Python function that runs by itself."""


class Handle(
    mixins.NodeDetailMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
    engine.Handle,
):
    """A step that waits for code: ``MyFlow.node.run(task, …)``."""


class If(
    mixins.NodeDetailMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
    engine.If,
):
    """One of two ways, by a condition."""


class Switch(
    mixins.NodeDetailMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
    engine.Switch,
):
    """One of several ways, by the first condition that holds."""


class Split(
    mixins.NodeDetailMixin,
    mixins.NodeExecuteMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
    engine.Split,
):
    """Several ways at once."""


class SplitFirst(
    mixins.NodeDetailMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
    engine.SplitFirst,
):
    """Several ways at once, of which the first to finish wins."""


class Join(
    mixins.NodeDetailMixin,
    mixins.NodeExecuteMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
    engine.Join,
):
    """Waits for the ways of a split."""


class End(
    mixins.NodeDetailMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
    engine.End,
):
    """The end of a process."""


class Obsolete(mixins.NodeDetailMixin, mixins.NodeCancelMixin, engine.Obsolete):
    """Stands for nodes that the flow no longer has: ``obsolete = flow.Obsolete()``."""

    def reverse(self, viewname: str, args: Any = None, kwargs: Any = None) -> str:
        """Return the page of a task of a removed node, under the name of this node."""
        name = next(k for k, v in self.flow_class._nodes.items() if isinstance(v, Obsolete))
        return self.flow_class.instance.reverse(f"{name}:{viewname}", args=args, kwargs=kwargs)
