"""What the pages of a process and of a task show, computed once, printed by the templates.

Both read the same things: the row itself, all tasks of the process (one query), and from these
the map, the story and what this person may do. Nothing here is computed per row in a template.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.rows import read_rows
from viewflow.workflow.status import ACTIVE, BOUNDARY

from .brief import process_line
from .labels import (
    avatar,
    duration,
    full_date,
    person_name,
    process_status_view,
    short_age,
    short_time,
    status_view,
)
from .navigation import back_url, page_of_task
from .relatives import children_of_task
from .story import HUMAN, for_people, tell, title_of
from .waiting import armed_lines, ended_by, time_facts

__all__ = [
    "ACTIVE",
    "MAX_TASKS",
    "Step",
    "crumbs",
    "flow_home",
    "flow_picture",
    "flow_title",
    "process_page",
    "process_tasks",
    "start_page",
    "task_actions",
    "task_page",
]

#: States of a task that still has something to happen.

#: A process may loop for years; its page shows this many tasks, the newest.
MAX_TASKS = 200


@dataclass(slots=True)
class Step:
    """One thing a person may do with a task or process, or why not."""

    name: Any
    url: str = ""
    icon: str = ""
    danger: bool = False
    #: The obvious next thing; at most one is.
    primary: bool = False
    #: Why it is not possible now; then there is no URL.
    reason: str = ""


def flow_title(request: HttpRequest, flow_class: Any) -> Any:
    """Return what the flow is called where the person is: the mount's title, else its own."""
    viewset = getattr(request.resolver_match, "flow_viewset", None)
    return getattr(viewset, "title", None) or flow_class.process_title


def crumbs(
    request: HttpRequest, flow_class: Any, *rest: tuple[Any, str | None]
) -> list[tuple[Any, str | None]]:
    """Return the breadcrumb: the flow, then ``rest``."""
    return [(flow_title(request, flow_class), flow_home(request, flow_class)), *rest]


def flow_home(request: HttpRequest, flow_class: Any) -> str | None:
    """Return the page of the flow that this person may open: dashboard or inbox, else ``None``."""
    mount = getattr(request.resolver_match, "flow_viewset", None)
    choose = getattr(mount, "get_menu_viewname", None)
    if choose is not None:
        return _reverse(flow_class.instance, choose(request.user))
    if not flow_class.instance.has_view_permission(request.user):
        return None
    return _reverse(flow_class.instance, "index")


def _reverse(target: Any, *args: Any, **kwargs: Any) -> str | None:
    try:
        return str(target.reverse(*args, **kwargs))
    except NoReverseMatch:
        return None


def process_tasks(process: Any, flow_class: Any) -> list[Any]:
    """Return the tasks of a process, newest first, in one query; they share ``process``."""
    return read_rows(
        flow_class.task_class,
        {"process_id": process.pk},
        ("owner",),
        newest=MAX_TASKS + 1,
        shared={"process": process},
    )


def flow_picture(
    flow_class: Any, process: Any = None, tasks: Any = None, **options: Any
) -> SafeString:
    """Return the map of the flow, with the place of ``process`` on it when one is given."""
    from viewflow.workflow.chart import flow_map, process_states

    states = process_states(process, tasks=tasks) if process is not None else None
    return flow_map(flow_class, states, **options)


def task_page(request: HttpRequest, activation: Any) -> dict[str, Any]:
    """Return the context that every page of a task shares."""
    task, process, flow_class = activation.task, activation.process, activation.flow_class
    tasks = process_tasks(process, flow_class)
    now = timezone.now()
    may_see_all = flow_class.instance.has_view_permission(request.user, process)
    process_url = _reverse(process, "process_detail") if may_see_all else None
    title, brief = title_of(task), str(task.brief or "")
    tell_trace = flow_class.instance.has_manage_permission(request.user, process)
    return {
        "title": title,
        "subtitle": brief if brief != title else process_line(process),
        "status": status_view(task.status, for_people(task)),
        "process_url": process_url,
        "breadcrumbs": crumbs(request, flow_class, (str(process), process_url), (title, None)),
        "map": flow_picture(flow_class, process, tasks, orient="tall", label=_("Where it stands")),
        "story": [entry for entry in tell(process, tasks, request.user) if not entry.minor],
        "facts": _task_facts(task, request.user, now, tasks),
        "ended": ended_by(task) if task.status == STATUS.CANCELED else None,
        "actions": _without_this_page(request, task_actions(activation, request.user)),
        "back": back_url(request),
        "detail_url": _reverse(task, "detail"),
        "children": children_of_task(task, request.user)
        if task.flow_task_type == "SUBPROCESS"
        else None,
        "error": _failure(task, tell_trace),
    }


def _without_this_page(request: HttpRequest, actions: list[Step]) -> list[Step]:
    """Leave out the link to the page itself, and reasons on pages that ask for something else."""
    here = request.path
    on_detail = getattr(request.resolver_match, "url_name", "") == "detail"
    return [
        step for step in actions if step.url.partition("?")[0] != here and (step.url or on_detail)
    ]


def _failure(task: Any, tell_trace: bool) -> dict[str, Any] | None:
    """Return what is known about why a task failed; the trace is for those who manage the flow."""
    data = getattr(task, "data", None)
    failure = data.get("_exception") if isinstance(data, dict) else None
    if task.status != STATUS.ERROR or not isinstance(failure, dict):
        return None
    return {
        "title": failure.get("title", ""),
        "traceback": failure.get("traceback", "") if tell_trace else "",
    }


def start_page(request: HttpRequest, activation: Any) -> dict[str, Any]:
    """Return the context of a page that starts a process."""
    flow_class, node = activation.flow_class, activation.flow_task
    # A start without a title of its own is called after what it makes.
    title = node.task_title or _("New %s") % flow_class.process_title
    return {
        "title": title,
        "subtitle": node.task_description or flow_class.process_description,
        "breadcrumbs": crumbs(request, flow_class, (title, None)),
        "map": flow_picture(flow_class, orient="tall", label=_("What happens next")),
        "back": back_url(request) or _reverse(flow_class.instance, "index"),
    }


def _task_facts(task: Any, viewer: Any, now: Any, tasks: list[Any]) -> list[tuple[str, Any, str]]:
    """Return ``(label, value, title)`` about a task itself: who has it and since when."""
    facts: list[tuple[str, Any, str]] = []
    if task.flow_task_type in HUMAN:
        owner = person_name(task.owner, viewer) if task.owner_id else _("Nobody yet")
        facts.append((_("Owner"), owner, ""))
    facts.append((_("Waiting since"), short_time(task.created, now), full_date(task.created)))
    if task.assigned and task.status != STATUS.NEW:
        facts.append((_("Taken"), short_time(task.assigned, now), full_date(task.assigned)))
    facts += time_facts(task, tasks, now)
    if task.finished:
        facts.append((_("Finished"), short_time(task.finished, now), full_date(task.finished)))
    facts.append((_("Task"), f"#{task.pk}", ""))
    return facts


def _process_facts(process: Any, now: Any) -> list[tuple[str, Any, str]]:
    """Return ``(label, value, title)`` about a process itself."""
    facts = [(_("Started"), short_time(process.created, now), full_date(process.created))]
    if process.finished:
        facts.append(
            (_("Finished"), short_time(process.finished, now), full_date(process.finished))
        )
        facts.append((_("Took"), duration(process.created, process.finished), ""))
    else:
        facts.append((_("Running for"), short_age(process.created, now), ""))
    facts.append((_("Number"), f"#{process.pk}", ""))
    return facts


_ICONS = {
    "execute": "play",
    "assign": "hand",
    "unassign": "undo-2",
    "reassign": "user-round-plus",
    "cancel": "ban",
    "undo": "rotate-ccw",
    "retry": "refresh-cw",
    "revive": "redo-2",
}


def task_actions(activation: Any, user: Any) -> list[Step]:
    """Return what this person may do with the task, and why the rest is not possible now."""
    node = activation.flow_task
    found: list[Step] = []
    for action in node.get_available_actions(activation, user):
        url = action.url or _reverse(activation.task, action.viewname)
        kind = str(url).rstrip("/").rpartition("/")[2] if url else ""
        found.append(
            Step(
                action.name,
                url or "",
                action.icon or _ICONS.get(kind, ""),
                danger=kind == "cancel",
                primary=kind in {"execute", "assign", "retry"},
            )
        )
    # The obvious step comes first, what ends something last.
    found.sort(key=lambda step: (step.danger, not step.primary))
    return [*found, *_impossible(activation, user, {step.url.rsplit("/", 2)[-2] for step in found})]


def _impossible(activation: Any, user: Any, found: set[str]) -> list[Step]:
    """Return what this person could do in another state of the task, with the reason why not."""
    node, task = activation.flow_task, activation.task
    manages = node.flow_class.instance.has_manage_permission(user, activation.process)
    reasons: list[Step] = []
    if task.status == STATUS.DONE:
        if manages and "undo" not in found and getattr(node, "undo_view_class", None):
            reason = _("Not possible: what follows has begun. Cancel or undo that first.")
            reasons.append(Step(_("Undo"), icon="rotate-ccw", reason=reason))
    elif task.status == STATUS.STARTED:
        if manages and "cancel" not in found and getattr(node, "cancel_view_class", None):
            reason = _("Not possible: somebody is working on it.")
            reasons.append(Step(_("Cancel"), icon="ban", danger=True, reason=reason))
    elif (
        task.status == STATUS.NEW
        and "assign" not in found
        and getattr(node, "assign_view_class", None)
    ):
        reasons.append(Step(_("Take this task"), icon="hand", reason=_need(task)))
    return reasons


def _need(task: Any) -> str:
    if task.owner_permission:
        return _("Only for people with the permission “%s”.") % task.owner_permission
    return _("Not for you.")


@dataclass(slots=True)
class Waiting:
    """A task of a process that is not finished, as its page lists it."""

    title: str
    who: str
    age: str
    status: Any
    avatar: SafeString
    url: str | None
    label: str
    mine: bool


def waiting_tasks(process: Any, tasks: list[Any], user: Any) -> list[Waiting]:
    """Return what the process waits for now, oldest first."""
    now = timezone.now()
    found = []
    for task in reversed(tasks):
        if task.status not in ACTIVE:
            continue
        if task.flow_task_type == BOUNDARY and task.status != STATUS.ERROR:
            continue  # armed: see armed_lines
        human = task.flow_task_type in HUMAN
        mine = task.owner_id is not None and task.owner_id == user.pk
        url = _page(task, user)
        free = human and task.status == STATUS.NEW
        found.append(
            Waiting(
                title_of(task),
                person_name(task.owner, user)
                if task.owner_id
                else _("nobody yet")
                if human
                else _("by itself"),
                short_age(task.assigned or task.created, now),
                status_view(task.status, for_people(task)),
                avatar(task.owner if task.owner_id else None, " lg"),
                url,
                _("Go on")
                if mine
                else _("Take")
                if free and url and "/assign/" in url
                else _("Open"),
                mine,
            )
        )
    return found


def _page(task: Any, user: Any) -> str | None:
    if task.flow_task is None:
        return None
    try:
        return page_of_task(task, user)
    except NoReverseMatch:
        return None


def process_page(
    request: HttpRequest, flow_class: Any, process: Any, tasks: list[Any]
) -> dict[str, Any]:
    """Return the context that the pages of a process share."""
    instance = flow_class.instance
    title, now = str(process), timezone.now()
    cut = len(tasks) > MAX_TASKS
    tasks = tasks[:MAX_TASKS]
    show = "people" if request.GET.get("show") == "people" else "all"
    story = tell(process, tasks, request.user)
    return {
        "title": title,
        "subtitle": process_line(process),
        "status": process_status_view(process.status),
        "breadcrumbs": crumbs(
            request,
            flow_class,
            (_("Processes"), _reverse(instance, "process_list")),
            (title, None),
        ),
        "map": flow_picture(flow_class, process, tasks, label=_("Where it stands")),
        "story": [entry for entry in story if entry.people] if show == "people" else story,
        "story_cut": cut,
        "show": show,
        "facts": _process_facts(process, now),
        "process_url": _reverse(process, "process_detail"),
        "waiting": waiting_tasks(process, tasks, request.user),
        "armed": armed_lines(tasks, now),
        "active": process.status == PROCESS.NEW,
    }
