"""How a URL match remembers the viewsets it went through.

Django builds a new ``ResolverMatch`` at every level of includes. What survives all levels and
never reaches a view is ``extra_kwargs``; the extras travel there under one private key, and
``SiteMiddleware`` turns them into attributes of ``request.resolver_match``.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.urls import (
    NoReverseMatch,
    URLResolver,
    get_resolver,
    get_script_prefix,
    get_urlconf,
    reverse,
)
from django.urls.resolvers import ResolverMatch, RoutePattern
from django.utils.translation import get_language

__all__ = [
    "ViewsetResolver",
    "current_site",
    "current_viewset_reverse",
    "match_extra",
    "reverse_kept",
]

_EXTRA: Final = "_viewflow"


class ViewsetResolver(URLResolver):
    """The URLs of one mounted viewset; a match inside it carries ``extra``."""

    def __init__(self, viewset: Any, patterns: list[Any], extra: dict[str, Any]) -> None:
        super().__init__(RoutePattern(""), patterns)
        self.viewset = viewset
        self.extra = extra

    def _populate(self) -> None:
        super()._populate()  # type: ignore[misc]
        # Django's admin names its pages "admin:…", wherever it is mounted.
        language = get_language()
        for prefix, resolver in _global_namespaces(self):
            known = self._namespace_dict.get(language)  # type: ignore[attr-defined]
            if known is not None and resolver.namespace not in known:
                known[resolver.namespace] = (prefix, resolver)
                names = self._app_dict[language].setdefault(resolver.app_name, [])  # type: ignore[attr-defined]
                names.append(resolver.namespace)

    def resolve(self, path: str) -> ResolverMatch:
        match: Any = super().resolve(path)
        # The inner-most value wins. The dictionary may belong to a URLPattern: never change it.
        inner = match.extra_kwargs.get(_EXTRA)
        extra = {**self.extra, **inner} if inner else self.extra
        match.extra_kwargs = {**match.extra_kwargs, _EXTRA: extra}
        return match  # type: ignore[no-any-return]


def _global_namespaces(resolver: Any, before: str = "") -> Any:
    """Yield ``(prefix, resolver)`` for namespaces below that are known by their bare names."""
    for pattern in resolver.url_patterns:
        if not isinstance(pattern, URLResolver):
            continue
        prefix = before + pattern.pattern.regex.pattern.removeprefix("^")
        inside = pattern.url_patterns
        if any(isinstance(one, ViewsetResolver) and one.viewset.global_namespace for one in inside):
            yield prefix, pattern
        else:
            yield from _global_namespaces(pattern, prefix)


# Numbers for the shape of a URL, which no prefix contains by accident, and small ones to try it.
_SHAPE: Final = tuple(range(918273645001, 918273645009))
_TRIAL: Final = tuple(range(2, 10))


def reverse_kept(viewset: Any, viewname: str, args: Any, kwargs: Any) -> str:
    """Reverse a URL of ``viewset``; URLs whose parameters are all numbers are reversed once.

    A page has thirty links, most of the same few shapes; Django's ``reverse`` is 25 µs for each.
    The shapes are kept with the resolver, which is replaced when the URLconf changes. A converter
    that writes numbers in its own way is noticed, because the shape is tried with others.
    """
    if kwargs:
        names, numbers = tuple(kwargs), tuple(kwargs.values())
    else:
        names, numbers = (), tuple(args) if args else ()
    simple = not (args and kwargs) and len(numbers) <= len(_SHAPE)
    if not simple or any(type(number) is not int or number < 0 for number in numbers):
        return reverse(viewset._full_name(viewname), args=args, kwargs=kwargs)
    resolver = get_resolver(get_urlconf())
    kept = resolver.__dict__.setdefault("_viewflow_shapes", {})
    key = (viewset, viewname, names, len(numbers), get_script_prefix(), get_language())
    shape = kept.get(key)
    if shape is None:
        shape = kept[key] = _shape(viewset._full_name(viewname), names, len(numbers))
    if not shape:
        return reverse(viewset._full_name(viewname), args=args, kwargs=kwargs)
    return str(shape.format(*numbers) if numbers else shape)


def _shape(full_name: str, names: tuple[str, ...], count: int) -> str:
    """Return the URL with ``{0}`` for the first number and so on; empty when it has no shape."""

    def url(numbers: tuple[int, ...]) -> str:
        if names:
            return reverse(full_name, kwargs=dict(zip(names, numbers, strict=True)))
        return reverse(full_name, args=list(numbers) or None)

    if not count:
        return url(())
    numbers = _SHAPE[:count]
    try:
        shape = url(numbers).replace("{", "{{").replace("}", "}}")
        for index, number in enumerate(numbers):
            shape = shape.replace(str(number), f"{{{index}}}")
        trial = url(_TRIAL[:count])
    except NoReverseMatch:
        return ""
    return shape if shape.format(*_TRIAL[:count]) == trial else ""


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
