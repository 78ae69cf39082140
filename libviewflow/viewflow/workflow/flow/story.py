"""The timeline of a process: what happened, by whom and when, newest first.

It is told from the task rows alone, so it is complete for processes of any age and costs no query
beyond the one that reads the tasks.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from viewflow.icons import lucide
from viewflow.workflow import PROCESS, STATUS

from .labels import duration, full_date, person_name, time_element
from .waiting import happened, is_event, own_title

__all__ = ["HUMAN", "Entry", "failure_title", "for_people", "tell", "title_of"]

#: Task types that stand for a person's work.
HUMAN = frozenset({"HUMAN", "HUMAN_START"})

#: Task types that only lead on: a person reading the story does not need them.
_GATES = frozenset({"EXCLUSIVE_GATEWAY", "SWITCH", "PARALLEL_GATEWAY", "JOIN", "START", "END"})

#: What was waited for, once it is there.
_WAITED = {
    "TIMER": gettext_lazy("“{task}”: the time has come"),
    "CONDITION": gettext_lazy("“{task}” is so now"),
}

_EVENT_ICONS = {"timeout": "clock", "error": "zap", "escalation": "chevrons-up"}

#: What a person did: said to that person, about somebody else, and where nobody is known.
_STARTED = (
    pgettext_lazy("you", "{who} started it"),
    gettext_lazy("{who} started it"),
    gettext_lazy("It was started"),
)
_FINISHED = (
    pgettext_lazy("you", "{who} finished “{task}”"),
    gettext_lazy("{who} finished “{task}”"),
    gettext_lazy("“{task}” was finished"),
)
_TOOK = (
    pgettext_lazy("you", "{who} took “{task}”"),
    gettext_lazy("{who} took “{task}”"),
    gettext_lazy("“{task}” was taken"),
)


def for_people(task: Any) -> bool:
    """Tell whether a person does this task: not when the flow no longer has its step."""
    kind = getattr(task.flow_task, "task_type", None)
    return task.flow_task_type in HUMAN and kind is not None and str(kind) != "OBSOLETE"


@dataclass(slots=True)
class Entry:
    """One line of the timeline."""

    when: datetime.datetime
    tone: str
    icon: SafeString
    text: SafeString
    note: str = ""
    people: bool = True
    minor: bool = False
    now: datetime.datetime | None = None

    @property
    def time(self) -> SafeString:
        """The time as an element: short to read, in full for machines and in the title."""
        return time_element(self.when, self.now)


def title_of(task: Any) -> str:
    """Return a task's title; a neutral word when its step is no longer part of the flow."""
    return str(task.title) if task.flow_task is not None else _("A removed step")


def tell(process: Any, tasks: Iterable[Any], viewer: Any = None) -> list[Entry]:
    """Return the story of ``process`` from its ``tasks``, newest first."""
    now = timezone.now()
    entries = [entry for task in tasks for entry in _of_task(task, viewer)]
    if process.status == PROCESS.CANCELED and process.finished:
        entries.append(
            Entry(
                process.finished,
                "bad",
                lucide("ban", "icon sm"),
                _line(_("Cancelled")),
                people=False,
            )
        )
    for entry in entries:
        entry.now = now
    # Stable: tasks come newest first, so what happened in one instant keeps the order of the flow.
    entries.sort(key=lambda entry: entry.when, reverse=True)
    return entries


def _line(text: str, **parts: Any) -> SafeString:
    return format_html(text, **parts) if parts else escape(text)


def _of_task(task: Any, viewer: Any) -> Iterator[Entry]:
    kind, status, title = task.flow_task_type, task.status, title_of(task)
    small = "icon sm"
    if is_event(task) and status != STATUS.ERROR:
        # Armed and withdrawn events are no news; what happened is.
        if status in (STATUS.DONE, STATUS.STARTED):
            yield Entry(
                task.finished or task.started or task.created,
                "warn",
                lucide(_EVENT_ICONS[task.flow_task.kind], small),
                happened(task),
                own_title(task.flow_task),
                people=False,
            )
        return
    if status == STATUS.DONE:
        when = task.finished or task.created
        if kind == "HUMAN_START":
            yield Entry(when, "", lucide("flag", small), _said(task, viewer, _STARTED))
        elif kind == "HUMAN":
            began = task.assigned or task.started
            yield Entry(
                when,
                "ok",
                lucide("check", small),
                _said(task, viewer, _FINISHED, task=title),
                _result(task) or _took(began, when),
            )
            if began and when - began > datetime.timedelta(minutes=1):
                yield _taken(task, viewer, title, began)
        elif kind == "END":
            yield _closed(task, when)
        elif kind in _GATES:
            yield Entry(
                when,
                "",
                lucide("git-branch", small),
                _line(_("“{task}” was passed"), task=title),
                people=False,
                minor=True,
            )
        elif kind in _WAITED:
            yield Entry(
                when,
                "ok",
                lucide("clock" if kind == "TIMER" else "list-checks", small),
                _line(str(_WAITED[kind]), task=title),
                _result(task),
                people=False,
            )
        elif kind == "EVENT":
            yield Entry(
                when,
                "ok",
                lucide("zap", small),
                _line(_("“{task}” happened"), task=title),
                _result(task),
                people=False,
            )
        else:
            yield Entry(
                when,
                "ok",
                lucide("check", small),
                _line(_("“{task}” ran by itself"), task=title),
                _result(task) or _took(task.started or task.created, when),
                people=False,
            )
    elif status in (STATUS.ASSIGNED, STATUS.STARTED):
        if task.owner_id:
            yield _taken(task, viewer, title, task.assigned or task.started or task.created)
        else:
            yield Entry(
                task.started or task.created,
                "accent",
                lucide("loader", small),
                _line(_("“{task}” is running"), task=title),
                people=False,
            )
    elif status == STATUS.NEW:
        human = kind == "HUMAN" and for_people(task)
        yield Entry(
            task.created,
            "warn" if human else "",
            lucide("clock", small),
            _line(
                _("“{task}” waits for somebody to take it") if human else _("“{task}” is waiting"),
                task=title,
            ),
            people=human,
        )
    elif status == STATUS.SCHEDULED:
        yield Entry(
            task.created,
            "",
            lucide("clock", small),
            _line(_("“{task}” is scheduled"), task=title),
            full_date(task.scheduled),
            people=False,
        )
    elif status == STATUS.ERROR:
        yield Entry(
            task.finished or task.created,
            "bad",
            lucide("triangle-alert", small),
            _line(_("“{task}” failed"), task=title),
            failure_title(task),
            people=False,
        )
    else:
        again = status == STATUS.REVIVED
        yield Entry(
            task.finished or task.created,
            "",
            lucide("rotate-ccw" if again else "ban", small),
            _line(
                _("“{task}” was opened again") if again else _("“{task}” was cancelled"), task=title
            ),
            people=kind in HUMAN,
        )


def _closed(task: Any, when: datetime.datetime) -> Entry:
    """The end of a branch, or of a process that failed or was stopped."""
    event = getattr(task.flow_task, "bpmn_event", "")
    if event == "error":
        code = task.flow_task.code
        text = _line(_("Ended with the error “{code}”"), code=code) if code else _line(_("Failed"))
        return Entry(when, "bad", lucide("triangle-alert", "icon sm"), text, people=False)
    text = _line(_("Ended at once")) if event == "terminate" else _line(_("Closed"))
    return Entry(when, "ok", lucide("flag", "icon sm"), text, people=False)


def _taken(task: Any, viewer: Any, title: str, when: datetime.datetime) -> Entry:
    return Entry(
        when,
        "accent" if task.status != STATUS.DONE else "",
        lucide("hand", "icon sm"),
        _said(task, viewer, _TOOK, task=title),
    )


def _said(task: Any, viewer: Any, words: tuple[Any, Any, Any], /, **parts: Any) -> SafeString:
    to_you, by_person, by_nobody = words
    who = person_name(task.owner, viewer) if task.owner_id else ""
    if not who:
        return _line(str(by_nobody), **parts)
    mine = viewer is not None and task.owner_id == viewer.pk
    return format_html(str(to_you if mine else by_person), who=_bold(who), **parts)


def _bold(text: str) -> SafeString:
    return format_html("<b>{}</b>", text)


def _took(start: datetime.datetime | None, end: datetime.datetime) -> str:
    took = duration(start, end)
    return _("took %s") % took if took else ""


def _result(task: Any) -> str:
    node = task.flow_task
    return str(task.brief or "") if node is not None and node.task_result_template else ""


def failure_title(task: Any) -> str:
    """Return in a line why a task failed; "" when that is not known."""
    data = getattr(task, "data", None)
    failure = data.get("_exception") if isinstance(data, dict) else None
    return str(failure.get("title", "")) if isinstance(failure, dict) else ""
