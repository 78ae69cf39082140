"""What becomes of the tasks of a user who is deleted."""

from __future__ import annotations

from typing import Any

from .managers import HUMAN
from .status import STATUS

__all__ = ["release_tasks"]


def release_tasks(collector: Any, field: Any, tasks: Any, using: str) -> None:
    """``on_delete`` of a task's owner: open work goes back to the queue, history stays.

    A process whose only open task vanished with its owner could neither go on nor end.
    """
    model = field.model
    begun = tasks.filter(flow_task_type=HUMAN, status__in=(STATUS.ASSIGNED, STATUS.STARTED))
    # In this order: each update finds its rows by what the next ones change.
    for name, value in (("started", None), ("assigned", None), ("status", STATUS.NEW)):
        collector.add_field_update(model._meta.get_field(name), value, begun)
    collector.add_field_update(field, None, tasks)


#: Django hands over a queryset that nobody has read.
release_tasks.lazy_sub_objs = True  # type: ignore[attr-defined]
