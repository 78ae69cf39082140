"""Subprocess, NSubprocess and StartSubprocess with their pages.

The page of a task that waits for processes lists them; that of a process leads to the task it
works for.
"""

from __future__ import annotations

from viewflow.workflow import nodes as engine

from . import mixins

__all__ = ["NSubprocess", "StartSubprocess", "Subprocess"]


class Subprocess(
    mixins.NodeDetailMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
    engine.Subprocess,
):
    """A process of a flow: ``flow.Subprocess(OtherFlow.start)``."""


class NSubprocess(
    mixins.NodeDetailMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
    engine.NSubprocess,
):
    """A process for each item: ``flow.NSubprocess(OtherFlow.start, this.get_items)``."""


class StartSubprocess(mixins.NodeDetailMixin, mixins.NodeUndoMixin, engine.StartSubprocess):
    """The beginning of a process that works for a task: ``flow.StartSubprocess(this.begin)``."""
