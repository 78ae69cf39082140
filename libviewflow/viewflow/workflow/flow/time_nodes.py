"""Nodes of the clock and events on borders, with their pages."""

from __future__ import annotations

from typing import Any

from viewflow.workflow import nodes as engine

from . import mixins

__all__ = [
    "BOUNDARY_CLASSES",
    "ConditionalCatch",
    "ErrorBoundary",
    "EscalationBoundary",
    "StartTimer",
    "Timer",
    "TimerBoundary",
]


class StartTimer(mixins.NodeDetailMixin, mixins.NodeUndoMixin, engine.StartTimer):
    """A start by the clock: ``flow.StartTimer(interval=timedelta(days=1))``."""


class Timer(mixins.NodeDetailMixin, mixins.NodeCancelMixin, mixins.NodeReviveMixin, engine.Timer):
    """Waits for a time: ``flow.Timer(timedelta(hours=2))``."""


class ConditionalCatch(
    mixins.NodeDetailMixin, mixins.NodeCancelMixin, mixins.NodeReviveMixin, engine.ConditionalCatch
):
    """Waits until something is true: ``flow.ConditionalCatch(act.process.paid)``."""


class TimerBoundary(
    mixins.NodeDetailMixin, mixins.NodeCancelMixin, mixins.NodeReviveMixin, engine.TimerBoundary
):
    """A time limit of a task; made by its ``OnTimeout``."""


class ErrorBoundary(
    mixins.NodeDetailMixin, mixins.NodeCancelMixin, mixins.NodeReviveMixin, engine.ErrorBoundary
):
    """What follows a failure of a task; made by its ``OnError``."""


class EscalationBoundary(
    mixins.NodeDetailMixin,
    mixins.NodeCancelMixin,
    mixins.NodeReviveMixin,
    engine.EscalationBoundary,
):
    """What an escalation to a task begins; made by its ``OnEscalation``."""


#: What nodes with pages carry on their borders, by kind.
BOUNDARY_CLASSES: dict[str, Any] = {
    kind.kind: kind for kind in (TimerBoundary, ErrorBoundary, EscalationBoundary)
}
