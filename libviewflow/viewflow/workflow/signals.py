"""Signals of the engine; the sender is the flow class.

Receivers run inside the step's transaction and get ``process`` and ``task``. An exception in a
receiver is an exception of the step.
"""

from __future__ import annotations

from django.dispatch import Signal

__all__ = ["flow_finished", "flow_started", "task_failed", "task_finished", "task_started"]

#: A process was started.
flow_started = Signal()

#: A process reached its end.
flow_finished = Signal()

#: A task began; for a person's task, when the person began.
task_started = Signal()

#: A task failed in background work; ``exception`` is passed too.
task_failed = Signal()

#: A task was completed; sent once for each completion.
task_finished = Signal()
