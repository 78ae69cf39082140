"""What has to happen every few seconds although nobody asks for it.

Called by ``manage.py workflow_worker``, by the celery beat task
``viewflow.workflow.tasks.workflow_fire_timers``, or by whatever a project has for such things.
Several may call it at once.
"""

from __future__ import annotations

import logging
from typing import Any

from .broadcast import deliver_signals
from .jobs import sweep
from .timers import fire_due_conditions, fire_due_start_timers, fire_due_timers

__all__ = ["tick"]

logger = logging.getLogger(__name__)

_PARTS = (
    ("timers", fire_due_timers),
    ("starts", fire_due_start_timers),
    ("conditions", fire_due_conditions),
    ("signals", deliver_signals),
    ("jobs", sweep),
)


def tick() -> dict[str, Any]:
    """Fire timers and conditions that are due, repair lost jobs and signals; return what was done.

    A part that fails is logged, and the others run all the same.
    """
    done: dict[str, Any] = {}
    for name, act in _PARTS:
        try:
            done[name] = act()
        except Exception:
            logger.exception("The clock's part %r failed; it runs again with the next tick.", name)
    return done
