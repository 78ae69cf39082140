"""``SetKeys``: the expression that changes some keys of a document and leaves the rest alone.

It is what ``QuerySet.update()``, ``bulk_update()`` and ``save(update_fields=…)`` write for virtual
fields, so that two people who change different keys of one row do not undo each other's work.
Rows whose document is NULL get a new one; a document that is not a JSON object is not touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import NotSupportedError
from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    FloatField,
    IntegerField,
    JSONField,
    TextField,
    TimeField,
    UUIDField,
    Value,
)
from django.db.models.expressions import Expression

from .document import Path
from .extract import dialect
from .sqltext import Sql, json_path, literal, render, text_array

if TYPE_CHECKING:
    from .base import VirtualField

__all__ = ["JSON_TEXT", "Change", "SetKeys", "change_for", "to_json"]

#: The kind of a source expression that is JSON text already.
JSON_TEXT = "json text"

# SQL value of a field's own type -> JSON value, as the fields' dump() makes it.
_SQLITE_DURATION = (
    "CASE WHEN {x} < 0 THEN '-' ELSE '' END || PRINTF('P%%dDT%%02dH%%02dM%%02d.%%06dS', "
    "ABS({x}) / 86400000000, ABS({x}) / 3600000000 %% 24, ABS({x}) / 60000000 %% 60, "
    "ABS({x}) / 1000000 %% 60, ABS({x}) %% 1000000)"
)
_POSTGRESQL_DURATION = (
    "to_jsonb(CASE WHEN {x} < '0'::interval THEN '-' ELSE '' END || 'P0DT00H00M' || "
    "ABS(EXTRACT(EPOCH FROM {x})::numeric)::text || 'S')"
)
_MARIADB_DURATION = (
    "CONCAT(CASE WHEN {x} < 0 THEN '-' ELSE '' END, 'P', ABS({x}) DIV 86400000000, 'DT', "
    "LPAD(ABS({x}) DIV 3600000000 MOD 24, 2, '0'), 'H', "
    "LPAD(ABS({x}) DIV 60000000 MOD 60, 2, '0'), 'M', "
    "LPAD(ABS({x}) DIV 1000000 MOD 60, 2, '0'), '.', LPAD(ABS({x}) MOD 1000000, 6, '0'), 'S')"
)
_HEX_UUID = (
    "SUBSTR({x}, 1, 8) || '-' || SUBSTR({x}, 9, 4) || '-' || SUBSTR({x}, 13, 4) || '-' || "
    "SUBSTR({x}, 17, 4) || '-' || SUBSTR({x}, 21)"
)
_TO_JSON = {
    "sqlite": {
        JSON_TEXT: "JSON({x})",
        "json": "JSON({x})",
        "text": "CAST({x} AS TEXT)",
        "binary": "CAST({x} AS TEXT)",
        "integer": "CAST({x} AS INTEGER)",
        "float": "CAST({x} AS REAL)",
        "boolean": "JSON(CASE WHEN {x} THEN 'true' WHEN NOT {x} THEN 'false' END)",
        "decimal": "CAST({x} AS TEXT)",
        "date": "SUBSTR({x}, 1, 10)",
        "datetime": "REPLACE({x}, ' ', 'T') || '+00:00'",
        "time": "{x} || '+00:00'",
        "duration": _SQLITE_DURATION,
        "uuid": _HEX_UUID,
    },
    "postgresql": {
        JSON_TEXT: "({x})::jsonb",
        "json": "to_jsonb({x})",
        "text": "to_jsonb(({x})::text)",
        "binary": "to_jsonb(({x})::text)",
        "integer": "to_jsonb(({x})::bigint)",
        "float": "to_jsonb(({x})::double precision)",
        "boolean": "to_jsonb(({x})::boolean)",
        "decimal": "to_jsonb(({x})::numeric::text)",
        "date": "to_jsonb(({x})::date)",
        "datetime": "to_jsonb(({x})::timestamptz)",
        "time": "to_jsonb(({x})::time::text || '+00:00')",
        "duration": _POSTGRESQL_DURATION,
        "uuid": "to_jsonb(({x})::uuid::text)",
    },
    "mariadb": {
        JSON_TEXT: "JSON_EXTRACT({x}, '$')",
        "json": "JSON_EXTRACT({x}, '$')",
        "text": "CAST({x} AS CHAR)",
        "binary": "CAST({x} AS CHAR)",
        "integer": "CAST({x} AS SIGNED)",
        "float": "CAST({x} AS DOUBLE)",
        "boolean": ("JSON_EXTRACT(CASE WHEN {x} THEN 'true' WHEN NOT {x} THEN 'false' END, '$')"),
        "decimal": "CAST({x} AS CHAR)",
        "date": "DATE_FORMAT({x}, '%%Y-%%m-%%d')",
        "datetime": "CONCAT(DATE_FORMAT({x}, '%%Y-%%m-%%dT%%H:%%i:%%s.%%f'), '+00:00')",
        "time": "CONCAT(TIME_FORMAT({x}, '%%H:%%i:%%s.%%f'), '+00:00')",
        "duration": _MARIADB_DURATION,
        "uuid": "CAST({x} AS CHAR)",
    },
}


class Change:
    """One key to write: the path, and the kind and expression of its value; ``None`` removes."""

    __slots__ = ("expression", "kind", "path")

    def __init__(self, path: Path, kind: str = "", expression: Any = None) -> None:
        self.path, self.kind, self.expression = path, kind, expression


def change_for(field: VirtualField, value: Any) -> Change:
    """Return the change that assigning ``value`` (or an expression) to ``field`` means."""
    if field.is_expression(value):
        return Change(field.json_path, field.sql_kind, value)
    if field.removes(value):
        return Change(field.json_path)
    text = Value(field.json_text(value), output_field=TextField())
    return Change(field.json_path, JSON_TEXT, text)


class SetKeys(Expression):
    """``document`` (an expression) with ``changes`` made to it, as a JSON document."""

    def __init__(self, document: Any, changes: Iterable[Change], output_field: JSONField) -> None:
        super().__init__(output_field=output_field)
        self.document = document
        changes = list(changes)
        self.removals = [change.path for change in changes if change.expression is None]
        kept = [change for change in changes if change.expression is not None]
        self.paths = [change.path for change in kept]
        self.kinds = [change.kind for change in kept]
        self.values = [change.expression for change in kept]

    def get_source_expressions(self) -> list[Any]:
        return [self.document, *self.values]

    def set_source_expressions(self, exprs: Any) -> None:
        self.document, *self.values = exprs

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        name = dialect(connection)
        document = Sql(*_compiled(compiler, self.document))
        tree: dict[str, Any] = {}
        for path, kind, value in zip(self.paths, self.kinds, self.values, strict=True):
            node = tree
            for key in path[:-1]:
                node = node.setdefault(key, {})
            if kind == "json":
                kind = _kind_of(value)
            if (
                name == "mariadb"
                and kind == "uuid"
                and not connection.features.has_native_uuid_field
            ):
                raise NotSupportedError("Expressions of UUIDs need MariaDB 10.7 or newer.")
            node[path[-1]] = to_json(name, kind, Sql(*_compiled(compiler, value)))
        return _BUILDERS[name](document, tree, self.removals)


def to_json(name: str, kind: str, value: Sql) -> Sql:
    """Return an SQL value of a field's own type as the JSON value that the field keeps."""
    return render(_TO_JSON[name][kind], x=value)


# The kind of any expression that is assigned to a virtual JSONField.
_KINDS: tuple[tuple[type[Any], str], ...] = (
    (JSONField, "json"),
    (BooleanField, "boolean"),
    (IntegerField, "integer"),
    (FloatField, "float"),
    (DecimalField, "decimal"),
    (DateTimeField, "datetime"),
    (DateField, "date"),
    (TimeField, "time"),
    (DurationField, "duration"),
    (UUIDField, "uuid"),
)


def _kind_of(expression: Any) -> str:
    for field_class, kind in _KINDS:
        if isinstance(expression.output_field, field_class):
            return kind
    return "text"


def _compiled(compiler: Any, expression: Any) -> tuple[str, tuple[Any, ...]]:
    text, params = compiler.compile(expression)
    return text, tuple(params)


# Each builder below makes, for the tree {"a": value, "b": {"c": value}}, an expression that sets
# the values and creates the objects on the way. Databases do that for one missing level only.


def _build_sqlite(document: Sql, tree: dict[str, Any], removals: list[Path]) -> Sql:
    if removals:
        document = _removing("JSON_REMOVE", document, removals)

    def build(path: Path, node: dict[str, Any]) -> Sql:
        base = "COALESCE(NULLIF({d}, 'null'), '{}')"
        if path:
            base = (
                "CASE WHEN JSON_TYPE({d}, {p}) = 'object' THEN JSON_EXTRACT({d}, {p}) ELSE '{}' END"
            )
        return _json_set(render(base, d=document, p=json_path(path)), path, node, build)

    return render(
        "CASE WHEN COALESCE(JSON_TYPE({d}), 'null') IN ('object', 'null') "
        "THEN {built} ELSE {d} END",
        d=document,
        built=build((), tree) if tree else document,
    )


def _build_mariadb(document: Sql, tree: dict[str, Any], removals: list[Path]) -> Sql:
    if removals:
        document = _removing("JSON_REMOVE", document, removals)

    def build(path: Path, node: dict[str, Any]) -> Sql:
        here = render("JSON_EXTRACT({d}, {p})", d=document, p=json_path(path))
        base = render("IF(JSON_TYPE({h}) = 'OBJECT', {h}, '{}')", h=here)
        return _json_set(base, path, node, build)

    return render(
        "CASE WHEN COALESCE(JSON_TYPE({d}), 'NULL') IN ('OBJECT', 'NULL') "
        "THEN {built} ELSE {d} END",
        d=document,
        built=build((), tree) if tree else document,
    )


def _removing(function: str, document: Sql, removals: list[Path]) -> Sql:
    for path in removals:
        document = render(f"{function}({{d}}, {{p}})", d=document, p=json_path(path))
    return document


def _json_set(base: Sql, path: Path, node: dict[str, Any], build: Any) -> Sql:
    parts = {"base": base}
    pairs = []
    for number, (key, value) in enumerate(node.items()):
        parts[f"k{number}"] = json_path((key,))
        parts[f"v{number}"] = build((*path, key), value) if isinstance(value, dict) else value
        pairs.append(f"{{k{number}}}, {{v{number}}}")
    return render(f"JSON_SET({{base}}, {', '.join(pairs)})", **parts)


def _build_postgresql(document: Sql, tree: dict[str, Any], removals: list[Path]) -> Sql:
    changed = document
    for path in removals:
        changed = render("({d} #- {p})", d=changed, p=text_array(path))

    def build(here: Sql, node: dict[str, Any]) -> Sql:
        parts = {"h": here}
        pairs = []
        for number, (key, value) in enumerate(node.items()):
            name = literal(key)
            parts[f"k{number}"] = Sql(f"{name.text}::text", name.params)
            if isinstance(value, dict):
                below = render("({h} -> {k})", h=here, k=parts[f"k{number}"])
                value = build(below, value)
            parts[f"v{number}"] = value
            pairs.append(f"{{k{number}}}, {{v{number}}}")
        return render(
            "(CASE WHEN jsonb_typeof({h}) = 'object' THEN {h} ELSE '{}'::jsonb END "
            f"|| jsonb_build_object({', '.join(pairs)}))",
            **parts,
        )

    return render(
        "CASE COALESCE(jsonb_typeof({d}), 'null') WHEN 'object' THEN {changed} "
        "WHEN 'null' THEN {new} ELSE {d} END",
        d=document,
        changed=build(changed, tree) if tree else changed,
        new=build(Sql("NULL::jsonb"), tree) if tree else document,
    )


_BUILDERS = {
    "sqlite": _build_sqlite,
    "postgresql": _build_postgresql,
    "mariadb": _build_mariadb,
}
