"""How much there is of a flow, counted only as far as somebody would compare numbers.

A dashboard of a flow with a million open tasks costs what one with a few thousand costs: each
number is counted along an index up to :data:`MOST`, and is "5,000+" where there is more.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from django.db import connections
from django.db.models import CharField, Count, ExpressionWrapper, F, Value

from viewflow.views.paging import count_text
from viewflow.workflow import PROCESS
from viewflow.workflow.fields import begins_sql, begins_with, get_flow_ref
from viewflow.workflow.indexes import OpenIndex
from viewflow.workflow.kept import kept_values
from viewflow.workflow.managers import is_ours, of_flows
from viewflow.workflow.status import ACTIVE

__all__ = ["MOST", "Counts", "amount", "count_work"]

#: Nothing is counted beyond this; a number that is greater means that there is more.
MOST: Final = 5000

#: Databases that have indexes of open tasks alone, and subqueries that look two levels up.
_BOUNDED: Final = frozenset({"postgresql", "sqlite"})

_WAITING, _OPEN, _ENDED = range(3)


@dataclass(slots=True)
class Counts:
    """What there is of a flow, counted by one statement; none of it beyond ``MOST + 1``."""

    #: Open tasks by the reference of their node.
    waiting: dict[str, int] = field(default_factory=dict)
    #: Open processes.
    open: int = 0
    #: Processes that have ended since the moment asked for, by status.
    ended: dict[str, int] = field(default_factory=dict)


def amount(count: int, less: int = 0) -> str:
    """Return a number of :class:`Counts`, without ``less`` of them, as people read it."""
    return count_text(min(count, MOST) - less, exact=count <= MOST)


def count_work(flow_class: Any, begin: datetime.datetime) -> Counts:
    """Count a flow's open tasks by node, its open processes, and those that ended since then."""
    counts = Counts()
    for kind, what, number in _rows(flow_class, begin):
        number = min(number, MOST + 1)
        if kind == _WAITING:
            counts.waiting[what] = number
        elif kind == _OPEN:
            counts.open = number
        elif number:
            counts.ended[what] = number
    return counts


def _rows(flow_class: Any, begin: datetime.datetime) -> list[tuple[Any, ...]]:
    tasks, processes = flow_class.task_class._default_manager, flow_class.process_class
    alias = tasks.db
    connection = connections[alias]
    if connection.vendor not in _BOUNDED or not (
        any(isinstance(index, OpenIndex) for index in tasks.model._meta.indexes)
        and is_ours(tasks)
        and is_ours(processes._default_manager)
        and processes._default_manager.db == alias
    ):
        return kept_values(processes, _counted, flow_class, at=(begin,))
    root = flow_class.task_class._meta.get_field("process").related_model
    flow = get_flow_ref(flow_class)
    moment = root._meta.get_field("finished").get_db_prep_value(begin, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            _bounded_sql(alias, flow_class.task_class, root),
            [begins_with(f"{flow}.", connection), flow, flow, moment, flow, moment],
        )
        return list(cursor.fetchall())


@lru_cache(maxsize=64)
def _bounded_sql(alias: str, task: Any, process: Any) -> str:
    """Return the statement; only identifiers and constants are put in.

    Which nodes have open tasks is found by hopping through their index, from each reference to
    the next greater one: two flows with twenty nodes are twenty steps, however much is open.
    """
    connection = connections[alias]
    quote, of_flow = connection.ops.quote_name, begins_sql("s.node", connection)
    tasks, processes = (quote(model._meta.db_table) for model in (task, process))
    node, status = (quote(task._meta.get_field(name).column) for name in ("flow_task", "status"))
    flow, state, finished = (
        quote(process._meta.get_field(name).column) for name in ("flow_class", "status", "finished")
    )
    # Spelled as in the index, or SQLite would not use it.
    is_open = f"{status} IN ({', '.join(repr(str(name)) for name in ACTIVE)})"

    def bounded(rows: str) -> str:
        return f"(SELECT COUNT(*) FROM (SELECT 1 AS one FROM {rows} LIMIT {MOST + 1}) few)"  # noqa: S608

    waiting = bounded(f"{tasks} WHERE {node} = s.node AND {is_open}")
    open_ = bounded(f"{processes} WHERE {flow} = %s AND {state} = '{PROCESS.NEW}'")
    parts = [
        f"SELECT {_WAITING}, s.node, {waiting} FROM seen s WHERE {of_flow}",  # noqa: S608
        f"SELECT {_OPEN}, '', {open_}",
    ]
    for name in (PROCESS.DONE, PROCESS.CANCELED):
        ended = bounded(
            f"{processes} WHERE {flow} = %s AND {state} = '{name}' AND {finished} >= %s"
        )
        parts.append(f"SELECT {_ENDED}, '{name}', {ended}")
    first = f"SELECT MIN({node}) FROM {tasks} WHERE {is_open}"  # noqa: S608
    following = f"SELECT ({first} AND {node} > seen.node) FROM seen WHERE seen.node IS NOT NULL"  # noqa: S608
    seen = f"WITH RECURSIVE seen(node) AS ({first} UNION ALL {following}) "
    return seen + " UNION ALL ".join(parts)


def _counted(model: Any, flow_class: Any, begin: Any) -> Any:
    """Three counts in one statement, each of which reads nothing but an index."""

    def counted(rows: Any, kind: int, name: str) -> Any:
        # As text: what the column holds, not what it stands for.
        text = ExpressionWrapper(F(name), output_field=CharField())
        rows = rows.order_by().values(_kind=Value(kind), _what=text).annotate(_n=Count("*"))
        return rows.values_list("_kind", "_what", "_n")

    tasks, processes = flow_class.task_class._default_manager, model._default_manager
    waiting = tasks.filter(of_flows([flow_class]), status__in=ACTIVE)
    open_ = processes.filter(flow_class=flow_class, status=PROCESS.NEW)
    ended = processes.filter(
        flow_class=flow_class, status__in=(PROCESS.DONE, PROCESS.CANCELED), finished__gte=begin
    )
    others = counted(open_, _OPEN, "flow_class"), counted(ended, _ENDED, "status")
    return counted(waiting, _WAITING, "flow_task").union(*others, all=True).order_by()
