"""Celery's periodic task of the engine; ``app.autodiscover_tasks()`` finds it.

Put it into the beat schedule, every few seconds::

    app.conf.beat_schedule = {
        "workflow": {"task": "viewflow.workflow.tasks.workflow_fire_timers", "schedule": 5.0}
    }
"""

from __future__ import annotations

from importlib.util import find_spec

from .clock import tick

__all__ = ["workflow_fire_timers"]


def workflow_fire_timers() -> dict[str, str]:
    """Fire what is due and repair what was lost; return what was done."""
    return {name: str(done) for name, done in tick().items()}


# Other queues look into the "tasks" of every app, too; without Celery this is a plain function.
if find_spec("celery") is not None:
    from celery import shared_task

    workflow_fire_timers = shared_task(
        name="viewflow.workflow.tasks.workflow_fire_timers", ignore_result=True
    )(workflow_fire_timers)
