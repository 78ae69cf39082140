"""Numbers of a dashboard: how much is open, how much was finished, how long it took.

All of it comes from three statements whatever the size of the tables: what is open per step, how
many processes there are, and how long the latest finished ones took.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from django.db.models import Count, F, Min, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.kept import kept_rows, kept_values
from viewflow.workflow.managers import links_down
from viewflow.workflow.rows import read_rows

from .pages import ACTIVE

__all__ = [
    "PERIODS",
    "Figures",
    "Lane",
    "finished_processes",
    "flow_figures",
    "open_tasks",
]

#: Days that ``?period=`` may name, today first.
PERIODS = (1, 7, 30)

#: The median is taken from at most this many processes, the latest.
_SAMPLE = 500


@dataclass(slots=True)
class Lane:
    """What is open at one step."""

    count: int = 0
    failed: int = 0
    oldest: datetime.datetime | None = None
    tasks: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Figures:
    """The numbers on top of a dashboard."""

    open: int
    finished: int
    cancelled: int
    cycle: datetime.timedelta | None
    #: Finished processes per slice of the period, oldest first.
    per_slice: list[int]
    #: Median duration per slice, in seconds.
    cycle_per_slice: list[float]


def open_tasks(flow_class: Any, types: Any, limit: int) -> dict[str, Lane]:
    """Return the open tasks of a flow by step: how many, since when, and the oldest ``limit``."""
    chosen = kept_values(flow_class.task_class, _ranked, flow_class, tuple(types), limit)
    if not chosen:
        return {}
    facts = {pk: (count, oldest, rank) for pk, count, oldest, rank in chosen}
    rows = _tasks(flow_class, list(facts))
    lanes: dict[str, Lane] = {}
    for task in sorted(rows, key=lambda task: facts[task.pk][2]):
        node = task.flow_task
        name = node.name if node is not None else ""
        lane = lanes.setdefault(name, Lane())
        lane.count, lane.oldest = facts[task.pk][:2]
        lane.failed += task.status == STATUS.ERROR
        lane.tasks.append(task)
    return lanes


def finished_processes(flow_class: Any, limit: int) -> list[Any]:
    """Return the ``limit`` processes of a flow that ended last, the last one first."""
    return kept_rows(flow_class.process_class, _latest, flow_class, limit)


def _latest(model: Any, flow_class: Any, limit: int) -> Any:
    rows = model._default_manager.filter(
        flow_class=flow_class, status__in=(PROCESS.DONE, PROCESS.CANCELED)
    )
    return rows.order_by("-finished", "-pk")[:limit]


def _ranked(model: Any, flow_class: Any, types: Any, limit: int) -> Any:
    by_node = {"partition_by": [F("flow_task")]}
    ranked = (
        model._default_manager.filter(process__flow_class=flow_class)
        .filter(Q(status__in=ACTIVE, flow_task_type__in=types) | Q(status=STATUS.ERROR))
        .order_by()
        .annotate(
            _rank=Window(RowNumber(), order_by=[F("created").asc(), F("pk").asc()], **by_node),
            _count=Window(Count("pk"), **by_node),
            _oldest=Window(Min("created"), **by_node),
        )
    )
    return ranked.filter(_rank__lte=limit).values_list("pk", "_count", "_oldest", "_rank")


def _tasks(flow_class: Any, keys: list[Any]) -> list[Any]:
    """Return these tasks with their processes and owners, in one statement."""
    model = flow_class.task_class
    process = model._meta.get_field("process").related_model
    if links_down(process, flow_class.process_class):  # a table of its own, read along
        rows = model._default_manager.coerce_for([flow_class])
        return list(rows.filter(pk__in=keys).select_related("owner"))
    return read_rows(model, {"pk__in": keys}, ("process", "owner"))


def _closed(model: Any, flow_class: Any, since: Any) -> Any:
    rows = model._default_manager.filter(
        flow_class=flow_class, status__in=(PROCESS.DONE, PROCESS.CANCELED), finished__gte=since
    )
    # One more than is needed tells whether these are all.
    return rows.order_by("-finished").values_list("status", "created", "finished")[: _SAMPLE + 1]


def _open(model: Any, flow_class: Any) -> Any:
    rows = model._default_manager.filter(flow_class=flow_class, status=PROCESS.NEW)
    return rows.order_by().values("flow_class").annotate(n=Count("pk")).values_list("n")


def _all_counts(model: Any, flow_class: Any, since: Any) -> Any:
    is_open = Q(status=PROCESS.NEW)
    rows = model._default_manager.filter(is_open | Q(finished__gte=since), flow_class=flow_class)
    return (
        rows.order_by()
        .values("flow_class")
        .annotate(
            open=Count("pk", filter=is_open),
            finished=Count("pk", filter=Q(status=PROCESS.DONE)),
            cancelled=Count("pk", filter=Q(status=PROCESS.CANCELED)),
        )
        .values_list("open", "finished", "cancelled")
    )


def flow_figures(flow_class: Any, days: int, now: datetime.datetime | None = None) -> Figures:
    """Return the numbers of a flow for the last ``days`` days (1 is today since midnight)."""
    now = now or timezone.now()
    since = _since(days, now)
    model = flow_class.process_class
    sample = kept_values(model, _closed, flow_class, at=(since,))
    if len(sample) <= _SAMPLE:
        # The sample is all there is: one count less, and the one left is an index scan.
        statuses = [row[0] for row in sample]
        open_rows = kept_values(model, _open, flow_class)
        open_count = open_rows[0][0] if open_rows else 0
        finished, cancelled = statuses.count(PROCESS.DONE), statuses.count(PROCESS.CANCELED)
    else:
        open_count, finished, cancelled = kept_values(model, _all_counts, flow_class, at=(since,))[
            0
        ]
    slices = 12 if days == 1 else min(days, 15)
    span = max((now - since) / slices, datetime.timedelta(seconds=1))
    buckets: list[list[float]] = [[] for _ in range(slices)]
    took: list[float] = []
    for status, created, end in sample:
        if status == PROCESS.DONE and created:
            # Clocks of several machines differ: nothing ends before it began.
            seconds = max((end - created).total_seconds(), 0.0)
            took.append(seconds)
            buckets[min(int((end - since) / span), slices - 1)].append(seconds)
    return Figures(
        open=open_count,
        finished=finished,
        cancelled=cancelled,
        cycle=datetime.timedelta(seconds=median(took)) if took else None,
        per_slice=[len(bucket) for bucket in buckets],
        cycle_per_slice=[median(bucket) if bucket else 0 for bucket in buckets],
    )


def _since(days: int, now: datetime.datetime) -> datetime.datetime:
    local = timezone.localtime(now) if timezone.is_aware(now) else now
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - datetime.timedelta(days=days - 1)
