"""What a map says about a process: the state of each node and which edges were taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from viewflow.drawing.measure import kind_of
from viewflow.drawing.states import LIVE, NodeState, States

from .status import BOUNDARY

__all__ = ["process_states", "tone_of"]


def tone_of(status: str, kind: str = "task", *, human: bool = True) -> str:
    """The look of a task's status: ``NEW`` of a person's task is where the process stands."""
    if status in {"ASSIGNED", "STARTED"}:
        return "current" if kind == "task" else "waiting"
    if status == "NEW":
        return "current" if human and kind == "task" else "waiting"
    return {
        "DONE": "done",
        "ERROR": "error",
        "CANCELED": "cancelled",
        "REVIVED": "cancelled",
        "SCHEDULED": "waiting",
    }.get(status, "")


def process_states(process: Any, tasks: Iterable[Any] | None = None, *, user: Any = None) -> States:
    """The state of each node in a process, from its newest task.

    One query, or none when ``tasks`` are given (with ``owner`` selected). Edges are exact when
    the tasks come with ``previous`` prefetched and derived from the states otherwise. ``user``
    is called "you" in the captions.
    """
    flow_class = process.flow_class
    if tasks is None:
        manager = flow_class.task_class._default_manager
        tasks = manager.filter(process_id=process.pk).select_related("owner")
    nodes = {node.name: node for node in flow_class.instance.nodes()}
    newest: dict[str, Any] = {}
    by_pk: dict[Any, str] = {}
    links: list[tuple[Any, str]] = []
    exact = True
    count = 0
    for task in tasks:
        node = task.flow_task
        if node is None or node.name not in nodes:
            continue
        count += 1
        by_pk[task.pk] = node.name
        before = newest.get(node.name)
        if before is None or before.pk < task.pk:
            newest[node.name] = task
        if "previous" in getattr(task, "_prefetched_objects_cache", ()):
            links.extend((other.pk, node.name) for other in task.previous.all())
        else:
            exact = False
    states = States()
    now = timezone.now()
    for name, task in newest.items():
        node = nodes[name]
        kind = kind_of(node)
        human = str(node.task_type) == "HUMAN"
        status = tone_of(str(task.status), kind, human=human)
        caption = "" if kind == "gateway" else _caption(task, kind, status, now, user)
        if str(node.task_type) == BOUNDARY and status == "waiting":
            status = "future"  # armed is no place where the process stands
        states[name] = NodeState(status, caption)
    if exact and count:
        states.taken = {(by_pk[pk], name) for pk, name in links if pk in by_pk}
    possible = _reachable(nodes, [name for name, state in states.items() if state.status in LIVE])
    for name, node in nodes.items():
        if name in states:
            continue
        if name in possible or not count:
            states[name] = NodeState("future")
        else:
            skipped = _("not needed") if kind_of(node) == "task" else ""
            states[name] = NodeState("cancelled", skipped)
    return states


def _reachable(nodes: Mapping[str, Any], live: list[str]) -> set[str]:
    """Nodes that the process can still come to; handlers only where something calls them."""
    found = set(live)
    stack = list(live)
    while stack:
        for edge in nodes[stack.pop()]._outgoing():
            name = edge.dst.name if edge.dst is not None else ""
            if name in nodes and name not in found and edge.edge_class != "compensation":
                found.add(name)
                stack.append(name)
    if any(getattr(nodes[name], "bpmn_event", "") == "compensate" for name in found):
        found |= {
            edge.dst.name
            for node in nodes.values()
            for edge in node._outgoing()
            if edge.edge_class == "compensation"
        }
    return found


def _caption(task: Any, kind: str, status: str, now: datetime, user: Any) -> str:
    """Who and how long for a task; when, for an event."""
    if kind != "task":
        moment = task.finished or task.scheduled
        return _moment(moment, now) if moment else ""
    if status == "cancelled":
        return _("cancelled")
    if status == "waiting" and task.scheduled:
        return _moment(task.scheduled, now)
    begun = task.started or task.assigned or task.created
    until = task.finished or now
    lasted = _duration((until - begun).total_seconds()) if begun else ""
    owner = task.owner if task.owner_id is not None else None
    if owner is None:
        return lasted
    who = _("you") if user is not None and owner == user else _short_name(owner)
    return f"{who}, {lasted}" if lasted else who


def _short_name(user: Any) -> str:
    short = getattr(user, "get_short_name", None)
    return str((short() if short else "") or user)


def _moment(moment: datetime, now: datetime) -> str:
    if timezone.is_aware(moment):
        moment, now = timezone.localtime(moment), timezone.localtime(now)
    if moment.date() == now.date():
        return str(time_format(moment, "TIME_FORMAT"))
    return str(date_format(moment, "MONTH_DAY_FORMAT"))


def _duration(seconds: float) -> str:
    if seconds < 60:
        return _("%d s") % max(seconds, 0)
    if seconds < 3600:
        return _("%d min") % (seconds // 60)
    if seconds < 86400:
        return _("%d h") % (seconds // 3600)
    return _("%d d") % (seconds // 86400)
