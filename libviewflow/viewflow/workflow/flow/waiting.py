"""What pages say about the clock and about events on the border of a task, in people's words.

An armed event is quiet: it is no entry of the story and no task that waits for somebody. The
page of its host names a time limit, the page of the process lists what may still happen.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from viewflow.drawing.measure import clean
from viewflow.workflow import STATUS
from viewflow.workflow.status import BOUNDARY

from .labels import full_date, time_element

__all__ = [
    "armed_lines",
    "ended_by",
    "happened",
    "host_title",
    "is_event",
    "own_title",
    "time_facts",
]

_ARMED = (STATUS.NEW, STATUS.SCHEDULED)

#: What happened: (where the task was ended by it, where it stays).
_HAPPENED = {
    "timeout": (
        gettext_lazy("“{task}” was not done in time and was ended"),
        gettext_lazy("“{task}” is not done yet"),
    ),
    "error": (
        gettext_lazy("“{task}” could not be done; another way was taken"),
        gettext_lazy("“{task}” could not be done"),
    ),
    "escalation": (
        gettext_lazy("“{task}” was escalated"),
        gettext_lazy("“{task}” was escalated"),
    ),
}

#: What may happen, where there is no moment to name.
_MAY_HAPPEN = {
    "error": gettext_lazy("“{task}”: another way if it fails"),
    "escalation": gettext_lazy("“{task}”: can be escalated"),
}


def host_title(node: Any) -> str:
    """Return what the task is called that an event belongs to."""
    host = node.host
    return str(host.task_title or host.name.replace("_", " ").strip().capitalize())


def own_title(node: Any) -> str:
    """Return the title that the event was given; "" where it has none."""
    return clean(node.task_title) if node.is_titled else ""


def is_event(task: Any) -> bool:
    """Whether the task is that of an event on a border, known to the code."""
    return task.flow_task_type == BOUNDARY and getattr(task.flow_task, "host", None) is not None


def happened(task: Any) -> SafeString:
    """Return in a sentence what an event that happened means for its host."""
    node = task.flow_task
    sentence = _HAPPENED[node.kind][0 if node.interrupting else 1]
    return format_html(str(sentence), task=host_title(node))


def time_facts(
    task: Any, tasks: Iterable[Any], now: datetime.datetime
) -> list[tuple[str, Any, str]]:
    """Return ``(label, value, title)``: when a timer is due, and the limits of a task."""
    facts: list[tuple[str, Any, str]] = []
    if task.scheduled and task.status in _ARMED:
        facts.append((_("Due"), time_element(task.scheduled, now), full_date(task.scheduled)))
    if task.flow_task is None or not getattr(task.flow_task, "boundaries", None):
        return facts
    for event in reversed(list(tasks)):
        if (
            is_event(event)
            and event.flow_task.host is task.flow_task
            and event.token == task.token
            and event.status == STATUS.SCHEDULED
        ):
            label = own_title(event.flow_task) or (
                _("To be done by") if event.flow_task.interrupting else _("Reminder")
            )
            facts.append((label, time_element(event.scheduled, now), full_date(event.scheduled)))
    return facts


def armed_lines(tasks: Iterable[Any], now: datetime.datetime) -> list[SafeString]:
    """Return a line for each event that may still happen to an open task, the oldest first."""
    lines = []
    for event in reversed(list(tasks)):
        if not is_event(event) or event.status not in _ARMED:
            continue
        node = event.flow_task
        title, own = host_title(node), own_title(node)
        if event.scheduled:
            what = own or (_("time limit") if node.interrupting else _("reminder"))
            moment = time_element(event.scheduled, now)
            lines.append(format_html("“{}”: {} {}", title, what, moment))
        else:
            line = format_html(str(_MAY_HAPPEN[node.kind]), task=title)
            lines.append(format_html("{} ({})", line, own) if own else line)
    return list(dict.fromkeys(lines))


def ended_by(task: Any) -> tuple[str, str] | None:
    """Return heading and sentence about the event that ended a cancelled task, if one did."""
    if not getattr(task.flow_task, "boundaries", None):
        return None
    events = task.leading.filter(flow_task_type=BOUNDARY, status=STATUS.DONE, token=task.token)
    event = events.order_by("-pk").first()
    node = event.flow_task if event is not None else None
    if node is None or getattr(node, "host", None) is None or not node.interrupting:
        return None
    following = next((edge.dst for edge in node._outgoing()), None)
    then = ""
    if following is not None and following.task_type in ("HUMAN", "JOB", "SUBPROCESS", "FUNCTION"):
        name = following.task_title or following.name.replace("_", " ").strip().capitalize()
        then = " " + _("The process went on with “%s”.") % name
    if node.kind == "timeout":
        return (
            _("The time for this step is over"),
            _("“%(task)s” was not done in time, so it is no longer open.") % {"task": task.title}
            + then,
        )
    return (
        _("This step could not be done"),
        _("“%(task)s” failed, so another way was taken.") % {"task": task.title} + then,
    )
