"""Pages of a list that may be very long: nobody counts a million rows to show twenty-five."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import QuerySet
from django.utils import formats

__all__ = ["ListPage", "ListPaginator"]

#: No database takes a larger offset.
MAX_OFFSET: Final = 2**31


class ListPage(Page):
    """A page that may not know what comes after it but whether anything does."""

    #: Is there a next page? ``None`` where the number of rows tells.
    follows: bool | None = None

    def has_next(self) -> bool:
        return super().has_next() if self.follows is None else self.follows

    def end_index(self) -> int:
        if self.follows is None:
            return super().end_index()
        return self.start_index() + len(self.object_list) - 1


class ListPaginator(Paginator):
    """Counts no more than ``limit`` rows; ``more`` says that there are more of them.

    Pages after the counted ones can be opened too: each is fetched with one row of the next.
    """

    limit: int | None = None

    @cached_property
    def more(self) -> bool:
        """Are there more rows than ``count``?"""
        return isinstance(self._found, int) and self._found > (self.limit or self._found)

    @cached_property
    def _found(self) -> int | None:
        if "count" in self.__dict__ or not self.limit or not isinstance(self.object_list, QuerySet):
            return None
        return self.object_list.order_by()[: self.limit + 1].count()

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        """The number of rows, as far as they are counted."""
        found = self._found
        if found is None:
            return self.exact_count
        return min(found, self.limit or found)

    @property
    def exact_count(self) -> int:
        """The number of all rows, whatever it costs."""
        rows = self.object_list
        return rows.count() if isinstance(rows, QuerySet) else len(rows)

    @property
    def count_text(self) -> Any:
        """The number of rows as a person reads it: "10000+" where there are more."""
        return f"{formats.localize(self.count)}+" if self.more else self.count

    def validate_number(self, number: Any) -> int:
        try:
            return super().validate_number(number)
        except EmptyPage:
            wanted = int(number)
            if wanted < 1 or not self.more or wanted * self.per_page > MAX_OFFSET:
                raise
            return wanted

    def page(self, number: Any) -> Any:
        number = self.validate_number(number)
        if not self.more:
            return super().page(number)
        start = (number - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        if not rows:
            raise EmptyPage(self.error_messages["no_results"])
        page = self._get_page(rows[: self.per_page], number, self)
        page.follows = len(rows) > self.per_page
        return page

    def _get_page(self, *args: Any, **kwargs: Any) -> ListPage:
        return ListPage(*args, **kwargs)
