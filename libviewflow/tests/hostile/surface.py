"""Every URL of the configuration, found by walking the configuration itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

__all__ = ["DISTINCT", "PAGES", "Page", "kind_of"]

URLCONF = "tests.hostile.urls"

#: Pages of one task and pages of one process.
TASK = ("process_pk", "task_pk")
PROCESS = ("process_pk",)


@dataclass(frozen=True)
class Page:
    """One URL: its namespaced name, its route and the names of its parameters."""

    name: str
    route: str
    parameters: tuple[str, ...]

    @property
    def page(self) -> str:
        """The last part of the name: ``execute``, ``inbox``, …"""
        return self.name.rpartition(":")[2]

    @property
    def space(self) -> str:
        """The namespace of the flow or application: ``order``, ``workflow:flows:case``."""
        parts = self.name.split(":")[:-1]
        return ":".join(parts[:-1] if self.node else parts)

    @property
    def flow(self) -> str:
        """``order``, ``case``, ``paper`` or nothing."""
        last = self.space.rpartition(":")[2]
        return last if last in {"order", "case", "paper"} else ""

    @property
    def node(self) -> str:
        """The node whose page it is, or nothing."""
        if self.parameters == TASK or self.name.endswith(":start:execute"):
            return self.name.split(":")[-2]
        return ""

    def url(self, **values: Any) -> str:
        """The address; parameters without a value get one that no row has."""
        text = self.route
        for name in self.parameters:
            value = str(values.get(name, 999_999))
            for converter in ("int:", "path:", "str:", ""):
                text = text.replace(f"<{converter}{name}>", value)
        return "/" + text


def kind_of(page: Page) -> str:
    """What rules apply to the page: task, process, flow, start, own, site, account, admin."""
    first = page.name.split(":")[0]
    if first == "admin":
        return "admin"
    if page.parameters == TASK:
        return "task"
    if page.parameters == PROCESS:
        return "process"
    if page.name.endswith(":start:execute"):
        return "start"
    if page.page in {"inbox", "queue", "archive", "work_counts", "tasks_assign", "tasks_unassign"}:
        return "own"
    if page.name in {"workflow:index", "workflow:flows:index"}:
        return "hall"
    if page.flow:
        return "flow"
    if page.name in {"index", "site_preferences", "site_speculation", "site_theme"}:
        return "site"
    return "account"


def _walk(resolver: Any, route: str, names: list[str]) -> Iterator[Page]:
    for pattern in resolver.url_patterns:
        plain = isinstance(pattern.pattern, RoutePattern) or not str(pattern.pattern)
        if not plain:
            # The admin's two regular expressions: the list of an app, and what nobody knows.
            for name, text in (("app_list", "viewflow/"), ("catch_all", "no/such/page/")):
                if (pattern.name or "catch_all") == name:
                    yield Page(":".join([*names, name]), route + text, ())
        elif isinstance(pattern, URLResolver):
            space = [pattern.namespace] if pattern.namespace else []
            yield from _walk(pattern, route + str(pattern.pattern), names + space)
        elif isinstance(pattern, URLPattern):
            name = pattern.name or "old_change"
            yield Page(
                ":".join([*names, name]),
                route + str(pattern.pattern),
                tuple(pattern.pattern.converters),
            )


#: Every page; of the admin only what is about the workflow or about nothing in particular.
PAGES: list[Page] = sorted(
    {
        page
        for page in _walk(get_resolver(URLCONF), "", [])
        if not page.route.startswith("admin/auth/")
    },
    key=lambda page: (page.name, page.route),
)

#: Without the second mount of the order flow, whose pages are the same views again.
DISTINCT: list[Page] = [page for page in PAGES if page.space != "workflow:flows:order"]
