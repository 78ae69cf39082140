"""Celery's periodic task of the engine; ``app.autodiscover_tasks()`` finds it.

Put it into the beat schedule, every few seconds::

    app.conf.beat_schedule = {
        "workflow": {"task": "viewflow.workflow.tasks.workflow_fire_timers", "schedule": 5.0}
    }
"""

from __future__ import annotations

from celery import shared_task

from .clock import tick

__all__ = ["workflow_fire_timers"]


@shared_task(name="viewflow.workflow.tasks.workflow_fire_timers", ignore_result=True)
def workflow_fire_timers() -> dict[str, str]:
    """Fire what is due and repair lost jobs; return what was done."""
    return {name: str(done) for name, done in tick().items()}
