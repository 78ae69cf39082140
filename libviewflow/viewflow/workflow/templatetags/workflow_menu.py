"""Tags of ``flow_menu.html`` and ``workflow_menu.html``: the sidebar below a flow's application."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from viewflow.templatetags.viewflow_shell import shell

__all__ = ["register"]

register = template.Library()


def _link(url: str, title: Any, current: bool, count: str = "", name: str = "") -> str:
    return _drawn(url, str(title), current, count, _("waiting") if name else "", name)


@lru_cache(maxsize=1024)
def _drawn(url: str, title: str, current: bool, count: str, waiting: str, name: str) -> str:
    mark = ' aria-current="page"' if current else ""
    number = (
        f'<span class="count" data-count="{name}"{" hidden" if count == "0" else ""}>{count}'
        f'<span class="visually-hidden"> {escape(waiting)}</span></span>'
        if name
        else ""
    )
    return (
        f'<a class="nav-link" href="{escape(url)}"{mark}><span>{escape(title)}</span>{number}</a>'
    )


def _page(context: template.Context) -> tuple[Any, Any]:
    request = context["request"]
    return request, getattr(request.resolver_match, "app", None)


@register.simple_tag(takes_context=True)
def work_links(context: template.Context) -> SafeString:
    """Inbox, queue and archive of the application, with what waits there."""
    request, app = _page(context)
    if app is None or not hasattr(type(app), "inbox_path"):
        return SafeString("")
    from viewflow.workflow.flow.counts import WorkCounts

    numbers, page = WorkCounts.of(request, app).texts, shell(context)
    here = request.resolver_match
    on_app = here.viewset is app and not getattr(here, "node", None)
    parts = []
    for name, title in (("inbox", _("Inbox")), ("queue", _("Queue")), ("archive", _("Archive"))):
        if not app.has_page(f"{name}_path"):
            continue
        current = on_app and here.url_name == name
        counted = name if name in numbers else ""
        parts.append(_link(page.url(app, name), title, current, numbers.get(name, ""), counted))
    return SafeString("".join(parts))


@register.simple_tag(takes_context=True)
def counts_url(context: template.Context) -> str:
    """Where the numbers of the menu are asked for again; empty where there are none."""
    _request, app = _page(context)
    if app is None or not hasattr(type(app), "work_counts_path"):
        return ""
    return str(app.reverse("work_counts"))


@register.simple_tag(takes_context=True)
def flow_links(context: template.Context) -> SafeString:
    """The pages of a flow, for people who may view it; of each flow, where there are several."""
    request, app = _page(context)
    here, page = request.resolver_match, shell(context)
    parts: list[str] = []
    flow = getattr(app, "flow_class", None)
    if flow is not None and flow.instance.has_view_permission(request.user):
        for name, title in (
            ("index", _("Dashboard")),
            ("process_list", _("Processes")),
            ("task_list", _("Tasks")),
        ):
            url = page.url(app, name)
            if not url:
                continue
            current = here.url_name == name and not getattr(here, "node", None)
            if name == "process_list" and here.url_name in ("process_detail", "process_cancel"):
                current = True
            parts.append(_link(url, title, current))
    for viewset in getattr(app, "mounted_flows", ()):
        if viewset.has_view_permission(request.user):
            current = getattr(here, "flow_viewset", None) is viewset
            if url := page.url(viewset, "index"):
                parts.append(_link(url, viewset.title, current))
    for viewset in getattr(app, "_children", ()):
        words: Any = getattr(viewset, "title", None)
        if (
            words
            and viewset not in getattr(app, "mounted_flows", ())
            and _shown(viewset, request.user)
            and (url := page.url(viewset, "index"))
        ):
            parts.append(_link(url, words, here.viewset is viewset))
    return SafeString("".join(parts))


def _shown(viewset: Any, user: Any) -> bool:
    return bool(viewset.has_view_permission(user))
