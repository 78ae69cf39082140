"""The list: a table of rows that can be searched, filtered, ordered, paged and ticked.

All state is in the URL. One query fetches the page; a COUNT is added only where there are more
rows than fit, and goes no further than ``count_limit``. Cells are written in Python, so that the template has two variables for a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from django.core.paginator import InvalidPage
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views import generic

from ..descriptors import DEFAULT, viewprop
from ..icons import lucide
from ..template_choice import ChosenTemplateResponse
from .access import ViewPermissionMixin
from .actions import Action, linked
from .columns import Column, resolve_column
from .filters import FilterableViewMixin
from .ordering import OrderableListViewMixin
from .paging import COUNT_LIMIT, BoundedPaginator
from .row import Row
from .search import SearchableViewMixin
from .state import ListStateMixin

__all__ = ["ListModelView"]

_ARIA_SORT: Final = {"asc": "ascending", "desc": "descending"}
_ARROW: Final = {"asc": "arrow-up", "desc": "arrow-down"}


class ListModelView(  # type: ignore[misc]
    ViewPermissionMixin,
    FilterableViewMixin,
    OrderableListViewMixin,
    SearchableViewMixin,
    ListStateMixin,
    generic.ListView,
):
    """A model's rows in columns.

    ``columns`` are names of fields, of attributes or methods of the model, or of methods of the
    view or viewset that get the row. Such a method may carry ``short_description``, ``boolean``,
    ``empty_value``, ``column_type`` (text, numeric, boolean), ``orderby_column``, and
    ``sort_label``, what the menu of orders calls it where the header is a mere sign.
    ``object_link_columns`` lead to the object: the first column, unless told otherwise.
    """

    response_class = ChosenTemplateResponse
    viewset: Any = None
    columns: Any = ("__str__",)
    object_link_columns: Any = None
    paginate_by: Any = 25
    paginator_class: Any = BoundedPaginator
    #: A longer list has "more than" so many rows; ``None`` counts all of them for each page.
    count_limit: int | None = COUNT_LIMIT
    page_actions: Any = None
    bulk_actions: Any = None
    empty_value_display: Any = ""
    title: Any = None

    #: What an empty list says when neither search nor filter is to blame.
    empty_title: Any = None
    empty_text: Any = None
    empty_icon = "inbox"

    def head(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer as ``get()`` does.

        Django would put ``get`` into the view under this name; a view that holds a method of its
        own is left to the garbage collector, with all its rows.
        """
        return self.get(*args, **kwargs)

    # Rows

    @viewprop
    def queryset(self) -> QuerySet[Any]:
        """Rows that the viewset lets this user see."""
        return self.get_scope()

    @viewprop
    def list_columns(self) -> dict[str, Column]:
        """The columns by name, in order. Raises ``ValueError`` for a name that nobody knows."""
        model = self.get_model()
        return {
            name: resolve_column(name, self, self.viewset, model, self.empty_value_display)
            for name in self.columns
        }

    def get_model(self) -> Any:
        """The model whose rows are listed."""
        return self.model if self.model is not None else self.queryset.model

    def get_queryset(self) -> QuerySet[Any]:
        """The rows to page through: scope, filter, search, order."""
        queryset = self.search_queryset(self.filter_queryset(self.queryset))
        related = [column.related for column in self.list_columns.values() if column.related]
        query = queryset.query
        # A queryset with only() or defer() knows better what it needs.
        if related and query.select_related is not True and not query.deferred_loading[0]:
            queryset = queryset.select_related(*related)
        return self.order_queryset(queryset)

    def paginate_queryset(self, queryset: Any, page_size: int) -> Any:
        """Fetch one page. A page that is not full needs no COUNT; a bad page is 404."""
        try:
            return self._paginate(queryset, page_size)
        except OverflowError:
            # The database driver cannot send such a number; no row can hold it either.
            if self.filterset is None:
                raise
            self.filterset.form.add_error(None, _("A value of the filter cannot be used."))
            return self._paginate(self.queryset.none(), page_size)

    def _paginate(self, queryset: Any, page_size: int) -> Any:
        paginator = self.get_paginator(queryset, page_size, allow_empty_first_page=True)
        if not isinstance(paginator, BoundedPaginator):  # a project's own
            return super().paginate_queryset(queryset, page_size)
        wanted = self.kwargs.get(self.page_kwarg) or self.request.GET.get(self.page_kwarg) or 1
        try:
            page = paginator.read(wanted)
        except InvalidPage as error:
            raise Http404(str(error)) from None
        return paginator, page, page.object_list, paginator.num_pages > 1

    def get_paginator(self, queryset: Any, per_page: int, *args: Any, **kwargs: Any) -> Any:
        """The paginator; ``BoundedPaginator`` unless ``paginator_class`` says otherwise."""
        paginator = super().get_paginator(queryset, per_page, *args, **kwargs)
        if isinstance(paginator, BoundedPaginator):
            paginator.limit = self.count_limit
        return paginator

    def get_object_url(self, obj: Any) -> str | None:
        """Where the link columns lead; ``None`` for nowhere."""
        may_open = getattr(self.viewset, "can_open", None)
        if may_open is not None and not may_open(self.request.user, obj):
            return None
        hook = getattr(self.viewset, "get_object_url", None)
        if hook is not None:
            return hook(self.request, obj)  # type: ignore[no-any-return]
        absolute = getattr(obj, "get_absolute_url", None)
        return absolute() if absolute is not None else None

    def get_row_label(self, obj: Any) -> str:
        """What the row's box to tick is called."""
        return str(obj)

    def get_row_class(self, obj: Any) -> str:
        """CSS classes of the row."""
        return ""

    def get_page_data(self, page: Any) -> list[Row]:
        """The rows of a page, written out."""
        links = self.get_link_columns()
        columns = [
            (column, self._cell_attrs(column, index), column.name in links)
            for index, column in enumerate(self.list_columns.values())
        ]
        select = escape(_("Select %s")) if self.offered_bulk_actions else ""
        rows = []
        for obj in page:
            url = self.get_object_url(obj) if links else None
            anchor = f'<a href="{escape(url)}">' if url else ""
            cells = []
            for column, attrs, is_link in columns:
                html = column.html(obj)
                if is_link and anchor:
                    html = f"{anchor}{html or '—'}</a>"
                cells.append((attrs, html))
            css = self.get_row_class(obj)
            pick = self._pick(obj, select) if select else ""
            rows.append(Row(obj, f' class="{escape(css)}"' if css else "", pick, cells))
        return rows

    def get_link_columns(self) -> Sequence[str]:
        """Names of the columns that link to the object."""
        names = self.object_link_columns
        if names is None or names is DEFAULT:
            return list(self.list_columns)[:1]
        return [names] if isinstance(names, str) else names

    def _cell_attrs(self, column: Column, index: int) -> str:
        css = f"lead {column.css}".strip() if index == 0 else column.css
        label = f' data-label="{escape(str(column.header))}"' if index else ""
        return f' role="cell"{label}' + (f' class="{css}"' if css else "")

    def _pick(self, obj: Any, select: str) -> str:
        label = select % escape(self.get_row_label(obj))
        return (
            f'<td class="tight pick" role="cell"><input type="checkbox" name="pk" '
            f'value="{escape(str(obj.pk))}" form="list-bulk" aria-label="{label}"></td>'
        )

    # The page

    def get_page_actions(self) -> list[Action]:
        """Links in the head of the page; the first one is the primary button."""
        return self._actions(self.page_actions, "get_list_page_actions")

    def get_bulk_actions(self) -> list[Action]:
        """What can be done with the rows that are ticked."""
        return self._actions(self.bulk_actions, "get_list_bulk_actions")

    @viewprop
    def offered_bulk_actions(self) -> list[Action]:
        """:meth:`get_bulk_actions`, asked once for a page."""
        return self.get_bulk_actions()

    def _actions(self, own: Any, hook_name: str) -> list[Action]:
        actions = () if own is None or own is DEFAULT else own
        hook = getattr(self.viewset, hook_name, None)
        return list(hook(self.request, *actions) if hook is not None else actions)

    def get_title(self) -> str:
        """Heading: the view's or viewset's title, else the model's plural name."""
        title = self.title or getattr(self.viewset, "title", None)
        return str(title or capfirst(self.get_model()._meta.verbose_name_plural))

    def get_template_names(self) -> list[str]:
        """The project's template for the model before the common one."""
        if self.template_name:
            return [self.template_name]
        meta = self.get_model()._meta
        return [f"{meta.app_label}/{meta.model_name}_list.html", "viewflow/views/list.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        page = context["page_obj"]
        rows = self.get_page_data(page if page is not None else context["object_list"])
        chips = self.get_filter_chips()
        headers = self.get_headers()
        sort_links = [header for header in headers if "url" in header]
        panel = self.filter_panel
        bulk_actions = self._links(self.offered_bulk_actions, with_state=True)
        total = self._total(context["paginator"]) if page is not None else len(rows)
        pager = self.get_pager(page) if page is not None else None
        context.setdefault("title", self.get_title())
        context.update(
            filterset=self.filterset if self.idle_filter is None else self._idle_filterset,
            filter_panel=panel,
            filter_chips=chips,
            filter_errors=self._filter_errors(),
            filter_state=self.hidden_inputs(self.get_filter_names()),
            search_state=self.hidden_inputs([self.search_kwarg]),
            search_term=self.get_search_term(),
            narrowed=bool(chips or self.get_search_term()),
            clear_url=self.get_clear_url(),
            headers=headers,
            sort_links=sort_links,
            rows=rows,
            total=total,
            pager=pager,
            page_actions=self._links(self.get_page_actions()),
            bulk_actions=bulk_actions,
        )
        return context

    @property
    def _idle_filterset(self) -> Any:
        # Nothing of the page needs it any more; a project's own template may.
        return SimpleLazyObject(lambda: self.filterset)

    def _total(self, paginator: Any) -> Any:
        bounded = isinstance(paginator, BoundedPaginator)
        return str(paginator) if bounded and not paginator.exact else paginator.count

    def get_headers(self) -> list[dict[str, Any]]:
        """Header cells: ``attrs``, ``html``, ``label``; sortable ones have ``url``, ``arrow``, ``word``."""
        order = self.columns_order
        state = self.state.copy()
        state.pop(self.ordering_kwarg, None)
        query = escape(f"?{state.urlencode()}&" if state else "?")
        headers = []
        for column in self.list_columns.values():
            attrs, html = ' role="columnheader"', escape(str(column.header))
            header = {"label": column.header, "word": column.label}
            if column.css:
                attrs += f' class="{column.css}"'
            if column.orderby is not None:
                direction = order.get(column.name, "")
                url = f"{query}{self.ordering_kwarg}={self.get_toggled_order(column.name)}"
                header["url"] = SafeString(url)
                header["arrow"] = _ARROW.get(direction, "")
                arrow = lucide(_ARROW[direction], "icon sm") if direction else ""
                if direction:
                    attrs += f' aria-sort="{_ARIA_SORT[direction]}"'
                html = f'<a href="{url}">{html}{arrow}</a>'
            headers.append({**header, "attrs": SafeString(attrs), "html": SafeString(html)})
        return headers

    def _filter_errors(self) -> list[str]:
        if self.idle_filter is not None or self.filterset is None or not self.filterset.is_bound:
            return []
        form = self.filterset.form
        return [
            f"{form.fields[name].label or name}: {error}" if name in form.fields else str(error)
            for name, errors in form.errors.items()
            for error in errors
        ]

    def _links(self, actions: list[Action], *, with_state: bool = False) -> list[dict[str, Any]]:
        # A bulk action gets the state too: "all" then means all of what the list shows.
        query = self.state.urlencode() if with_state else ""
        return linked(actions, self.request, self.viewset, query)
