"""What has to happen every few seconds although nobody asks for it.

Called by ``manage.py workflow_worker``, by the celery beat task
``viewflow.workflow.tasks.workflow_fire_timers``, or by whatever a project has for such things.
Several may call it at once.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from .jobs import sweep

__all__ = ["tick"]

logger = logging.getLogger(__name__)

_TIMERS = f"{__package__}.timers"


def tick() -> dict[str, Any]:
    """Fire the timers and conditions that are due and repair lost jobs; return what was done.

    A part that fails is logged, and the others run all the same.
    """
    done: dict[str, Any] = {}
    for name, act in _parts():
        try:
            done[name] = act()
        except Exception:
            logger.exception("The clock's part %r failed; it runs again with the next tick.", name)
    return done


def _parts() -> list[tuple[str, Callable[[], Any]]]:
    parts: list[tuple[str, Callable[[], Any]]] = [("jobs", sweep)]
    if find_spec(_TIMERS) is not None:
        timers = importlib.import_module(_TIMERS)
        parts = [
            ("timers", timers.fire_due_timers),
            ("starts", timers.fire_due_start_timers),
            ("conditions", timers.fire_due_conditions),
            *parts,
        ]
    return parts
