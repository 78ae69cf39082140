"""Where people go next: the way back to the list they came from, the next task, the next page.

Nothing here writes the session. A list passes its own address along as ``?back=…`` (links of its
rows carry it, forms keep it), so two tabs never disturb each other and a read is only a read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme

from viewflow.workflow import PROCESS, STATUS

__all__ = ["BACK_PARAM", "back_url", "next_page", "page_of_task", "success_url", "with_back"]

#: The query parameter that carries the address of the list a person came from.
BACK_PARAM = "back"

#: Set by a project's own code to bring people back to a page of theirs; read, never written.
SESSION_KEY = "vf-pin-location"

_MAX_LENGTH = 2048


def _same_host(request: HttpRequest, url: str) -> bool:
    if len(iri_to_uri(url)) > _MAX_LENGTH:
        return False  # as a header it would be refused, and the step with it
    return url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def back_url(request: HttpRequest, default: str | None = None) -> str | None:
    """Return the page the person came from, if the request names one on this very host.

    A ``back`` that points elsewhere gives ``"/"``: it was meant to lead away, so it is not kept.
    """
    url = request.GET.get(BACK_PARAM)
    if not url and request.method == "POST":
        url = request.POST.get(BACK_PARAM)
    if url:
        return url if _same_host(request, url) else "/"
    if hasattr(request, "session"):
        pinned = request.session.get(SESSION_KEY)
        if isinstance(pinned, str) and _same_host(request, pinned):
            return pinned
    return default


def with_back(url: str, back: str | None) -> str:
    """Return ``url`` with the way back attached."""
    if not back:
        return url
    return f"{url}{'&' if '?' in url else '?'}{_encoded(back)}"


@lru_cache(maxsize=64)
def _encoded(back: str) -> str:
    # A list gives the same address to each of its rows.
    return urlencode({BACK_PARAM: back})


def page_of_task(task: Any, user: Any) -> str:
    """Return the page on which ``user`` goes on with ``task``: do it, take it, or read it.

    One redirect less than the task's index page, which decides the same.
    """
    node = task.flow_task
    if task.status in (STATUS.ASSIGNED, STATUS.STARTED) and task.owner_id == user.pk:
        page = "execute"
    elif task.status == STATUS.NEW and hasattr(node, "can_assign") and node.can_assign(user, task):
        page = "assign"
    else:
        page = "detail"
    try:
        return task.reverse(page)
    except NoReverseMatch:
        return task.reverse("index")


def next_page(request: HttpRequest) -> str:
    """Return where the person goes next: what the flow's viewset says, else :func:`success_url`."""
    viewset = getattr(request.resolver_match, "flow_viewset", None)
    if viewset is not None and hasattr(viewset, "get_success_url"):
        return str(viewset.get_success_url(request))
    return success_url(request)


def success_url(request: HttpRequest) -> str:
    """Return the page after a finished step (see ``FlowViewset.get_success_url``)."""
    activation = request.activation  # type: ignore[attr-defined]
    process = activation.process
    explicit = request.GET.get(BACK_PARAM) or request.POST.get(BACK_PARAM)
    if "_continue" in request.POST:
        back = back_url(request) if explicit else None
        # What works for another process leads back to it, and to what else that waits for.
        if process.status != PROCESS.DONE or getattr(process, "parent_task_id", None):
            tasks = activation.flow_class.task_class._default_manager
            page = _page_of(request, tasks.next_user_task(process, request.user))
            if page is not None:
                return with_back(page, back)
        if back is not None:
            page = _page_of(request, _next_of_inbox(request))
            return with_back(page, back) if page is not None else back
        return _own_page(request)
    return back_url(request) or _own_page(request)


def _page_of(request: HttpRequest, task: Any) -> str | None:
    """Return the page of a task that comes next; ``None`` if there is none this person may see."""
    node = task.flow_task if task is not None else None
    if node is None:
        return None
    # A person's task was found because they have it or may take it.
    if task.flow_task_type != "HUMAN" and not node.can_view(request.user, task):
        return None
    try:
        return page_of_task(task, request.user)
    except NoReverseMatch:
        return None


def _own_page(request: HttpRequest) -> str:
    """Return the page of the process, or for those who may not see it the nearest one they may."""
    activation = request.activation  # type: ignore[attr-defined]
    process, user = activation.process, request.user
    if not activation.flow_class.instance.has_view_permission(user, process):
        app = getattr(request.resolver_match, "app", None)
        if getattr(app, "inbox_path", None) is not None:
            return str(app.reverse("inbox"))  # type: ignore[union-attr]
        if activation.flow_task.can_view(user, activation.task):
            return str(activation.task.reverse("detail"))
    return str(process.reverse("process_detail"))


def _next_of_inbox(request: HttpRequest) -> Any:
    """Return the oldest other task of the person's inbox in this application, or ``None``."""
    activation = request.activation  # type: ignore[attr-defined]
    tasks = activation.flow_class.task_class._default_manager
    return (
        tasks.inbox([activation.flow_class], request.user)
        .exclude(pk=activation.task.pk)
        .select_related("process")
        .order_by("created", "pk")
        .first()
    )
