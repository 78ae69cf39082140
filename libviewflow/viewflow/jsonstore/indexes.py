"""``JSONKeyIndex``: an index on places of a JSON column, so that filters on virtual fields are fast.

On PostgreSQL and SQLite it is an index on the very expression that a filter compiles to. MariaDB
has none of these: there the value gets an invisible virtual column, with an index, and queries on
the field ask that column.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.ddl_references import Statement, Table
from django.db.backends.utils import names_digest, split_identifier
from django.db.migrations.operations.base import Operation
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import ExpressionList, RawSQL
from django.db.models.indexes import IndexExpression
from django.db.models.sql import Query

from . import extract
from .keys import Key
from .sqltext import Sql

if TYPE_CHECKING:
    from .base import VirtualField

__all__ = ["AddKeyIndex", "JSONKeyIndex", "column_name", "is_indexed"]

# Types of MariaDB's virtual columns. Long texts are indexed by their beginning.
_TEXT = "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
_MARIADB_TYPES = {
    "text": _TEXT,
    "binary": _TEXT,
    "integer": "BIGINT",
    "float": "DOUBLE",
    "boolean": "TINYINT",
    "date": "DATE",
    "datetime": "DATETIME(6)",
    "time": "TIME(6)",
    "duration": "BIGINT",
    "uuid": "VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
}
_MARIADB_PREFIX = 191


class JSONKeyIndex(models.Index):
    """An index for ``Meta.indexes`` that names virtual fields, like ``models.Index`` names columns.

    ::

        class Meta:
            indexes = [jsonstore.JSONKeyIndex("customer", "-total", name="order_customer")]

    A leading minus means descending; ``"address__city"`` is a part of an embedded object; columns
    may be named, too. ``name`` is made up if there is none. ``keys`` is what migrations write, and
    what to give where the fields are not those of the model. Raises ``ValueError`` when nothing is
    named.
    """

    def __init__(
        self,
        *names: str,
        keys: Any = None,
        name: str | None = None,
        db_tablespace: str | None = None,
    ) -> None:
        if not all(isinstance(one, str) for one in names):
            raise ValueError("A JSONKeyIndex takes names of fields.")
        if not names and keys:
            names = tuple("__".join(map(str, getattr(key, "path", (key,)))) for key in keys)
        super().__init__(fields=list(names), name=name, db_tablespace=db_tablespace)
        self.names = names
        self.orders = ["DESC" if one.startswith("-") else "" for one in names]
        if keys is not None:
            self.keys = list(keys)
        # Django looks for columns of these names.
        self.fields, self.fields_orders = [], []
        self.model: Any = None

    @cached_property
    def keys(self) -> list[Key | str]:
        """What each name stands for: a key, or the name of a column."""
        if self.model is None:
            raise ValueError(f"{self!r} is not in the Meta of a model with jsonstore fields.")
        return [key_of(self.model, one.removeprefix("-")) for one in self.names]

    def set_name_with_model(self, model: Any) -> None:
        _, table = split_identifier(model._meta.db_table)
        first = self.names[0].removeprefix("-")
        digest = names_digest(table, *self.names, self.suffix, length=6)
        self.name = f"{table[:11]}_{first[:7]}_{digest}_{self.suffix}".lstrip("_")
        if self.name[0].isdigit():
            self.name = f"D{self.name[1:]}"

    def deconstruct(self) -> Any:
        kwargs: dict[str, Any] = {"keys": self.keys, "name": self.name}
        if self.db_tablespace is not None:
            kwargs["db_tablespace"] = self.db_tablespace
        return "viewflow.jsonstore.JSONKeyIndex", self.names, kwargs

    def clone(self) -> JSONKeyIndex:
        if self.model is not None or "keys" in self.__dict__:
            return super().clone()  # type: ignore[return-value]
        # Django clones the indexes of a class before the class is there.
        return type(self)(*self.names, name=self.name or None, db_tablespace=self.db_tablespace)

    def __deepcopy__(self, memo: Any) -> JSONKeyIndex:
        # For the subclasses of an abstract model, each with fields of its own.
        return self.clone()

    def __repr__(self) -> str:
        return f"<JSONKeyIndex: {', '.join(self.names)} name={self.name!r}>"

    # --- statements -----------------------------------------------------------------------------

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        connection = schema_editor.connection
        if extract.dialect(connection) == "mariadb":
            return self._create_mariadb(model, schema_editor)
        expressions = []
        for key, order in zip(self.keys, self.orders, strict=True):
            sql = self._sql(model, schema_editor, key)
            found: Any = RawSQL(sql.text, sql.params)  # noqa: S611  (made of literals)
            found = IndexExpression(found.desc() if order else found)
            found.set_wrapper_classes(connection)
            expressions.append(found)
        return schema_editor._create_index_sql(
            model,
            name=self.name,
            using=using,
            db_tablespace=self.db_tablespace,
            expressions=ExpressionList(*expressions).resolve_expression(
                Query(model, alias_cols=False)
            ),
            **kwargs,
        )

    def remove_sql(self, model: Any, schema_editor: Any, **kwargs: Any) -> Any:
        if extract.dialect(schema_editor.connection) != "mariadb":
            return super().remove_sql(model, schema_editor, **kwargs)
        others = {
            column_name(key)
            for index in model._meta.indexes
            if isinstance(index, JSONKeyIndex) and index.name != self.name
            for key in index.keys
            if isinstance(key, Key)
        }
        gone = dict.fromkeys(column_name(key) for key in self.keys if isinstance(key, Key))
        parts = [f"DROP INDEX {schema_editor.quote_name(self.name)}"]
        parts += [
            f"DROP COLUMN {schema_editor.quote_name(name)}" for name in gone if name not in others
        ]
        return _alter(model, schema_editor, parts)

    def _sql(self, model: Any, schema_editor: Any, key: Key | str) -> Sql:
        name = key if isinstance(key, str) else key.column
        column = Sql(schema_editor.quote_name(model._meta.get_field(name).column))
        if isinstance(key, str):
            return column
        source = extract.Source(column, key)
        return extract.typed(schema_editor.connection, source, indexed=True)

    def _create_mariadb(self, model: Any, schema_editor: Any) -> Statement:
        quote = schema_editor.quote_name
        parts, columns = [], []
        for key, order in zip(self.keys, self.orders, strict=True):
            sql = self._sql(model, schema_editor, key)
            if isinstance(key, str):
                columns.append(f"{sql.text} {order}".strip())
                continue
            name = quote(column_name(key))
            text = sql.text % tuple(schema_editor.quote_value(one) for one in sql.params)
            kind = _MARIADB_TYPES.get(key.kind)
            if kind is None:
                digits = ", ".join(map(str, key.digits or (65, 30)))
                kind = f"DECIMAL({digits})"
            part = f"ADD COLUMN IF NOT EXISTS {name} {kind} AS ({text}) VIRTUAL INVISIBLE"
            if part not in parts:
                parts.append(part)
            prefix = f"({_MARIADB_PREFIX})" if kind == _TEXT else ""
            columns.append(f"{name}{prefix} {order}".strip())
        parts.append(f"ADD INDEX {quote(self.name)} ({', '.join(columns)})")
        return _alter(model, schema_editor, parts)


def _alter(model: Any, schema_editor: Any, parts: list[str]) -> Statement:
    table = Table(model._meta.db_table, schema_editor.quote_name)
    return Statement("ALTER TABLE %(table)s %(parts)s", table=table, parts=", ".join(parts))


def key_of(model: Any, name: str) -> Key | str:
    """Return what ``name`` stands for in an index of ``model``. Raises ``ValueError``."""
    from .base import VirtualField
    from .embedded_keys import part_of

    first, *parts = name.split(LOOKUP_SEP)
    field = model._meta.get_field(first)  # raises FieldDoesNotExist
    for part in parts:
        if not hasattr(field, "embedded_model"):
            raise ValueError(f"{model._meta.label}: {name} is not a part of an embedded object.")
        field = part_of(field, part)
        if field is None:
            raise ValueError(f"{model._meta.label} has no {name}.")
    if not isinstance(field, VirtualField):
        return str(field.name)
    if field.sql_kind == "json":
        raise ValueError(f"{model._meta.label}.{name} is not a single value and has no such index.")
    return field.key


def column_name(key: Key) -> str:
    """Return the name of MariaDB's virtual column for ``key``."""
    digest = names_digest(
        key.column,
        repr(key.path),
        key.kind,
        str(key.null),
        repr(key.default),
        repr(key.digits),
        length=10,
    )
    readable = re.sub("[^A-Za-z0-9]+", "_", "_".join(map(str, key.path)))
    return f"{readable[:40]}_{digest}"


def is_indexed(field: VirtualField) -> bool:
    """Tell whether an index for ``field`` is declared, on its model or on the one of the table."""
    model: Any = field.model
    metas = {model._meta, model._meta.concrete_model._meta}
    owner = getattr(field, "owner_model", None)
    if owner is not None:
        metas.add(owner._meta)
    return any(field.key in getattr(meta, "jsonstore_indexed", ()) for meta in metas)


class AddKeyIndex(Operation):
    """Create the index that a proxy model declares, on the table that it shares.

    Django makes no migrations for indexes of proxies: write this one by hand. ``model_name`` is
    the proxy, or the model of the table.
    """

    reduces_to_sql = True

    def __init__(self, model_name: str, index: JSONKeyIndex) -> None:
        self.model_name = model_name
        self.index = index

    def deconstruct(self) -> Any:
        return type(self).__qualname__, [self.model_name, self.index], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def _table_model(self, app_label: str, schema_editor: Any, state: Any) -> Any:
        label, _, name = self.model_name.rpartition(".")
        model = state.apps.get_model(label or app_label, name)._meta.concrete_model
        return model if self.allow_migrate_model(schema_editor.connection.alias, model) else None

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = self._table_model(app_label, schema_editor, to_state)
        if model is not None:
            schema_editor.add_index(model, self.index)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = self._table_model(app_label, schema_editor, to_state)
        if model is not None:
            schema_editor.remove_index(model, self.index)

    def describe(self) -> str:
        return f"Create index {self.index.name} for {self.model_name}"
