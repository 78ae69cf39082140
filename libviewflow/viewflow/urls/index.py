"""The root URL of a viewset: a redirect to its first page."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, ResolverMatch, URLPattern, URLResolver, path
from django.utils.regex_helper import normalize

from .base import ViewsetMeta

__all__ = ["IndexViewMixin"]

#: A longer query is not carried along: no server takes such a header.
MAX_QUERY: Final = 2048


class IndexViewMixin(metaclass=ViewsetMeta):
    """Adds ``index_path``, which redirects to the first URL without parameters.

    On each level a URL named ``index`` goes first. Where there is none, visiting the index raises
    ``ValueError``: define ``index_path`` then.
    """

    def index_view(self, request: HttpRequest) -> HttpResponse:
        """Redirect, relative to the current URL, so that any mount point works."""
        patterns = [entry for entry in self._get_urls() if not self._is_own_index(entry)]  # type: ignore[attr-defined]
        target = _first_url(patterns)
        if target is None:
            raise ValueError(
                f"{type(self).__name__} has no URL without parameters to redirect to: "
                f"define index_path in the class."
            )
        if not target:
            # A page of its own lives at this very URL: a redirect would never end.
            match = next(filter(None, (_try_resolve(entry) for entry in patterns)))
            return match.func(request, *match.args, **match.kwargs)  # type: ignore[no-any-return]
        response = HttpResponseRedirect("./" + target)
        query = request.GET.urlencode()
        if query and len(query) <= MAX_QUERY:
            response["Location"] += f"?{query}"
        return response

    def _is_own_index(self, entry: Any) -> bool:
        return isinstance(entry, URLPattern) and entry.callback == self.index_view

    @property
    def index_path(self) -> Any:
        return path("", self.index_view, name="index")


def _try_resolve(entry: URLPattern | URLResolver) -> ResolverMatch | None:
    try:
        return entry.resolve("")
    except Resolver404:
        return None


def _first_url(patterns: list[Any]) -> str | None:
    usable: list[tuple[str, Any]] = []
    for entry in patterns:
        if getattr(entry.callback, "viewflow_hidden", False):
            continue
        prefix = _plain_prefix(entry)
        if prefix is not None:
            usable.append((prefix, entry))
    usable.sort(key=lambda item: getattr(item[1], "name", None) != "index")
    for prefix, entry in usable:
        if isinstance(entry, URLPattern):
            return prefix
        below = _first_url(entry.url_patterns)
        if below is not None:
            return prefix + below
    return None


def _plain_prefix(entry: URLPattern | URLResolver) -> str | None:
    """The text that this entry adds to a URL; ``None`` when it has parameters."""
    possibilities = normalize(entry.pattern.regex.pattern)
    return next((text for text, names in possibilities if not names), None)
