"""Virtual fields in queries: expressions that give the database the field's own SQL type.

``VirtualCol`` compiles to the value that a column of that Django field would hold on that
database (a SQLite date text, a PostgreSQL ``interval``, MariaDB microseconds, …). Lookups,
transforms, arithmetic, aggregates and the conversion back to Python are then Django's own.

An absent key counts as the field's constant default, as it does when the attribute is read. The
``isnull`` lookup and ``= None`` ask about the document instead: absent, or JSON null.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import Model, lookups
from django.db.models.expressions import Col
from django.db.models.fields import NOT_PROVIDED
from django.db.models.fields.json import KeyTransform

from . import extract
from .indexes import column_name, is_indexed
from .sqltext import Sql

if TYPE_CHECKING:
    from .base import VirtualField

__all__ = ["VirtualCol", "VirtualKey", "document_sql", "specialise", "virtual_key"]


def document_sql(compiler: Any, alias: Any, field: VirtualField) -> Sql:
    """Return the SQL of the JSON column itself."""
    text, params = compiler.compile(Col(alias, field.json_column))
    return Sql(text, tuple(params))


# --- lookups -----------------------------------------------------------------------------------


class _Specialised:
    # Classes made by specialise() have no importable name; copies and pickles go by their parts.
    _parts: tuple[tuple[type, ...], type]

    def __reduce__(self) -> Any:
        state = self.__dict__.copy()
        for computed in ("convert_value", "identity"):
            state.pop(computed, None)
        return _rebuild, self._parts, state


def _rebuild(mixins: tuple[type, ...], base: type) -> Any:
    cls = specialise(mixins, base)
    return cls.__new__(cls)


@cache
def specialise(mixins: tuple[type, ...], base: Any) -> Any:
    """Return ``base`` with ``mixins`` in front; copies and pickles work."""
    return type(
        base.__name__,
        (_Specialised, *mixins, base),
        {"_parts": (mixins, base), "__module__": __name__},
    )


class _NullSafe:
    """A condition that is false, not unknown, for absent keys, so that ``exclude`` keeps them.

    Django adds the same test to negated conditions on nullable columns.
    """

    def _guarded(self, vendor: str, compiler: Any, connection: Any, extra: Any) -> Any:
        compile_ = getattr(super(), f"as_{vendor}", None) or super().as_sql  # type: ignore[misc]
        text, params = compile_(compiler, connection, **extra)
        params = list(params)
        for side in (self.lhs, self.rhs):  # type: ignore[attr-defined]
            if side is self.lhs or isinstance(side, VirtualCol):  # type: ignore[attr-defined]
                side_text, side_params = compiler.compile(side)
                text = f"{text} AND {side_text} IS NOT NULL"
                params.extend(side_params)
        return f"({text})", tuple(params)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self._guarded("sqlite", compiler, connection, extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self._guarded("postgresql", compiler, connection, extra)

    def as_mysql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self._guarded("mysql", compiler, connection, extra)


class _CaseInsensitive:
    """JSON text has a binary collation on MariaDB; ``icontains`` and its like must not."""

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> Any:
        text, params = super().process_lhs(compiler, connection, lhs)  # type: ignore[misc]
        return (f"LOWER({text})" if connection.vendor == "mysql" else text), params

    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        text, params = super().process_rhs(compiler, connection)  # type: ignore[misc]
        return (f"LOWER({text})" if connection.vendor == "mysql" else text), params


class _CaseInsensitiveRegex:
    # Lower-casing a pattern would change its meaning (\D and \d).
    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> Any:
        text, params = super().process_lhs(compiler, connection, lhs)  # type: ignore[misc]
        if connection.vendor == "mysql":
            text = f"CONVERT({text} USING utf8mb4) COLLATE utf8mb4_general_ci"
        return text, params


class _ObjectsAsKeys:
    """A key that is asked for as a plain value may be compared with objects."""

    def get_prep_lookup(self) -> Any:
        rhs = self.rhs  # type: ignore[has-type]
        if isinstance(rhs, Model):
            self.rhs = rhs.pk
        elif isinstance(rhs, list | tuple | set):
            self.rhs = [one.pk if isinstance(one, Model) else one for one in rhs]
        return super().get_prep_lookup()  # type: ignore[misc]


_CASE_INSENSITIVE = {
    "iexact": _CaseInsensitive,
    "icontains": _CaseInsensitive,
    "istartswith": _CaseInsensitive,
    "iendswith": _CaseInsensitive,
    "iregex": _CaseInsensitiveRegex,
}


class _StoredIsNull(lookups.IsNull):
    """Whether the document has no value: the key is absent or JSON null."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        sql = self.lhs.stored_sql(compiler, connection)
        return f"{sql.text} IS {'' if self.rhs else 'NOT '}NULL", sql.params


class _Guard:
    """Mixin for expressions whose lookups and transforms are null-safe."""

    def get_lookup(self, lookup: str) -> Any:
        found = super().get_lookup(lookup)  # type: ignore[misc]
        if found is None or issubclass(found, lookups.IsNull) or _Specialised in found.__mro__:
            return found
        return specialise((_NullSafe,), found)

    def get_transform(self, name: str) -> Any:
        found = super().get_transform(name)  # type: ignore[misc]
        if not isinstance(found, type) or _Specialised in found.__mro__:
            return found
        return specialise((_Guard,), found)


# --- expressions -------------------------------------------------------------------------------


class VirtualCol(Col):
    """A virtual field's value, typed. ``alias`` is that of the table with the JSON column."""

    target: VirtualField

    def __init__(self, alias: Any, target: VirtualField, output_field: Any = None) -> None:
        super().__init__(alias, target, output_field)

    @property
    def can_be_null_unexpectedly(self) -> bool:
        """Whether SQL may see NULL although the field says ``null=False``."""
        default = self.target.default
        never = default is NOT_PROVIDED or callable(default) or bool(self.target.key.within)
        return not self.target.null and never

    def _source(self, compiler: Any) -> extract.Source:
        return extract.Source(document_sql(compiler, self.alias, self.target), self.target.key)

    def stored_sql(self, compiler: Any, connection: Any) -> Sql:
        """Return the SQL that is NULL when the document has no value."""
        return extract.stored(extract.dialect(connection), self._source(compiler))

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        indexed = is_indexed(self.target)
        if indexed and extract.dialect(connection) == "mariadb":
            column = copy.copy(self.target.json_column)
            column.column = column_name(self.target.key)
            return compiler.compile(Col(self.alias, column))
        return extract.typed(connection, self._source(compiler), indexed=indexed)

    def get_lookup(self, lookup: str) -> Any:
        found: Any = super().get_lookup(lookup)
        if found is None:
            return None
        if lookup == "isnull":
            return _StoredIsNull
        mixins: tuple[type, ...] = ()
        if self.can_be_null_unexpectedly:
            mixins = (_NullSafe,)
        if self.target.is_relation and not self.output_field.is_relation:
            mixins = (*mixins, _ObjectsAsKeys)
        if lookup in _CASE_INSENSITIVE:
            mixins = (*mixins, _CASE_INSENSITIVE[lookup])
        return specialise(mixins, found) if mixins else found

    def get_transform(self, name: str) -> Any:
        found: Any = super().get_transform(name)
        if isinstance(found, type) and self.can_be_null_unexpectedly:
            return specialise((_Guard,), found)
        return found

    def get_db_converters(self, connection: Any) -> Any:
        converters = self.output_field.get_db_converters(connection)
        default = self.target.default
        is_part = bool(self.target.key.within)  # the object may be what is absent
        if self.can_be_null_unexpectedly and default is not NOT_PROVIDED and not is_part:
            converters = [*converters, _default_for_null(default)]
        return converters


def _default_for_null(default: Any) -> Any:
    def convert(value: Any, expression: Any, connection: Any) -> Any:
        return default() if value is None else value

    return convert


class VirtualKey(KeyTransform):
    """A virtual ``JSONField``: Django's own key transform, so that it can be searched further."""

    target: VirtualField
    alias: str | None

    def stored_sql(self, compiler: Any, connection: Any) -> Sql:
        """Return the SQL that is NULL when the document has no value."""
        source = extract.Source(document_sql(compiler, self.alias, self.target), self.target.key)
        return extract.stored(extract.dialect(connection), source)

    def relabeled_clone(self, change_map: Any) -> Any:
        clone = super().relabeled_clone(change_map)
        clone.alias = change_map.get(self.alias, self.alias)
        return clone

    def get_lookup(self, lookup: str) -> Any:
        if lookup == "isnull":
            return _StoredIsNull
        found: Any = super().get_lookup(lookup)
        if found is None:
            return None
        mixins = self.lookup_mixins(lookup)
        return specialise(mixins, found) if mixins else found

    def lookup_mixins(self, lookup: str) -> tuple[type, ...]:
        """Return what is put in front of the class of that lookup."""
        mixins: tuple[type, ...] = () if self.target.null else (_NullSafe,)
        return (*mixins, _NoneMeansNull) if lookup == "exact" else mixins

    def get_db_converters(self, connection: Any) -> Any:
        converters = super().get_db_converters(connection)
        default = self.target.default
        if default is not NOT_PROVIDED and not self.target.key.within:
            make = default if callable(default) else lambda: default
            converters = [*converters, _default_for_null(make)]
        return converters


class _NoneMeansNull:
    """``filter(field=None)`` becomes ``isnull``, which finds absent keys and JSON null."""

    can_use_none_as_rhs = False


def virtual_key(alias: Any, field: VirtualField, kind: type[VirtualKey] = VirtualKey) -> VirtualKey:
    """Return the expression for the place of ``field`` in its document."""
    expression: Any = Col(alias, field.json_column)
    *parents, last = map(str, field.json_path)
    for key in parents:
        expression = KeyTransform(key, expression)
    found = kind(last, expression)
    found.alias, found.target = alias, field
    return found
