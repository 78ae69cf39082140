"""Rows written by statements whose text is made once.

A step writes the same few statements for years, and Django builds each of them anew: that takes
twice as long as running it. The values come from the fields as they do in Django. What these
statements cannot say (a table that extends another one, a column that the database computes, an
expression as a value, a database without ``RETURNING``) goes through a queryset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["insert_links", "insert_row", "insert_rows", "update_rows"]

_VENDORS: Final = frozenset({"sqlite", "postgresql", "mysql"})


def insert_rows(model: Any, rows: Sequence[Any], using: str) -> None:
    """Insert instances and give them their keys, as ``bulk_create()`` does."""
    keys = _insert_plainly(model, rows, using)
    if keys is not None:
        name = model._meta.pk.attname
        for row, (pk,) in zip(rows, keys, strict=True):
            row.__dict__[name] = pk
            row._state.adding, row._state.db = False, using
        return
    manager = model._base_manager.using(using)
    if connections[using].features.can_return_rows_from_bulk_insert and not model._meta.parents:
        manager.bulk_create(rows)
    else:
        for row in rows:
            row.save(force_insert=True, using=using)


def insert_row(row: Any, model: Any, fields: Sequence[Any], using: str) -> Any:
    """Insert the row of a new instance into the table of ``model`` and return its key in a tuple.

    ``fields`` are those that ``Model.save()`` would write. ``None`` when nothing is written
    because Django has to do it.
    """
    known = _plain_fields(model, connections[using].vendor)
    if known is None or len(known) != len(fields):  # the key is given
        return None
    keys = _insert_plainly(model, [row], using)
    return keys[0] if keys is not None else None


def _insert_plainly(model: Any, rows: Sequence[Any], using: str) -> list[Any] | None:
    """Insert instances and return their keys; ``None`` when Django has to do it."""
    connection = connections[using]
    fields = _plain_fields(model, connection.vendor)
    if (
        not fields
        or not connection.features.can_return_rows_from_bulk_insert
        or len(rows) > connection.ops.bulk_batch_size(fields, rows)
    ):
        return None
    values = _values(fields, rows, connection)
    if not values:
        return None
    meta = model._meta
    sql = _insert_sql(using, meta.db_table, _columns(fields), len(rows), meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def insert_links(field: Any, pairs: Sequence[tuple[Any, Any]], using: str) -> None:
    """Insert rows of a many-to-many relation: the keys of both sides, each pair once."""
    through, connection = field.remote_field.through, connections[using]
    names = field.m2m_field_name(), field.m2m_reverse_field_name()
    ends = [through._meta.get_field(name) for name in names]
    if through._meta.auto_created and len(pairs) <= connection.ops.bulk_batch_size(ends, pairs):
        sql = _insert_sql(using, through._meta.db_table, _columns(ends), len(pairs))
        values = [
            end.get_db_prep_save(value, connection)
            for pair in pairs
            for end, value in zip(ends, pair, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
        return
    first, second = (end.attname for end in ends)
    through._base_manager.using(using).bulk_create(
        through(**{first: one, second: other}) for one, other in pairs
    )


def update_rows(model: Any, changes: Mapping[str, Any], keys: Sequence[Any], using: str) -> int:
    """Set columns, named by attribute, of the rows with these keys; return how many there are."""
    connection = connections[using]
    known = _updatable(model, connection.vendor)
    expressions = any(hasattr(value, "resolve_expression") for value in changes.values())
    if known is None or expressions or len(keys) > _MOST_KEYS or not known.keys() >= changes.keys():
        return int(model._base_manager.using(using).filter(pk__in=keys).update(**changes))
    fields = [*(known[name] for name in changes), *[model._meta.pk] * len(keys)]
    values = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(fields, (*changes.values(), *keys), strict=True)
    ]
    columns = _columns(fields[: len(changes)])
    sql = _update_sql(using, model._meta.db_table, columns, model._meta.pk.column, len(keys))
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


#: More keys than this are not worth a statement of their own, nor does each database take them.
_MOST_KEYS: Final = 500


def _columns(fields: Sequence[Any]) -> tuple[str, ...]:
    return tuple(field.column for field in fields)


def _values(
    fields: Sequence[Any], rows: Sequence[Any], connection: BaseDatabaseWrapper
) -> list[Any] | None:
    """Return the values of all rows; ``None`` when one is an expression."""
    found = []
    for row in rows:
        for field in fields:
            value = field.pre_save(row, True)
            if hasattr(value, "resolve_expression"):
                return None
            found.append(field.get_db_prep_save(value, connection))
    return found


def _is_plain(field: Any) -> bool:
    """Tell whether the value of a column is all there is to say about it."""
    return not (
        getattr(field, "generated", False)
        or field.db_default is not models.NOT_PROVIDED
        or hasattr(field, "get_placeholder")
        or hasattr(field, "get_placeholder_sql")
    )


@lru_cache(maxsize=128)
def _plain_fields(model: Any, vendor: str) -> tuple[Any, ...] | None:
    """Return the fields to insert; ``None`` where Django has to do it."""
    meta = model._meta.concrete_model._meta  # a proxy says nothing of its own
    if vendor not in _VENDORS or meta.parents or not isinstance(meta.pk, models.AutoField):
        return None
    fields = tuple(field for field in meta.concrete_fields if field is not meta.pk)
    return fields if all(map(_is_plain, fields)) else None


@lru_cache(maxsize=128)
def _updatable(model: Any, vendor: str) -> dict[str, Any] | None:
    """Return the fields that can be set, by attribute; ``None`` where Django has to do it."""
    meta = model._meta.concrete_model._meta
    if vendor not in _VENDORS or meta.parents:
        return None
    return {
        field.attname: field
        for field in meta.concrete_fields
        if not field.primary_key and _is_plain(field)
    }


@lru_cache(maxsize=512)
def _insert_sql(
    using: str, table: str, columns: tuple[str, ...], rows: int, returning: str = ""
) -> str:
    quote = connections[using].ops.quote_name
    row = f"({', '.join(['%s'] * len(columns))})"
    return (
        f"INSERT INTO {quote(table)} ({', '.join(map(quote, columns))}) "  # noqa: S608
        f"VALUES {', '.join([row] * rows)}"
        + (f" RETURNING {quote(returning)}" if returning else "")
    )


@lru_cache(maxsize=512)
def _update_sql(using: str, table: str, columns: tuple[str, ...], key: str, keys: int) -> str:
    quote = connections[using].ops.quote_name
    assigned = ", ".join(f"{quote(column)} = %s" for column in columns)
    among = "= %s" if keys == 1 else f"IN ({', '.join(['%s'] * keys)})"
    return f"UPDATE {quote(table)} SET {assigned} WHERE {quote(key)} {among}"  # noqa: S608
