"""Queries on a list of keys: ``filter(tags=tag)`` asks whether the list has that key.

PostgreSQL is asked with ``@>``, which a GIN index on the place answers; the others look into the
list. A queryset on the right-hand side becomes a subquery.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.db.models.lookups import Lookup
from django.db.models.sql import Query

from . import extract
from .columns import VirtualKey, document_sql, virtual_key
from .sqltext import Sql, json_path, render
from .writing import to_json

if TYPE_CHECKING:
    from .many import ManyToManyField

__all__ = ["MembersKey", "members_key"]


class MembersKey(VirtualKey):
    """The list of keys that a ``ManyToManyField`` keeps."""

    target: Any

    def get_lookup(self, lookup: str) -> Any:
        return {"exact": HasMember, "in": HasAnyMember}.get(lookup) or (
            super().get_lookup(lookup) if lookup == "isnull" else None
        )

    def get_transform(self, name: str) -> Any:
        return None

    def get_db_converters(self, connection: Any) -> Any:
        return [*super().get_db_converters(connection), self._load]

    def _load(self, value: Any, expression: Any, connection: Any) -> Any:
        return self.target.load(value)


def members_key(alias: Any, field: ManyToManyField) -> MembersKey:
    """Return the expression for the list that ``field`` keeps."""
    return virtual_key(alias, field, MembersKey)  # type: ignore[return-value]


class HasMember(Lookup):  # type: ignore[type-arg]
    """Whether the list has the key on the right."""

    lookup_name = "exact"
    can_use_none_as_rhs = False
    lhs: MembersKey

    def get_prep_lookup(self) -> Any:
        if hasattr(self.rhs, "resolve_expression"):
            return self.rhs
        return self.rhs if self.rhs is None else self.lhs.target.dump_one(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        name = extract.dialect(connection)
        stored = self.lhs.stored_sql(compiler, connection)
        found = [self._condition(name, compiler, connection, rhs) for rhs in self._values()]
        if not found:
            return "1 = 0", ()
        text = " OR ".join(sql.text for sql in found)
        params = [param for sql in found for param in sql.params]
        return f"(({text}) AND {stored.text} IS NOT NULL)", (*params, *stored.params)

    def _values(self) -> list[Any]:
        return [self.rhs]

    def _condition(self, name: str, compiler: Any, connection: Any, rhs: Any) -> Sql:
        if isinstance(rhs, Query):
            return self._any_of(name, compiler, connection, rhs)
        if not hasattr(rhs, "as_sql"):
            return self._has(name, compiler, _constant(name, rhs))
        text, params = compiler.compile(rhs)
        return self._has(name, compiler, self._item(name, Sql(text, tuple(params))))

    def _item(self, name: str, value: Sql) -> Sql:
        # An SQL value of the related column's type, as an item of a list.
        item = to_json(name, self.lhs.target.identity.sql_kind, value)
        return render("JSON_ARRAY({x})", x=item) if name == "mariadb" else item

    def _has(self, name: str, compiler: Any, item: Sql) -> Sql:
        lhs = self.lhs
        source = extract.Source(document_sql(compiler, lhs.alias, lhs.target), lhs.target.key)
        if name == "postgresql":
            return render(
                "{list} @> {item}", list=extract.postgresql_place(source, text=False), item=item
            )
        parts = {"d": source.document, "p": json_path(source.key.path), "item": item}
        if name == "sqlite":
            return render(
                "EXISTS (SELECT 1 FROM JSON_EACH({d}, {p}) WHERE value = {item})", **parts
            )
        return render("JSON_CONTAINS({d}, {item}, {p})", **parts)

    def _any_of(self, name: str, compiler: Any, connection: Any, query: Query) -> Sql:
        inner = query.clone()
        if not inner.has_select_fields:
            inner.clear_select_clause()
            inner.add_fields([self.lhs.target.target_field.name])
        inner_compiler = inner.get_compiler(connection=connection)
        text, params = inner_compiler.as_sql(with_col_aliases=True)
        column = inner_compiler.select[0][2]
        value = Sql(f"u.{connection.ops.quote_name(column)}")
        return render(
            "EXISTS (SELECT 1 FROM ({query}) u WHERE {has})",
            query=Sql(text, tuple(params)),
            has=self._has(name, compiler, self._item(name, value)),
        )


class HasAnyMember(HasMember):
    """Whether the list has one of the keys on the right."""

    lookup_name = "in"

    def get_prep_lookup(self) -> Any:
        if hasattr(self.rhs, "resolve_expression"):
            return self.rhs
        values = [self.rhs] if isinstance(self.rhs, Model) else self.rhs
        return [
            one if hasattr(one, "resolve_expression") else self.lhs.target.dump_one(one)
            for one in values
            if one is not None
        ]

    def _values(self) -> list[Any]:
        return self.rhs if isinstance(self.rhs, list) else [self.rhs]


def _constant(name: str, value: Any) -> Sql:
    if name == "sqlite":
        return Sql("%s", (value,))
    text = json.dumps(value)
    return Sql("%s::jsonb", (text,)) if name == "postgresql" else Sql("%s", (text,))
