"""Pages that say why a step cannot be taken, and where to go instead.

Two people open the same task, a link from yesterday's mail is clicked, a button is pressed twice:
none of this is the person's mistake. So a refused step is answered by a page with the state of
the task, who changed it and the way on. The HTTP status stays honest: 403 for a step that is not
allowed (any more), 503 with ``Retry-After`` while somebody else holds the process.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from viewflow.workflow import STATUS

from .labels import person_name, short_time, status_view
from .navigation import back_url
from .pages import crumbs
from .story import HUMAN
from .waiting import ended_by

__all__ = ["RETRY_AFTER", "explain", "refuse_busy", "refuse_step", "refuse_transition"]

#: Seconds after which a browser or a person should try a locked process again.
RETRY_AFTER = 2

#: Typed data beyond these sizes is not repeated on the page of :func:`refuse_busy`.
_MAX_FIELDS, _MAX_LENGTH = 200, 100_000

_ICON = {
    STATUS.DONE: "circle-check",
    STATUS.NEW: "hand",
    STATUS.ASSIGNED: "user-round",
    STATUS.STARTED: "user-round",
}


def explain(task: Any, user: Any, step: str | None) -> tuple[str, str, str]:
    """Return heading, sentence and action (``take``, ``execute`` or "") for a refused step."""
    title = task.title
    owner = person_name(task.owner, user) if task.owner_id else ""
    mine = task.owner_id is not None and task.owner_id == user.pk
    status = task.status
    if status == STATUS.DONE:
        who = _("You finished “%(task)s”.") if mine else _("%(owner)s finished “%(task)s”.")
        if not owner:
            who = _("“%(task)s” is finished.")
        return _("This step is already done"), who % {"owner": owner, "task": title}, ""
    if status == STATUS.CANCELED:
        interrupted = ended_by(task)
        if interrupted:
            return (*interrupted, "")
        return (
            _("This step was cancelled"),
            _("“%(task)s” is no longer needed.") % {"task": title},
            "",
        )
    if status == STATUS.REVIVED:
        return (
            _("This step was opened again"),
            _("“%(task)s” goes on as a new task of the same process.") % {"task": title},
            "",
        )
    if status in (STATUS.NEW, STATUS.STARTED) and task.flow_task_type not in HUMAN:
        return (
            _("This step is not finished yet"),
            _("“%(task)s” is still waiting.") % {"task": title},
            "",
        )
    if status == STATUS.NEW:
        return (
            _("Nobody has taken this task yet"),
            _("Take “%(task)s” first; then it is yours to do.") % {"task": title},
            "take",
        )
    if status in (STATUS.ASSIGNED, STATUS.STARTED):
        if mine and step != "execute":
            return (
                _("This task is yours"),
                _("You have “%(task)s” already.") % {"task": title},
                "execute",
            )
        if mine:
            return (
                _("This step is not possible now"),
                _("“%(task)s” cannot do this in its present state.") % {"task": title},
                "",
            )
        return (
            _("Somebody else has this task"),
            _("%(owner)s is working on “%(task)s”.") % {"owner": owner, "task": title},
            "",
        )
    return (
        _("This step is not possible now"),
        _("“%(task)s” cannot do this in its present state.") % {"task": title},
        "",
    )


def refuse_transition(
    request: HttpRequest, node: Any, task: Any, step: str | None = None
) -> TemplateResponse:
    """Answer 403 with a page about ``task`` as it is now.

    Raises ``PermissionDenied`` for people who may not look at the task.
    """
    if not node.can_view(request.user, task):
        raise PermissionDenied
    heading, sentence, action = explain(task, request.user, step)
    can_take = (
        action == "take" and hasattr(node, "can_assign") and node.can_assign(request.user, task)
    )
    may_see_all = node.flow_class.instance.has_view_permission(request.user, task.coerced_process)
    response = TemplateResponse(
        request,
        "viewflow/workflow/task_refused.html",
        {
            "breadcrumbs": crumbs(
                request, node.flow_class, (str(task.process), None), (task.title, None)
            ),
            "detail_url": task.reverse("detail"),
            "process_url": task.process.reverse("process_detail") if may_see_all else None,
            "when": task.finished,
            "when_text": short_time(task.finished) if task.finished else "",
            "heading": heading,
            "icon": _ICON.get(task.status, "circle-slash"),
            "sentence": sentence,
            "task": task,
            "process": task.process,
            "flow_class": node.flow_class,
            "status": status_view(task.status, task.flow_task_type in HUMAN),
            "action_url": task.reverse("assign")
            if can_take
            else task.reverse("execute")
            if action == "execute"
            else None,
            "action": action,
            "back": back_url(request),
            "unsaved": [
                (name, value) for name, value in _typed(request) if not name.startswith("_")
            ],
        },
        status=403,
    )
    response["Cache-Control"] = "no-store"
    return response


def refuse_step(
    request: HttpRequest, node: Any, task: Any, step: str | None = None
) -> TemplateResponse:
    """Answer a step that this person may not take: with a reason if the state is the reason."""
    if step is None or not request.user.is_authenticated:
        raise PermissionDenied
    return refuse_transition(request, node, task, step)


def refuse_busy(request: HttpRequest, node: Any) -> TemplateResponse:
    """Answer 503: the process is locked by another step. What was typed can be sent again."""
    typed = _typed(request)
    too_much = any(name != "csrfmiddlewaretoken" for name in request.POST) and not typed
    response = TemplateResponse(
        request,
        "viewflow/workflow/process_busy.html",
        {
            "flow_class": node.flow_class,
            "typed": typed,
            "files": bool(request.FILES),
            "retry": not request.FILES and (bool(typed) or not too_much),
            "retry_after": RETRY_AFTER,
            "back": back_url(request),
        },
        status=503,
    )
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the posted fields as pairs, so that nothing typed is lost."""
    pairs = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    if len(pairs) > _MAX_FIELDS or sum(len(value) for _name, value in pairs) > _MAX_LENGTH:
        return []
    return pairs
