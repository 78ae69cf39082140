"""Where people go next: the way back to the list they came from, the next task, the next page.

Nothing here writes the session. A list passes its own address along as ``?back=…`` (links of its
rows carry it, forms keep it), so two tabs never disturb each other and a read is only a read.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.http import url_has_allowed_host_and_scheme

from viewflow.workflow import PROCESS, STATUS

__all__ = ["BACK_PARAM", "back_url", "next_page", "page_of_task", "success_url", "with_back"]

#: The query parameter that carries the address of the list a person came from.
BACK_PARAM = "back"

#: Set by a project's own code to bring people back to a page of theirs; read, never written.
SESSION_KEY = "vf-pin-location"


def _same_host(request: HttpRequest, url: str) -> bool:
    return url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def back_url(request: HttpRequest, default: str | None = None) -> str | None:
    """Return the page the person came from, if the request names one on this very host.

    A ``back`` that points elsewhere gives ``"/"``: it was meant to lead away, so it is not kept.
    """
    url = request.GET.get(BACK_PARAM) or request.POST.get(BACK_PARAM)
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
    return f"{url}{'&' if '?' in url else '?'}{urlencode({BACK_PARAM: back})}"


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
        if process.status != PROCESS.DONE:
            tasks = activation.flow_class.task_class._default_manager
            following = tasks.next_user_task(process, request.user)
            if following is not None and following.flow_task is not None:
                return with_back(page_of_task(following, request.user), back)
        if back is not None:
            following = _next_of_inbox(request)
            return with_back(page_of_task(following, request.user), back) if following else back
        return process.reverse("process_detail")
    return back_url(request) or process.reverse("process_detail")


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
