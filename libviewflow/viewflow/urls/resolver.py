"""How a URL match remembers the viewsets it went through.

Django builds a new ``ResolverMatch`` at every level of includes. What survives all levels and
never reaches a view is ``extra_kwargs``; the extras travel there under one private key, and
``SiteMiddleware`` turns them into attributes of ``request.resolver_match``.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.urls.resolvers import ResolverMatch, RoutePattern

__all__ = ["ViewsetResolver", "current_site", "current_viewset_reverse", "match_extra"]

_EXTRA: Final = "_viewflow"


class ViewsetResolver(URLResolver):
    """The URLs of one mounted viewset; a match inside it carries ``extra``."""

    def __init__(self, viewset: Any, patterns: list[Any], extra: dict[str, Any]) -> None:
        super().__init__(RoutePattern(""), patterns)
        self.viewset = viewset
        self.extra = extra

    def resolve(self, path: str) -> ResolverMatch:
        match: Any = super().resolve(path)
        # The inner-most value wins. The dictionary may belong to a URLPattern: never change it.
        inner = match.extra_kwargs.get(_EXTRA, {})
        match.extra_kwargs = {**match.extra_kwargs, _EXTRA: {**self.extra, **inner}}
        return match  # type: ignore[no-any-return]


def match_extra(match: Any) -> dict[str, Any]:
    """What viewsets told about a match: ``viewset``, ``app``, ``site`` and more; empty elsewhere."""
    extra: dict[str, Any] = (getattr(match, "extra_kwargs", None) or {}).get(_EXTRA, {})
    return extra


def current_viewset_reverse(
    request: HttpRequest,
    viewset: Any,
    view_name: str,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
) -> str:
    """Reverse a URL of ``viewset``, taking the parameters of its prefixes from the current URL.

    Inside ``departments/7/`` the employees' list stays in department 7. Values given in
    ``kwargs`` win. Raises ``NoReverseMatch`` as ``reverse`` does.
    """
    names: list[str] = []
    step = viewset
    while step is not None:
        names[:0] = step.extra_kwargs or ()
        step = step.parent
    match = request.resolver_match
    current = match.kwargs if match else {}
    inherited = {name: current[name] for name in names if name in current}
    if args:
        # Django mixes no positional and keyword arguments; prefixes come first in the URL.
        args = [*inherited.values(), *args]
        return str(viewset.reverse(view_name, args=args, kwargs=kwargs))
    return str(viewset.reverse(view_name, kwargs={**inherited, **(kwargs or {})}))


def current_site(request: HttpRequest | None) -> Any:
    """The Site around this page, or the only one mounted at the top of the URLconf, or ``None``."""
    match = getattr(request, "resolver_match", None)
    site = getattr(match, "site", None) or match_extra(match).get("site")
    if site is not None:
        return site
    sites = mounted_sites(getattr(request, "urlconf", None))
    return sites[0] if len(sites) == 1 else None


def mounted_sites(urlconf: Any = None) -> list[Any]:
    """Top-level Sites of a URLconf, in its order."""
    resolver: Any = get_resolver(urlconf)
    found = resolver.__dict__.get("_viewflow_sites")
    if found is None:
        found = resolver._viewflow_sites = [
            viewset for viewset in walk_viewsets(resolver, deep=False) if viewset.is_site
        ]
    return list(found)


def walk_viewsets(resolver: Any, *, deep: bool = True) -> Any:
    """Yield the viewsets mounted below a resolver; with ``deep=False`` only the outermost."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, ViewsetResolver):
            yield pattern.viewset
            if not deep:
                continue
        if isinstance(pattern, URLResolver):
            yield from walk_viewsets(pattern, deep=deep)


def try_reverse(name: str) -> str | None:
    """The URL of a name, or ``None`` where the project has no such URL."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
