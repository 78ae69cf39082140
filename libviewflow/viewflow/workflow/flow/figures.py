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

from .pages import ACTIVE

__all__ = ["PERIODS", "Figures", "Lane", "flow_figures", "open_tasks"]

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
    manager = flow_class.task_class._default_manager
    by_node = {"partition_by": [F("flow_task")]}
    ranked = (
        manager.filter(process__flow_class=flow_class)
        .filter(Q(status__in=ACTIVE, flow_task_type__in=types) | Q(status=STATUS.ERROR))
        .order_by()
        .annotate(
            _rank=Window(RowNumber(), order_by=[F("created").asc(), F("pk").asc()], **by_node),
            _count=Window(Count("pk"), **by_node),
            _oldest=Window(Min("created"), **by_node),
        )
    )
    chosen = list(ranked.filter(_rank__lte=limit).values_list("pk", "_count", "_oldest", "_rank"))
    if not chosen:
        return {}
    facts = {pk: (count, oldest, rank) for pk, count, oldest, rank in chosen}
    rows = manager.coerce_for([flow_class]).filter(pk__in=list(facts)).select_related("owner")
    lanes: dict[str, Lane] = {}
    for task in sorted(rows, key=lambda task: facts[task.pk][2]):
        node = task.flow_task
        name = node.name if node is not None else ""
        lane = lanes.setdefault(name, Lane())
        lane.count, lane.oldest = facts[task.pk][:2]
        lane.failed += task.status == STATUS.ERROR
        lane.tasks.append(task)
    return lanes


def flow_figures(flow_class: Any, days: int, now: datetime.datetime | None = None) -> Figures:
    """Return the numbers of a flow for the last ``days`` days (1 is today since midnight)."""
    now = now or timezone.now()
    since = _since(days, now)
    processes = flow_class.process_class._default_manager.filter(flow_class=flow_class)
    closed = processes.filter(status__in=(PROCESS.DONE, PROCESS.CANCELED), finished__gte=since)
    sample = list(
        closed.order_by("-finished").values_list("status", "created", "finished")[: _SAMPLE + 1]
    )
    open_count = Q(status=PROCESS.NEW)
    if len(sample) <= _SAMPLE:
        # The sample is all there is: one count less, and the one left is an index scan.
        statuses = [row[0] for row in sample]
        counts = {
            "open": processes.filter(open_count).count(),
            "finished": statuses.count(PROCESS.DONE),
            "cancelled": statuses.count(PROCESS.CANCELED),
        }
    else:
        counts = processes.filter(open_count | Q(finished__gte=since)).aggregate(
            open=Count("pk", filter=open_count),
            finished=Count("pk", filter=Q(status=PROCESS.DONE)),
            cancelled=Count("pk", filter=Q(status=PROCESS.CANCELED)),
        )
    slices = 12 if days == 1 else min(days, 15)
    span = max((now - since) / slices, datetime.timedelta(seconds=1))
    buckets: list[list[float]] = [[] for _ in range(slices)]
    took: list[float] = []
    for status, created, end in sample:
        if status == PROCESS.DONE and created:
            seconds = (end - created).total_seconds()
            took.append(seconds)
            buckets[min(int((end - since) / span), slices - 1)].append(seconds)
    return Figures(
        open=counts["open"],
        finished=counts["finished"],
        cancelled=counts["cancelled"],
        cycle=datetime.timedelta(seconds=median(took)) if took else None,
        per_slice=[len(bucket) for bucket in buckets],
        cycle_per_slice=[median(bucket) if bucket else 0 for bucket in buckets],
    )


def _since(days: int, now: datetime.datetime) -> datetime.datetime:
    local = timezone.localtime(now) if timezone.is_aware(now) else now
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - datetime.timedelta(days=days - 1)
