"""Ordering: ``?_orderby=-name,age`` in terms of the columns of a list."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Expression, F, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest

from ..descriptors import DEFAULT

__all__ = ["OrderableListViewMixin"]

MAX_COLUMNS: Final = 8


class OrderableListViewMixin:
    """Orders rows by the columns that the URL names, else by ``ordering``.

    Names of columns that do not exist or cannot be ordered are ignored. The primary key breaks
    ties, so that no row shows up on two pages.
    """

    request: HttpRequest
    ordering: Any = None
    ordering_kwarg = "_orderby"

    def get_requested_order(self) -> dict[str, bool]:
        """Columns asked for, in order, and whether each is turned round."""
        wanted: dict[str, bool] = {}
        for part in self.request.GET.get(self.ordering_kwarg, "")[:500].split(","):
            name, turned = (part[1:], True) if part.startswith("-") else (part, False)
            column = self.list_columns.get(name)  # type: ignore[attr-defined]
            if column is not None and column.orderby is not None and name not in wanted:
                wanted[name] = turned
        return dict(list(wanted.items())[:MAX_COLUMNS])

    @property
    def columns_order(self) -> dict[str, str]:
        """``{column: "asc" or "desc"}`` as the rows come now."""
        columns = self.list_columns  # type: ignore[attr-defined]
        requested = self.get_requested_order()
        if requested:
            return {
                name: _direction(directed(columns[name].orderby, turned))
                for name, turned in requested.items()
            }
        by_lookup: dict[str, str] = {}
        for name, column in columns.items():
            if isinstance(column.orderby, str):
                by_lookup.setdefault(column.orderby, name)
        found = {}
        for item in self.get_default_ordering():
            if isinstance(item, str) and item.removeprefix("-") in by_lookup:
                found[by_lookup[item.removeprefix("-")]] = _direction(item)
        return found

    def get_toggled_order(self, name: str) -> str:
        """Value of the parameter that a click on the column's header leads to."""
        column = self.list_columns[name]  # type: ignore[attr-defined]
        requested = self.get_requested_order()
        if list(requested)[:1] == [name]:
            return name if requested[name] else f"-{name}"
        now = self.columns_order.get(name) if not requested else None
        if now is not None and now == _direction(directed(column.orderby, False)):
            return f"-{name}"  # it is the default order already: the click turns it round
        return name

    def get_default_ordering(self) -> list[Any]:
        """``ordering`` as a list; empty when the queryset's own order is to stay."""
        ordering = self.ordering
        if ordering is None or ordering is DEFAULT:
            return []
        return [ordering] if isinstance(ordering, str | Expression | OrderBy) else list(ordering)

    def order_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """``queryset`` in the order of this request."""
        columns = self.list_columns  # type: ignore[attr-defined]
        order: list[Any] = [
            directed(columns[name].orderby, turned)
            for name, turned in self.get_requested_order().items()
        ] or self.get_default_ordering()
        if order:
            key = queryset.model._meta.pk.name
            if not any(
                item in ("pk", "-pk", key, f"-{key}") for item in order if isinstance(item, str)
            ):
                order.append("pk")
            return queryset.order_by(*order)
        return queryset if queryset.ordered else queryset.order_by("pk")


def directed(orderby: Any, turned: bool) -> Any:
    """What to give to ``order_by`` for a column's declared order, turned round if asked for."""
    if isinstance(orderby, str):
        if not turned:
            return orderby
        return orderby[1:] if orderby.startswith("-") else f"-{orderby}"
    if not isinstance(orderby, OrderBy):
        orderby = orderby.asc() if isinstance(orderby, Expression | F) else OrderBy(orderby)
    if turned:
        orderby = orderby.copy()  # the declared expression is shared by all requests
        orderby.reverse_ordering()
    return orderby


def _direction(item: Any) -> str:
    if isinstance(item, str):
        return "desc" if item.startswith("-") else "asc"
    return "desc" if item.descending else "asc"
