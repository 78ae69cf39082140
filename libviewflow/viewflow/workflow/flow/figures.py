"""Numbers of a dashboard: how much is open, how much was finished, how long it took.

All of it comes from a few statements whose cost does not grow with the history: one counts along
indexes (see :mod:`.tally`), the others read the first rows of an index.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import median
from typing import Any

from django.db import connections
from django.utils import timezone

from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.fields import get_task_ref
from viewflow.workflow.kept import kept_rows, kept_values
from viewflow.workflow.managers import is_ours, links_down
from viewflow.workflow.rows import read_rows
from viewflow.workflow.status import ACTIVE

from .tally import Counts, count_work

__all__ = [
    "PERIODS",
    "Figures",
    "Lane",
    "finished_processes",
    "flow_figures",
    "open_tasks",
    "since",
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


def open_tasks(
    flow_class: Any, types: Any, limit: int, counts: Counts | None = None
) -> dict[str, Lane]:
    """Return the open tasks of a flow by step: how many, since when, and the oldest ``limit``.

    Steps of other ``types`` are shown with their failed tasks only, if they have any; those that
    are gone from the code share the name ``""``.
    """
    counts = counts or count_work(flow_class, timezone.now())
    nodes = {get_task_ref(node): node for node in flow_class.instance.nodes()}
    # What is asked for each node: all of its open tasks, or the failed ones.
    asked = tuple(
        (reference, reference in nodes and nodes[reference].task_type not in types)
        for reference in counts.waiting
    )
    lanes: dict[str, Lane] = {}
    for task in _oldest(flow_class, asked, limit):
        node = task.flow_task
        lane = lanes.setdefault(node.name if node is not None else "", Lane())
        lane.oldest = min(lane.oldest or task.created, task.created)
        lane.failed += task.status == STATUS.ERROR
        lane.tasks.append(task)
    for reference, only_failed in asked:
        name = nodes[reference].name if reference in nodes else ""
        if name in lanes:
            shown = len(lanes[name].tasks)
            lanes[name].count += shown if only_failed else counts.waiting[reference]
    gone = lanes.get("")
    if gone is not None:
        del gone.tasks[limit:]
    return lanes


def _oldest(flow_class: Any, asked: tuple[tuple[str, bool], ...], limit: int) -> list[Any]:
    """Return the ``limit`` oldest tasks of each node, in order, with processes and owners."""
    model = flow_class.task_class
    manager = model._default_manager
    if not asked or limit < 1:
        return []
    if is_ours(manager):
        sql = _oldest_sql(manager.db, model, tuple(failed for _ref, failed in asked), limit)
        with connections[manager.db].cursor() as cursor:
            cursor.execute(sql, [reference for reference, _failed in asked])
            keys = [key for (key,) in cursor.fetchall()]
    else:  # a manager of the project, which may hide rows
        keys = []
        for reference, failed in asked:
            statuses = (STATUS.ERROR,) if failed else ACTIVE
            rows = manager.filter(flow_task=reference, status__in=statuses)
            keys += rows.order_by("created", "pk").values_list("pk", flat=True)[:limit]
    return sorted(_tasks(flow_class, keys), key=lambda task: (task.created, task.pk))


@lru_cache(maxsize=256)
def _oldest_sql(alias: str, model: Any, failed: tuple[bool, ...], limit: int) -> str:
    """Return the statement for the keys of each node's oldest tasks.

    Written by hand, because a union of limited queries is more than querysets can say on SQLite.
    Only identifiers and constants are put in; each node's reference is a parameter.
    """
    quote = connections[alias].ops.quote_name
    table = quote(model._meta.db_table)
    key, node, status, created = (
        quote(model._meta.get_field(name).column)
        for name in (model._meta.pk.name, "flow_task", "status", "created")
    )
    # The list of statuses is spelled as in the index, or SQLite would not use it.
    open_ = ", ".join(f"'{name}'" for name in ACTIVE)
    parts = []
    for number, only_failed in enumerate(failed):
        error = f" AND {status} = '{STATUS.ERROR}'" if only_failed else ""
        parts.append(
            f"SELECT {key} FROM (SELECT {key} FROM {table} WHERE {node} = %s"  # noqa: S608
            f" AND {status} IN ({open_}){error} ORDER BY {created}, {key} LIMIT {limit:d}) n{number}"
        )
    return " UNION ALL ".join(parts)


def finished_processes(flow_class: Any, limit: int) -> list[Any]:
    """Return the ``limit`` processes of a flow that ended last, the last one first."""
    return kept_rows(flow_class.process_class, _latest, flow_class, limit)


def _latest(model: Any, flow_class: Any, limit: int) -> Any:
    rows = model._default_manager.filter(
        flow_class=flow_class,
        status__in=(PROCESS.DONE, PROCESS.CANCELED),
        finished__isnull=False,
    )
    return rows.order_by("-finished", "-pk")[:limit]


def _tasks(flow_class: Any, keys: list[Any]) -> list[Any]:
    """Return these tasks with their processes and owners, in one statement."""
    model = flow_class.task_class
    process = model._meta.get_field("process").related_model
    if links_down(process, flow_class.process_class):  # a table of its own, read along
        rows = model._default_manager.coerce_for([flow_class])
        return list(rows.filter(pk__in=keys).select_related("owner"))
    return read_rows(model, {"pk__in": keys}, ("process", "owner"))


def _closed(model: Any, flow_class: Any, begin: Any) -> Any:
    rows = model._default_manager.filter(
        flow_class=flow_class, status=PROCESS.DONE, finished__gte=begin
    )
    return rows.order_by("-finished").values_list("created", "finished")[:_SAMPLE]


def flow_figures(
    flow_class: Any,
    days: int,
    now: datetime.datetime | None = None,
    counts: Counts | None = None,
) -> Figures:
    """Return the numbers of a flow for the last ``days`` days (1 is today since midnight).

    ``counts`` are those of :func:`count_work` since :func:`since`, where they are known already.
    """
    now = now or timezone.now()
    begin = since(days, now)
    counts = counts or count_work(flow_class, begin)
    finished, cancelled = (counts.ended.get(status, 0) for status in ("DONE", "CANCELED"))
    sample = (
        kept_values(flow_class.process_class, _closed, flow_class, at=(begin,)) if finished else []
    )
    slices = 12 if days == 1 else min(days, 15)
    span = max((now - begin) / slices, datetime.timedelta(seconds=1))
    buckets: list[list[float]] = [[] for _ in range(slices)]
    took: list[float] = []
    for created, end in sample:
        if created:
            # Clocks of several machines differ: nothing ends before it began.
            seconds = max((end - created).total_seconds(), 0.0)
            took.append(seconds)
            buckets[min(int((end - begin) / span), slices - 1)].append(seconds)
    return Figures(
        open=counts.open,
        finished=finished,
        cancelled=cancelled,
        cycle=datetime.timedelta(seconds=median(took)) if took else None,
        per_slice=[len(bucket) for bucket in buckets],
        cycle_per_slice=[median(bucket) if bucket else 0 for bucket in buckets],
    )


def since(days: int, now: datetime.datetime) -> datetime.datetime:
    """Return the moment that the last ``days`` days began; 1 is today since midnight."""
    local = timezone.localtime(now) if timezone.is_aware(now) else now
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - datetime.timedelta(days=days - 1)
