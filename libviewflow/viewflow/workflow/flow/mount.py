"""Which mount of a flow serves the running request.

The same flow class may be mounted more than once (its own application and a shared workflow
application, or two sites). A link made while a page is served should stay inside the mount that
serves it, also when the link is made far from the request: by ``task.reverse()``, by a summary
template, by a message. So each URL of a mounted flow is bound to its viewset here, and
``Flow.reverse`` asks :data:`~viewflow.workflow.base.current_mounts` first.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern

from viewflow.workflow.base import current_mounts

__all__ = ["bind_patterns", "register_mount"]


def register_mount(viewset: Any) -> None:
    """Remember that ``viewset`` gives its flow URLs; the first one mounted is the default."""
    mounts = viewset.flow_class.instance.mounts
    if not any(mount is viewset for mount in mounts):
        mounts.append(viewset)


def bind_patterns(viewset: Any, patterns: list[Any]) -> list[Any]:
    """Return ``patterns`` with each view bound to ``viewset`` for as long as it runs."""
    return [
        URLPattern(
            pattern.pattern, _bind(viewset, pattern.callback), pattern.default_args, pattern.name
        )
        if isinstance(pattern, URLPattern)
        else pattern
        for pattern in patterns
    ]


def _bind(viewset: Any, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    if getattr(view, "viewflow_bound_to", None) is viewset:
        return view

    @functools.wraps(view)
    def bound(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        before = current_mounts.get()
        current_mounts.set((*before, viewset))
        try:
            response = view(request, *args, **kwargs)
        except BaseException:
            current_mounts.set(before)
            raise
        if getattr(response, "is_rendered", True):
            current_mounts.set(before)
            return response

        def leave(_response: Any) -> None:
            current_mounts.set(before)

        # The template is rendered after the middleware; its links belong to this mount too.
        response.add_post_render_callback(leave)  # type: ignore[attr-defined]
        return response

    bound.viewflow_bound_to = viewset  # type: ignore[attr-defined]
    return bound
