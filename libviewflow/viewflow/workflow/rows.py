"""The rows that every page reads, by statements that are written once.

Building the statement for "this task with its process and its owner" from a queryset takes five
times as long as running it (measured on SQLite: 1.6 ms of 1.9 ms), and each page of a task does
it twice. :func:`read_rows` keeps the text of the statement and makes the instances with
``Model.from_db``, as querysets do. It does so only where both mean the same: models of one table
whose default manager is the engine's own. A project's manager, a model that extends another
table and a database we do not test are asked through a queryset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from django.db import connections, models

from .managers import is_ours

__all__ = ["read_rows", "read_values"]

_VENDORS: Final = frozenset({"sqlite", "postgresql", "mysql"})


def read_rows(
    model: Any,
    wanted: Mapping[str, Any],
    related: tuple[str, ...] = (),
    *,
    newest: int | None = None,
    shared: Mapping[str, Any] | None = None,
) -> list[Any]:
    """Return the rows of ``model`` whose fields have exactly these values, in one query.

    ``pk__in`` takes a list of keys, of any length. ``related`` names foreign keys whose rows are read as well; ``shared`` gives objects that all
    rows belong to and that are known already. ``newest`` sorts by primary key, downwards, and
    limits; without it the order is that of the database.
    """
    manager = model._default_manager
    alias = manager.db
    keys = wanted.get("pk__in")
    if keys is not None and not keys:
        return []
    if is_ours(manager):
        many = 0
        values: Iterable[Any] = wanted.values()
        if keys is not None:
            # Few different lengths, so that few statements are kept: the last key is repeated.
            many = 1 << (len(keys) - 1).bit_length()
            keys = [*keys, *[keys[-1]] * (many - len(keys))]
            values = [*(value for name, value in wanted.items() if name != "pk__in"), *keys]
        names = tuple(name for name in wanted if name != "pk__in")
        statement = _statement(model, names, related, newest, alias, many=many)
        if statement is not None:
            connection = connections[alias]
            found = statement.instances(connection, statement.rows(connection, values))
            return _share(found, shared)
    rows = manager.filter(**wanted)
    if related:
        rows = rows.select_related(*related)
    return _share(list(rows.order_by("-pk")[:newest] if newest else rows), shared)


def read_values(
    model: Any, names: tuple[str, ...], wanted: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Return these fields of the rows whose fields have exactly these values, oldest row first."""
    manager = model._default_manager
    alias = manager.db
    if is_ours(manager):
        statement = _statement(model, tuple(wanted), (), None, alias, ("pk", *names))
        if statement is not None:
            rows = statement.rows(connections[alias], wanted.values())
            # By key, which is unique, so no two values of other kinds are ever compared.
            return [tuple(row[1:]) for row in sorted(rows, key=itemgetter(0))]
    return list(manager.filter(**wanted).order_by("pk").values_list(*names))


def _share(rows: list[Any], shared: Mapping[str, Any] | None) -> list[Any]:
    for name, value in (shared or {}).items():
        for row in rows:
            # What assigning does, without asking the router about each pair of rows.
            row._meta.get_field(name).set_cached_value(row, value)
    return rows


class _Part(NamedTuple):
    """The columns of one table in the rows of a statement."""

    relation: Any
    model: Any
    names: list[str]
    start: int
    stop: int
    pk: int


class _Statement:
    """The text of a statement and what its columns are."""

    def __init__(
        self, sql: str, wanted: list[models.Field[Any, Any]], parts: list[_Part], columns: list[Any]
    ) -> None:
        self.sql = sql
        self.wanted = wanted
        self.parts = parts
        self.columns = columns

    def rows(self, connection: Any, values: Iterable[Any]) -> list[list[Any]]:
        """Return the rows as lists of Python values."""
        params = [
            field.get_db_prep_value(value, connection)
            for field, value in zip(self.wanted, values, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows = [list(row) for row in cursor.fetchall()]
        for index, column, steps in self._converters(connection):
            for cells in rows:
                for step in steps:
                    cells[index] = step(cells[index], column, connection)
        return rows

    def instances(self, connection: Any, rows: list[list[Any]]) -> list[Any]:
        """Return the rows as instances of the models."""
        alias, (root, *others) = connection.alias, self.parts
        # People and processes that occur in many rows are one object, made once.
        known: dict[tuple[int, Any], Any] = {}
        found = []
        for cells in rows:
            instance = root.model.from_db(alias, root.names, cells[root.start : root.stop])
            for part in others:
                pk = cells[part.pk]
                if pk is None:
                    continue
                other = known.get((part.start, pk))
                if other is None:
                    other = part.model.from_db(alias, part.names, cells[part.start : part.stop])
                    known[part.start, pk] = other
                part.relation.set_cached_value(instance, other)
            found.append(instance)
        return found

    def _converters(self, connection: Any) -> list[tuple[int, Any, list[Any]]]:
        # Some are methods of the connection, so they are kept with it and live as long.
        kept: dict[Any, Any] = connection.__dict__.setdefault("_viewflow_converters", {})
        found: list[tuple[int, Any, list[Any]]] | None = kept.get(self)
        if found is None:
            found = kept[self] = [
                (index, column, steps)
                for index, column in enumerate(self.columns)
                if (
                    steps := [
                        *connection.ops.get_db_converters(column),
                        *column.get_db_converters(connection),
                    ]
                )
            ]
        return found


@lru_cache(maxsize=256)
def _statement(
    model: Any,
    wanted: tuple[str, ...],
    related: tuple[str, ...],
    newest: int | None,
    alias: str,
    only: tuple[str, ...] = (),
    many: int = 0,
) -> _Statement | None:
    """Return the statement, for all columns or ``only`` these; ``None``: ask a queryset.

    ``many`` is the number of keys to choose from, which follow the other values.
    """
    connection = connections[alias]
    relations = [model._meta.get_field(name) for name in related]
    targets = [relation.related_model for relation in relations]
    if connection.vendor not in _VENDORS or not all(map(_one_table, (model, *targets))):
        return None
    quote = connection.ops.quote_name
    parts: list[_Part] = []
    columns: list[Any] = [_field(model, name).get_col("t") for name in only]
    for relation, part_model, alias_ in zip(
        () if only else (None, *relations),
        () if only else (model, *targets),
        () if only else _aliases(len(related)),
        strict=True,
    ):
        fields = part_model._meta.concrete_fields
        start = len(columns)
        parts.append(
            _Part(
                relation,
                part_model,
                [field.attname for field in fields],
                start,
                start + len(fields),
                start + fields.index(part_model._meta.pk),
            )
        )
        columns += [field.get_col(alias_) for field in fields]
    listed = ", ".join(f"{column.alias}.{quote(column.target.column)}" for column in columns)
    joins = "".join(
        f" {'LEFT' if relation.null else 'INNER'} JOIN {quote(target._meta.db_table)} {alias_}"
        f" ON {alias_}.{quote(relation.target_field.column)} = t.{quote(relation.column)}"
        for relation, target, alias_ in zip(
            relations, targets, _aliases(len(related))[1:], strict=True
        )
    )
    asked = [model._meta.pk if name == "pk" else model._meta.get_field(name) for name in wanted]
    conditions = [f"t.{quote(field.column)} = %s" for field in asked]
    if many:
        key = model._meta.pk
        conditions.append(f"t.{quote(key.column)} IN ({', '.join(['%s'] * many)})")
        asked += [key] * many
    where = " AND ".join(conditions)
    tail = f" ORDER BY t.{quote(model._meta.pk.column)} DESC LIMIT {newest:d}" if newest else ""
    sql = f"SELECT {listed} FROM {quote(model._meta.db_table)} t{joins} WHERE {where}{tail}"  # noqa: S608
    return _Statement(sql, asked, parts, columns)


def _field(model: Any, name: str) -> Any:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def _aliases(count: int) -> list[str]:
    return ["t", *(f"r{index}" for index in range(count))]


def _one_table(model: Any) -> bool:
    concrete = model._meta.concrete_model
    return all(
        field.model._meta.concrete_model is concrete for field in model._meta.concrete_fields
    )
