"""The state of a list: what its URL says, for links and forms that change a part of it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from html import escape
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.utils import formats
from django.utils.safestring import SafeString

from ..descriptors import DEFAULT, viewprop
from .filters import MAX_VALUE

__all__ = ["ListStateMixin"]


def _shown(link: dict[str, Any], *names: str) -> tuple[str, ...]:
    return tuple([str(link.get(name, "")) for name in names])


class ListStateMixin:
    """Links of the pager and hidden inputs that keep filter, search and order."""

    request: HttpRequest
    page_kwarg: str
    search_kwarg: str
    filterset_initial: Any
    get_filter_names: Any
    idle_filter: Any
    search_enabled: Any
    search_placeholder: Any

    @viewprop
    def state(self) -> QueryDict:
        """What the URL says about the list, except for the page."""
        state = QueryDict(mutable=True)
        initial = self.filterset_initial
        wanted = () if initial is None or initial is DEFAULT else initial
        silent = {name for name in self.get_filter_names() if name not in wanted}
        for name, values in self.request.GET.lists():
            if name == self.page_kwarg or len(name) > 100:
                continue
            if name in silent and not any(values):
                continue  # the form sends all of its fields; empty ones say nothing
            kept = [value for value in values if len(value) <= MAX_VALUE and "\x00" not in value]
            if kept:
                state.setlist(name, kept)
        return state

    def get_clear_url(self) -> str:
        """The list without search and filter."""
        state = self.state.copy()
        for name in [*self.get_filter_names(), self.search_kwarg]:
            state.pop(name, None)
        initial = self.filterset_initial
        if initial is not None and initial is not DEFAULT:
            for name in initial:
                state[name] = ""
        return f"?{state.urlencode()}"

    def hidden_inputs(self, without: Sequence[str]) -> SafeString:
        """The rest of the state as hidden inputs, for a form that sends some of it."""
        return SafeString(
            "".join(
                f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
                for name, values in self.state.lists()
                if name not in without
                for value in values
            )
        )

    def get_pager(self, page: Any) -> dict[str, Any]:
        """Numbers and links of the pager."""
        paginator: Paginator[Any] = page.paginator
        query = self.state.urlencode()
        start = f"?{query}&" if query else "?"

        def link(number: Any) -> dict[str, Any]:
            known = isinstance(number, int)
            return {
                "number": formats.localize(number) if known else number,
                "url": f"{start}{self.page_kwarg}={number}" if known else "",
                "current": number == page.number,
            }

        numbers = [*paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)]
        exact = getattr(paginator, "exact", True)
        if not exact:
            numbers.append(str(paginator.ELLIPSIS))
        count = paginator.count
        # What the pager looks like depends on, while the list is as it stands.
        key = (type(paginator), page.number, paginator.per_page, paginator.num_pages, count, exact)
        own = type(self).get_pager is ListStateMixin.get_pager
        return {
            "key": (*key, self.page_kwarg) if own and not query else None,
            "first": page.start_index(),
            "last": page.end_index(),
            "count": count,
            "exact": exact,
            "previous": link(page.number - 1)["url"] if page.number > 1 else "",
            "next": link(page.number + 1)["url"] if page.number < paginator.num_pages else "",
            "pages": [link(number) for number in numbers] if paginator.num_pages > 1 else [],
        }

    # The bars around the rows of a list that nobody has narrowed are drawn once. The templates ask
    # for the keys, so that what a project has put into the context after these classes counts too.

    def bar_key(self, context: Context | dict[str, Any]) -> Hashable | None:
        """What the bar above the rows depends on; ``None`` draws it for the page."""
        panel = context["filter_panel"]
        if (
            self.request.GET
            or context["filter_chips"]
            or context["filter_errors"]
            or (panel is not None and self.idle_filter is None)
        ):
            return None
        words: tuple[str, ...] = ()
        if self.search_enabled():
            words = (self.search_kwarg, str(self.search_placeholder), context["search_term"])
        links = [_shown(link, "url", "arrow", "word") for link in context["sort_links"]]
        state = context["filter_state"], context["search_state"]
        return (type(self), self.request.path, panel, state, words, *links)

    def bulk_key(self, context: Context | dict[str, Any]) -> Hashable | None:
        """What the bar of bulk actions depends on; ``None`` draws it for the page."""
        if self.request.GET:
            return None
        pager = context["pager"]
        total = str(context["total"]) if pager and pager["pages"] else None
        actions = context["bulk_actions"]
        return (total, *[_shown(a, "name", "icon", "url", "danger") for a in actions])
