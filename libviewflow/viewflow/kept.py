"""A queryset's statement, compiled once and run many times with other values.

What every page asks ("this session", "this person", "what is open in this flow") never changes
but for a value or two, and Django builds and compiles it each time: that takes several times as
long as running it. :class:`Kept` holds what Django's own compiler made, so that it means the same
on every database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from json import JSONDecoder
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.db import connections
from django.db.models import JSONField, QuerySet

from .loading import RowMaker

__all__ = ["Kept", "KeptPage"]


class Kept:
    """The statement of ``queryset``, one of ``values_list()``, for a database.

    ``params`` are the values that it was compiled with, as the database takes them.
    """

    def __init__(self, queryset: QuerySet[Any], connection: Any) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        self.query = queryset.query
        self.sql, params = compiler.as_sql()
        self.params: list[Any] = list(params)
        self.columns = [column for column, _sql, _alias in compiler.select]

    def rows(self, connection: Any, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the rows, as Python values, with these parameters in the place of the first."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            return self.values(connection, cursor.fetchall())

    def values(self, connection: Any, rows: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return rows of the statement, as the database has given them, as Python values."""
        return list(map(tuple, _values(self, connection, rows)))

    def compiler_for(self, connection: Any) -> Any:
        """Return a compiler for the connection."""
        return self.query.get_compiler(connection=connection)


class KeptPage:
    """The statement of a list's page, compiled once, that gives instances as the queryset does.

    ``value`` is the one parameter that differs from one use to the next, ``using`` the database.
    Raises ``LookupError`` where the statement has the value not exactly once, and Django's
    ``EmptyResultSet`` where nothing can be found.
    """

    def __init__(self, queryset: QuerySet[Any], value: Any = None) -> None:
        self._compiler = queryset.query.get_compiler(using=queryset.db)
        self.sql, params = self._compiler.as_sql()
        self.columns = [column for column, _sql, _alias in self._compiler.select]
        # Kept for good, unlike the connection, which belongs to a thread.
        self._compiler.connection = None
        self.params = list(params)
        self._made_by: Any = type(queryset)
        self._model, self.using = queryset.model, queryset.db
        self._iterable: Any = queryset._iterable_class  # type: ignore[attr-defined]
        self._maker = RowMaker.of(queryset, self._compiler)
        self._place = None
        if value is not None:
            places = [place for place, param in enumerate(self.params) if param == value]
            if len(places) != 1:
                raise LookupError(f"{value!r} is no single parameter of {self.sql}")
            (self._place,) = places

    def rows(self, value: Any = None) -> list[Any]:
        """Return the instances, with ``value`` in its place."""
        params = list(self.params)
        if self._place is not None:
            params[self._place] = value
        if self._maker is not None and self._maker.ready:
            connection = connections[self.using]
            with connection.cursor() as cursor:
                cursor.execute(self.sql, params)
                return list(map(self._maker.make, _values(self, connection, cursor.fetchall())))
        rows = self._made_by(self._model, _Again(self, params), self.using)
        rows._iterable_class = self._iterable
        return list(rows)

    def compiler_for(self, connection: Any) -> Any:
        """Return what Django's compiler left behind, for the connection of this thread."""
        compiler = copy(self._compiler)
        compiler.connection, compiler.using = connection, self.using
        return compiler

    def compiled(self, using: Any, params: list[Any]) -> Any:
        """Return a compiler that has compiled already."""
        compiler = self.compiler_for(connections[using])
        compiler.as_sql = lambda *_args, **_kwargs: (self.sql, params)  # type: ignore[method-assign]
        return compiler


def _values(kept: Kept | KeptPage, connection: Any, rows: Sequence[Any]) -> Iterable[list[Any]]:
    """Return rows of a kept statement, as the database has given them, as Python values."""
    if not rows:
        return []
    # What makes Python values of the columns belongs to the connection, and lives as long.
    known = connection.__dict__.setdefault("_viewflow_kept", WeakKeyDictionary())
    found: tuple[Any, Any] | None = known.get(kept)
    if found is None:
        compiler = kept.compiler_for(connection)
        converters = {
            place: ([_quicker(convert) for convert in converters], column)
            for place, (converters, column) in compiler.get_converters(kept.columns).items()
        }
        found = known[kept] = compiler, converters
    compiler, converters = found
    values: Iterable[list[Any]] = compiler.apply_converters(rows, converters)
    return values


#: Reads a document where it begins, without looking for blanks around it: databases keep none.
_scan: Final[Any] = vars(JSONDecoder())["scan_once"]


def _quicker(convert: Any) -> Any:
    field: Any = getattr(convert, "__self__", None)
    if getattr(convert, "__func__", None) is not JSONField.from_db_value or field.decoder:
        return convert

    def read(value: Any, column: Any, connection: Any) -> Any:
        try:
            found, end = _scan(value, 0)
        except (StopIteration, TypeError, ValueError):
            return convert(value, column, connection)
        return found if end == len(value) else convert(value, column, connection)

    return read


class _Again:
    """Stands in for the query of a queryset that is read and nothing else."""

    def __init__(self, page: KeptPage, params: list[Any]) -> None:
        self._page, self._params = page, params

    def get_compiler(self, using: Any = None, **_kwargs: Any) -> Any:
        return self._page.compiled(using, self._params)
