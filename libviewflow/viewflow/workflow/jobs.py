"""Background work, for runners and for operators: deliver a message, repair what was lost."""

from __future__ import annotations

from .sweeper import Swept, sweep, task_models
from .work import Pause, Work, claim, deliver, running

__all__ = ["Pause", "Swept", "Work", "claim", "deliver", "running", "sweep", "task_models"]
