"""A queryset's statement, compiled once and run many times with other values.

What every page asks ("this session", "this person", "what is open in this flow") never changes
but for a value or two, and Django builds and compiles it each time: that takes several times as
long as running it. :class:`Kept` holds what Django's own compiler made, so that it means the same
on every database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

__all__ = ["Kept"]


class Kept:
    """The statement of ``queryset``, one of ``values_list()``, for a database.

    ``params`` are the values that it was compiled with, as the database takes them.
    """

    def __init__(self, queryset: QuerySet[Any], connection: Any) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        self.query = queryset.query
        self.sql, params = compiler.as_sql()
        self.params: list[Any] = list(params)
        self._columns = [column for column, _sql, _alias in compiler.select]

    def rows(self, connection: Any, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the rows, as Python values, with these parameters in the place of the first."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows = cursor.fetchall()
        compiler, converters = self._reader(connection)
        return list(map(tuple, compiler.apply_converters(rows, converters))) if rows else []

    def _reader(self, connection: Any) -> tuple[Any, Any]:
        # What makes Python values of the columns belongs to the connection, and lives as long.
        kept: dict[Any, Any] = connection.__dict__.setdefault("_viewflow_kept", {})
        found: tuple[Any, Any] | None = kept.get(self)
        if found is None:
            compiler = self.query.get_compiler(connection=connection)
            found = kept[self] = compiler, compiler.get_converters(self._columns)
        return found
