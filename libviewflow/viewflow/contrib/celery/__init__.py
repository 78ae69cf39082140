"""Celery as the carrier of background work: jobs that are Celery tasks, and timers with an ETA.

Needs the extra ``libviewflow[celery]``. Nothing else is to be configured but Celery itself.
"""

from __future__ import annotations

try:
    import celery  # noqa: F401 - only to say clearly what is missing
except ImportError as error:
    raise ImportError(
        "viewflow.contrib.celery needs Celery: pip install 'libviewflow[celery]'."
    ) from error

from .nodes import Job
from .runner import CeleryRunner
from .timer import Timer

__all__ = ["CeleryRunner", "Job", "Timer"]
