"""Pages of long lists: rows are counted only as far as somebody would read on.

``COUNT(*)`` of a million rows takes a hundred times as long as a page of them. A page fetches one
row more than it shows, which tells whether there is a next one; the number of all rows is looked
for up to a limit, and is "more than" that where there are more.
"""

from __future__ import annotations

from typing import Any, Final

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.utils import formats

__all__ = ["COUNT_LIMIT", "BoundedPaginator", "count_text"]

#: Rows are counted up to this number.
COUNT_LIMIT: Final = 500

#: No database takes a greater number.
_MAX_OFFSET: Final = 2**63 - 1


def count_text(count: int, *, exact: bool = True) -> str:
    """Return a number as people read it; ``500+`` for one that there are more of."""
    text = str(formats.localize(count, use_l10n=True))
    return text if exact else f"{text}+"


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """A paginator of a queryset that counts no further than ``limit``.

    ``count`` is the number of rows where ``exact`` is true, else one that there are more of.
    Without a limit it counts all rows, as Django's own does.
    """

    limit: int | None = COUNT_LIMIT
    _known: tuple[int, bool] | None = None

    @property
    def count(self) -> int:  # type: ignore[override]
        """The number of rows; at least, where it is not exact."""
        return self._number_of_rows()[0]

    @property
    def exact(self) -> bool:
        """Whether ``count`` is the number of all rows."""
        return self._number_of_rows()[1]

    @property
    def num_pages(self) -> int:  # type: ignore[override]
        """The number of pages; where it is not exact, of those that are known to be there."""
        count, exact = self._number_of_rows()
        if not count:
            return 1 if self.allow_empty_first_page else 0
        return -(-(count if exact else count + 1) // self.per_page)

    def __str__(self) -> str:
        """The number of rows as people read it."""
        return count_text(self.count, exact=self.exact)

    def know(self, count: int, *, exact: bool) -> None:
        """Take the number of rows, or one that there are more of, from somebody who knows it."""
        self._known = count, exact

    def _number_of_rows(self) -> tuple[int, bool]:
        if self._known is None:
            if self._is_list or self.limit is None:
                self._known = self._count_all(), True
            else:
                rows: Any = self.object_list
                found = int(rows.order_by()[: self.limit + 1].count())
                self._known = min(found, self.limit), found <= self.limit
        return self._known

    @property
    def _is_list(self) -> bool:
        return not hasattr(self.object_list, "order_by")

    def _count_all(self) -> int:
        rows: Any = self.object_list
        return len(rows) if self._is_list else int(rows.count())

    def read(self, number: Any) -> Page[Any]:
        """Return a page with its rows fetched: a number, or ``last``, for which all are counted.

        Raises ``PageNotAnInteger`` and ``EmptyPage``, as :meth:`page` does.
        """
        if number == "last":  # where it is, only the number of all rows tells
            self.know(self._count_all(), exact=True)
            number = self.num_pages
        page = self._integer(number)
        start = (page - 1) * self.per_page
        if page < 1 or start + self.per_page > _MAX_OFFSET:
            raise EmptyPage(self.error_messages["no_results"])
        rows = list(self.object_list[start : start + self.per_page + 1])
        if not rows and page > 1:
            raise EmptyPage(self.error_messages["no_results"])
        seen = start + min(len(rows), self.per_page)
        if len(rows) <= self.per_page:
            self.know(seen, exact=True)
        elif self.limit is not None and seen >= self.limit:
            known, exact = self._known or (0, False)
            if not exact and known < seen:
                self.know(seen, exact=False)
        return Page(rows[: self.per_page], page, self)

    def _integer(self, number: Any) -> int:
        try:
            return int(number)
        except ValueError:
            raise PageNotAnInteger(self.error_messages["invalid_page"]) from None
