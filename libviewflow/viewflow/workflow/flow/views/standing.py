"""A person's list as it stands, which nobody has searched, filtered or reordered.

That is how a list is opened nearly always, so its statement is compiled once (see
:mod:`viewflow.kept`). A project that overrides anything that decides which rows are listed gets
its own queryset, built for each request.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from copy import copy
from typing import Any, ClassVar, Final

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import get_language

from viewflow.descriptors import DEFAULT, MARKER
from viewflow.kept import KeptPage
from viewflow.views.paging import BoundedPaginator
from viewflow.workflow.managers import is_ours, only_model_permissions

from . import filters

__all__ = ["StandingListMixin"]

_MOST: Final = 256
_pages: dict[Hashable, Any] = {}

#: Header cells, by all that they depend on: views, languages and orders, which are few.
_headers: dict[Hashable, list[dict[str, Any]]] = {}

#: What decides which rows a list has, and what its head and its filter look like.
_DECIDE: Final = (
    "get_queryset", "queryset", "task_model", "get_model", "list_columns", "get_paginator",
    "paginate_queryset", "search_queryset", "filter_queryset", "order_queryset", "get_headers",
    "get_requested_order", "get_default_ordering", "filterset", "idle_filter", "filter_panel",
    "get_filterset_class", "get_filterset_kwargs", "get_filter_key", "known_nodes", "counts",
    "get_search_term", "get_search_words", "columns_order", "get_toggled_order", "state",
)  # fmt: skip

#: What this module puts before the methods of other classes.
_WRAPPED: Final = ("get_queryset", "get_filter_key", "get_headers")


def _leaves_alone(view: type, base: type) -> bool:
    """Tell whether a view class decides nothing that ``base`` does not decide.

    Asked for each request, because a class can be changed, as tests of a project do. The classes
    of a project may also stand behind those of this module, among the bases of a view.
    """
    if not all(getattr(view, name) is getattr(base, name) for name in _DECIDE):
        return False
    behind: Any = super(StandingListMixin, view)
    known: Any = super(StandingListMixin, base)
    return all(getattr(behind, name) is getattr(known, name) for name in _WRAPPED)


class StandingListMixin:
    """Reads a person's list by a kept statement, while nobody narrows it.

    For lists of tasks with the name of the manager's method in ``work``. ``known_view`` is the
    class whose rows are known; one below it that overrides what decides about them is not.
    """

    known_view: ClassVar[Any]
    request: Any
    viewset: Any
    work: str
    columns: Any
    listed_flows: list[Any]
    task_model: Any
    filterset_class: Any
    filterset_initial: Any
    paginator_class: Any
    ordering_kwarg: str
    get_default_ordering: Callable[[], list[Any]]
    waiting_nodes: Callable[[], list[Any]]

    def get_queryset(self) -> Any:
        """The rows of the list; a list that nobody narrows is read by a kept statement."""
        key = self._standing_key()
        if key is None:
            return super().get_queryset()  # type: ignore[misc]
        # By a copy of the view: a view and a list that hold each other outlive their page.
        make = super(StandingListMixin, copy(self)).get_queryset  # type: ignore[misc]
        if self.work == "queue":
            return StandingList(self.task_model, key, make)
        owner, user = self.task_model._meta.get_field("owner"), self.request.user
        return StandingList(self.task_model, key, make, owner, user.pk)

    @cached_property
    def _is_own(self) -> bool:
        """Are the rows and the filter those of this module, and not a project's?"""
        known = self.__dict__
        computed = known.get("_computed", {})
        return not (
            any(known.get(name) is not computed.get(name) for name in ("queryset", "filterset"))
            or self.paginator_class is not BoundedPaginator
            or hasattr(self.viewset, "get_filterset_kwargs")
            or getattr(self.filterset_class, "__module__", None) != filters.__name__
            or self.filterset_initial not in (None, DEFAULT)
            or not _leaves_alone(type(self), self.known_view)
        )

    def _standing_key(self) -> Hashable | None:
        """What the statement of the list depends on; ``None`` where it has to be made anew."""
        user, model = self.request.user, self.task_model
        manager = model._default_manager
        if self.request.GET or not self._is_own or not user.is_active or not is_ours(manager):
            return None
        allowed: Any = None
        if self.work == "queue" and not user.is_superuser:
            if not only_model_permissions():
                return None
            allowed = frozenset(user.get_all_permissions())
        return (
            (type(self), self.viewset, model, manager.db, allowed),
            *self.listed_flows,
            None,
            *self.columns,
            None,
            *self.get_default_ordering(),
        )

    def get_filter_key(self) -> Hashable | None:
        """The steps that the filter offers are all that it depends on."""
        if not self._is_own:
            return None
        nodes: list[Any] = []
        if getattr(self.filterset_class, "present_only", False):
            if self.work == "archive":  # what has been done is looked for each time
                return None
            # A node that the flow no longer has is made anew whenever it is read.
            nodes = [
                str(node) if node is not None and node.task_type == "OBSOLETE" else node
                for node in self.waiting_nodes()
            ]
        return (self.filterset_class, *self.listed_flows, None, *nodes)

    def get_headers(self) -> list[dict[str, Any]]:
        """The header cells; those of a list as it stands are written once."""
        if self.request.GET or not self._is_own:
            return super().get_headers()
        key = (
            (type(self), self.viewset, self.task_model, get_language(), self.ordering_kwarg),
            *self.columns,
            None,
            *self.get_default_ordering(),
        )
        headers = _headers.get(key)
        if headers is None:
            if len(_headers) >= _MOST:
                _headers.clear()
            headers = _headers[key] = super().get_headers()
        return [dict(header) for header in headers]  # a project may change its own


class StandingList:
    """A queryset that is built only where somebody asks for more than its first page.

    ``key`` names everything that the rows depend on, except for ``owner``: the person whose
    list it is, as a value of ``field``; ``None`` where the statement names nobody.
    """

    def __init__(
        self,
        model: Any,
        key: Hashable,
        make: Callable[[], QuerySet[Any]],
        field: Any = None,
        owner: Any = None,
    ) -> None:
        self.model, self.ordered = model, True
        self._key, self._make, self._field, self._owner = key, make, field, owner

    @cached_property
    def queryset(self) -> QuerySet[Any]:
        """The queryset itself."""
        return self._make()

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, slice) or index.start or not index.stop or index.step:
            return self.queryset[index]
        key = (self._key, index.stop)
        page = _pages.get(key, MARKER)
        if page is MARKER:
            if len(_pages) >= _MOST:
                _pages.clear()
            page = _pages[key] = self._keep(self.queryset[index])
        return self.queryset[index] if page is None else page.rows(self._value(page.using))

    def _keep(self, rows: QuerySet[Any]) -> KeptPage | None:
        try:
            return KeptPage(rows, self._value(rows.db))
        except (LookupError, EmptyResultSet):
            return None

    def _value(self, using: str) -> Any:
        if self._field is None:
            return None
        return self._field.get_db_prep_value(self._owner, connections[using])

    def __iter__(self) -> Any:
        return iter(self.queryset)

    def __len__(self) -> int:
        return len(self.queryset)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.queryset, name)
