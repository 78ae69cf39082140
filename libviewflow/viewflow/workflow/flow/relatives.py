"""Processes that belong together, as pages list them: what works for a task, and for whom.

A process of a flow that has no pages is named as text, and so is one that this person may not
open; what it is about is told to those who may.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from viewflow.workflow import PROCESS

from .brief import process_line
from .labels import Status, full_date, process_status_view, short_age, short_time
from .urls_of import ProcessUrls

__all__ = ["MAX_RELATIVES", "Relative", "children_of_process", "children_of_task", "parents_of"]

#: A task may wait for thousands of processes; pages show this many, the open ones first.
MAX_RELATIVES = 100


@dataclass(slots=True)
class Relative:
    """A process in a list: its name, its page, what it is about, its state and since when."""

    text: str
    url: str | None
    line: str
    status: Status
    age: str
    moment: str


@dataclass(slots=True)
class Relatives:
    """The processes that work for a task, or for the tasks of a process."""

    rows: list[Relative]
    total: int
    ended: int

    @property
    def summary(self) -> str:
        """How many there are and how many of them have ended."""
        return _("%(ended)d of %(total)d have ended") % {"ended": self.ended, "total": self.total}

    @property
    def cut(self) -> bool:
        """Whether there are more than are listed."""
        return self.total > len(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows)


def children_of_task(task: Any, user: Any) -> Relatives:
    """Return the processes that work for a task; three queries, whatever their number."""
    return _relatives(type(task).subprocesses.rel.related_model, {"parent_task": task.pk}, user)


def children_of_process(process: Any, user: Any) -> Relatives:
    """Return the processes that work for the tasks of a process."""
    model = type(process)._meta.get_field("parent_task").model
    return _relatives(model, {"parent_task__process": process.pk}, user)


def _relatives(model: Any, wanted: dict[str, Any], user: Any) -> Relatives:
    found = model._default_manager.filter(**wanted)
    counts = dict(found.order_by().values_list("status").annotate(Count("pk")))
    total, running = sum(counts.values()), counts.get(PROCESS.NEW, 0)
    rows = list(found.filter(status=PROCESS.NEW).order_by("pk")[:MAX_RELATIVES]) if running else []
    if len(rows) < min(total, MAX_RELATIVES):
        ended = found.exclude(status=PROCESS.NEW).order_by("-pk")
        rows += ended[: MAX_RELATIVES - len(rows)]
    urls, now = ProcessUrls(), timezone.now()
    seen: dict[Any, bool] = {}
    relatives = []
    for process in rows:
        flow = process.flow_class
        if flow is not None and flow not in seen:
            seen[flow] = bool(flow.instance.has_view_permission(user))
        may_view = flow is not None and (
            seen[flow] or bool(flow.instance.has_view_permission(user, process))
        )
        when = process.finished or process.created
        relatives.append(
            Relative(
                str(process),
                urls.detail(flow, process.pk) if may_view else None,
                process_line(process) if may_view else "",
                process_status_view(process.status),
                short_time(when, now) if process.finished else short_age(when, now),
                full_date(when),
            )
        )
    return Relatives(relatives, total, total - running)


def parents_of(processes: list[Any]) -> dict[Any, Any]:
    """Return the process that each works for, by the key of its task; one query if any does."""
    wanted = {pk for process in processes if (pk := getattr(process, "parent_task_id", None))}
    if not wanted:
        return {}
    model = type(processes[0])._meta.get_field("parent_task").related_model
    tasks = model._default_manager.filter(pk__in=wanted).select_related("process")
    return {task.pk: task.process for task in tasks}
