"""SQL that takes a value out of a document, for each database and kind of field.

``{x}`` in a template is the scalar at the field's path, already replaced by the constant default
where the key is absent. Date and time texts are those that ``fields`` writes, and the ISO texts
that other programs may have written; what does not look like one is NULL where the database would
otherwise fail the whole query.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import NotSupportedError

from .document import MISSING
from .keys import Key
from .sqltext import Sql, json_path, literal, render, text_array

__all__ = ["Source", "dialect", "postgresql_place", "stored", "typed"]


class Source(NamedTuple):
    """Where a value comes from: the SQL of the JSON column, and the key in it."""

    document: Sql
    key: Key


def dialect(connection: Any) -> str:
    """Return ``"sqlite"``, ``"postgresql"`` or ``"mariadb"``; ``NotSupportedError`` for others."""
    vendor: str = connection.vendor
    if vendor in {"sqlite", "postgresql"}:
        return vendor
    if vendor == "mysql" and connection.mysql_is_mariadb:
        return "mariadb"
    raise NotSupportedError(
        "Queries on jsonstore fields work on SQLite, PostgreSQL and MariaDB, "
        f"not on {connection.display_name}."
    )


# The seconds since midnight and days of "P1DT02H03M04.000005S"; {t} is the part after the T.
_DURATION = (
    "(CASE WHEN SUBSTR({x}, 1, 1) = '-' THEN -1 ELSE 1 END * ("
    "((({days} * 24 + {hours}) * 60 + {minutes}) * 60 + {seconds}) * 1000000 + {micros}))"
)

_SQLITE_T = "SUBSTR({x}, INSTR({x}, 'T') + 1)"


def _sqlite_number(start: int, length: int) -> str:
    return f"CAST(SUBSTR({_SQLITE_T}, {start}, {length}) AS INTEGER)"


_SQLITE = {
    "text": "{x}",
    "binary": "{x}",
    "integer": "{x}",
    "float": "{x}",
    "boolean": "{x}",
    # A cast has an affinity, so that decimals passed as text are compared as numbers.
    "decimal": "CAST({x} AS NUMERIC)",
    "date": "SUBSTR({x}, 1, 10)",
    "datetime": (
        "CASE WHEN {x} LIKE '%%+00:00' "
        "THEN REPLACE(SUBSTR({x}, 1, LENGTH({x}) - 6), 'T', ' ') "
        "ELSE STRFTIME('%%Y-%%m-%%d %%H:%%M:%%S', SUBSTR({x}, 1, 19) || CASE "
        "WHEN LENGTH({x}) > 19 AND SUBSTR({x}, -6, 1) IN ('+', '-') "
        "THEN SUBSTR({x}, -6) ELSE '' END) || CASE "
        "WHEN SUBSTR({x}, 20, 1) <> '.' THEN '' "
        "WHEN SUBSTR({x}, 24, 1) BETWEEN '0' AND '9' THEN SUBSTR({x}, 20, 7) "
        "ELSE SUBSTR({x}, 20, 4) || '000' END END"
    ),
    "time": (
        "CASE WHEN SUBSTR({x}, 9, 1) = '.' THEN SUBSTR({x}, 1, 15) ELSE SUBSTR({x}, 1, 8) END"
    ),
    "duration": _DURATION.replace("{days}", "CAST(SUBSTR({x}, INSTR({x}, 'P') + 1) AS INTEGER)")
    .replace("{hours}", _sqlite_number(1, 2))
    .replace("{minutes}", _sqlite_number(4, 2))
    .replace("{seconds}", _sqlite_number(7, 2))
    .replace("{micros}", _sqlite_number(10, 6)),
    "uuid": "LOWER(REPLACE({x}, '-', ''))",
}

# {j} is the same place as jsonb.
_POSTGRESQL = {
    "text": "{x}",
    "binary": "{x}",
    # Among jsonb values, only numbers lie between two numbers.
    "integer": (
        "CASE WHEN {j} BETWEEN '-9223372036854775808' AND '9223372036854775807' "
        "THEN ({j})::bigint END"
    ),
    "float": "CASE WHEN jsonb_typeof({j}) = 'number' THEN ({j})::double precision END",
    "boolean": "CASE WHEN jsonb_typeof({j}) = 'boolean' THEN ({j})::boolean END",
    "decimal": "CASE WHEN {x} ~ '^-?[0-9]' THEN ({x})::numeric END",
    "date": "CASE WHEN {x} LIKE '____-__-__%%' THEN LEFT({x}, 10)::date END",
    "datetime": "CASE WHEN {x} LIKE '____-__-__%%' THEN ({x})::timestamptz END",
    "time": "CASE WHEN {x} LIKE '__:__%%' THEN ({x})::time END",
    "duration": (
        "CASE WHEN {x} LIKE '-P%%' THEN -(SUBSTR({x}, 2)::interval) "
        "WHEN {x} LIKE 'P%%' THEN ({x})::interval END"
    ),
    "uuid": "CASE WHEN LENGTH({x}) IN (32, 36) THEN ({x})::uuid END",
}

# Casts of texts to dates and times depend on settings of the session, so that an index may not
# use them. Only texts in the form that `fields` writes, with any offset, are understood.
_DATE_FORM = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_TIME_FORM = "[0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
_YMD = "SUBSTR({x}, 1, 4)::int, SUBSTR({x}, 6, 2)::int, SUBSTR({x}, 9, 2)::int"
_POSTGRESQL_INDEXED = _POSTGRESQL | {
    "date": f"CASE WHEN {{x}} ~ '^{_DATE_FORM}' THEN MAKE_DATE({_YMD}) END",
    "datetime": (
        f"CASE WHEN {{x}} ~ '^{_DATE_FORM}[T ]{_TIME_FORM}' THEN (MAKE_TIMESTAMP({_YMD}, "
        "SUBSTR({x}, 12, 2)::int, SUBSTR({x}, 15, 2)::int, "
        "SUBSTRING({x} FROM '^.................([0-9.]+)')::float8) - "
        "CASE WHEN {x} ~ '[+-][0-9][0-9]:[0-9][0-9]$' THEN MAKE_INTERVAL("
        "hours => (LEFT(RIGHT({x}, 6), 1) || SUBSTR(RIGHT({x}, 6), 2, 2))::int, "
        "mins => (LEFT(RIGHT({x}, 6), 1) || RIGHT({x}, 2))::int) "
        "ELSE MAKE_INTERVAL() END) AT TIME ZONE 'UTC' END"
    ),
    "time": (
        f"CASE WHEN {{x}} ~ '^{_TIME_FORM}' THEN MAKE_TIME(SUBSTR({{x}}, 1, 2)::int, "
        "SUBSTR({x}, 4, 2)::int, SUBSTRING({x} FROM '^......([0-9.]+)')::float8) END"
    ),
    "duration": (
        "CASE WHEN {x} ~ '^-?P[0-9]+DT[0-9]+H[0-9]+M[0-9.]+S$' THEN MAKE_INTERVAL("
        "days => SUBSTRING({x} FROM 'P([0-9]+)D')::int, "
        "hours => SUBSTRING({x} FROM 'T([0-9]+)H')::int, "
        "mins => SUBSTRING({x} FROM 'H([0-9]+)M')::int, "
        "secs => SUBSTRING({x} FROM 'M([0-9.]+)S')::float8) "
        "* CASE WHEN {x} LIKE '-%%' THEN -1 ELSE 1 END END"
    ),
}

_MARIADB_T = "SUBSTRING_INDEX({x}, 'T', -1)"


def _mariadb_number(start: int, length: int) -> str:
    return f"CAST(SUBSTR({_MARIADB_T}, {start}, {length}) AS SIGNED)"


_MARIADB_OFFSET = "'[+-][0-9][0-9]:[0-9][0-9]$'"
_MARIADB = {
    "text": "{x}",
    "binary": "{x}",
    "integer": "CAST({x} AS SIGNED)",
    "float": "CAST({x} AS DOUBLE)",
    "boolean": "CASE {x} WHEN '1' THEN 1 WHEN '0' THEN 0 END",
    "decimal": "CAST({x} AS DECIMAL({digits}))",
    "date": "CAST(LEFT({x}, 10) AS DATE)",
    "datetime": (
        "CASE WHEN {x} LIKE '%%+00:00' "
        "THEN CAST(REPLACE(LEFT({x}, CHAR_LENGTH({x}) - 6), 'T', ' ') AS DATETIME(6)) "
        "ELSE CONVERT_TZ(CAST(REPLACE(REGEXP_REPLACE({x}, '(Z|[+-][0-9][0-9]:[0-9][0-9])$', ''), "
        "'T', ' ') AS DATETIME(6)), "
        f"CASE WHEN {{x}} REGEXP {_MARIADB_OFFSET} THEN RIGHT({{x}}, 6) ELSE '+00:00' END, "
        "'+00:00') END"
    ),
    "time": (
        "CAST(CASE WHEN SUBSTR({x}, 9, 1) = '.' THEN LEFT({x}, 15) ELSE LEFT({x}, 8) END "
        "AS TIME(6))"
    ),
    "duration": "CAST("
    + _DURATION.replace(
        "{days}", "CAST(SUBSTRING_INDEX(SUBSTRING_INDEX({x}, 'P', -1), 'D', 1) AS SIGNED)"
    )
    .replace("{hours}", _mariadb_number(1, 2))
    .replace("{minutes}", _mariadb_number(4, 2))
    .replace("{seconds}", _mariadb_number(7, 2))
    .replace(
        "{micros}",
        f"CASE WHEN SUBSTR({_MARIADB_T}, 9, 1) = '.' THEN {_mariadb_number(10, 6)} ELSE 0 END",
    )
    + " AS SIGNED)",
    "uuid": "LOWER(REPLACE({x}, '-', ''))",
}
# Casts depend on settings of the session and CONVERT_TZ on tables of the server, so that a virtual
# column may not use them.
_MARIADB_FRACTION = "CASE WHEN SUBSTR({{x}}, {0}, 1) = '.' THEN SUBSTR({{x}}, {0}, 7) ELSE '.0' END"
_MARIADB_INDEXED = _MARIADB | {
    "datetime": (
        "STR_TO_DATE(CONCAT(REPLACE(LEFT({x}, 19), 'T', ' '), "
        f"{_MARIADB_FRACTION.format(20)}), '%%Y-%%m-%%d %%H:%%i:%%s.%%f') - INTERVAL "
        f"(CASE WHEN {{x}} REGEXP {_MARIADB_OFFSET} THEN "
        "CAST(CONCAT(LEFT(RIGHT({x}, 6), 1), '1') AS SIGNED) * "
        "(SUBSTR(RIGHT({x}, 6), 2, 2) * 60 + RIGHT({x}, 2)) ELSE 0 END) MINUTE"
    ),
    "time": (
        f"STR_TO_DATE(CONCAT(LEFT({{x}}, 8), {_MARIADB_FRACTION.format(9)}), '%%H:%%i:%%s.%%f')"
    ),
}
# Not a cast: MariaDB gives UUIDs without a standard version another form.
_MARIADB_NATIVE_UUID = "LOWER({x})"


def postgresql_place(source: Source, *, text: bool) -> Sql:
    """Return the key's value as text or as ``jsonb``."""
    path = source.key.path
    if len(path) > 1:
        operator, key = ("#>>" if text else "#>"), text_array(path)
    else:
        operator, key = ("->>" if text else "->"), literal(path[0])
        if key.params:
            key = Sql(f"{key.text}::text", key.params)
    return render(f"({{document}} {operator} {{key}})", document=source.document, key=key)


def _scalar(name: str, source: Source) -> Sql:
    if name == "postgresql":
        return postgresql_place(source, text=True)
    function = "JSON_EXTRACT" if name == "sqlite" else "JSON_VALUE"
    return render(
        f"{function}({{document}}, {{path}})",
        document=source.document,
        path=json_path(source.key.path),
    )


def _is_absent(name: str, source: Source) -> Sql:
    if name == "postgresql":
        return render("{place} IS NULL", place=postgresql_place(source, text=False))
    function = "JSON_TYPE" if name == "sqlite" else "JSON_EXTRACT"
    return render(
        f"{function}({{document}}, {{path}}) IS NULL",
        document=source.document,
        path=json_path(source.key.path),
    )


def _with_default(name: str, source: Source, value: Sql, default: Sql) -> Sql:
    if source.key.within:
        # A part of an object that is not there has no default.
        inside = stored(name, Source(source.document, Key(source.key.within)))
        default = render("CASE WHEN {i} IS NOT NULL THEN {d} END", i=inside, d=default)
    if not source.key.null:
        return render("COALESCE({value}, {default})", value=value, default=default)
    # JSON null is a value of its own here, and is not replaced.
    return render(
        "COALESCE({value}, CASE WHEN {absent} THEN {default} END)",
        value=value,
        default=default,
        absent=_is_absent(name, source),
    )


def typed(connection: Any, source: Source, *, indexed: bool = False) -> Sql:
    """Return the value with the SQL type that a column of this field has on this database.

    ``indexed``: in the form that an index on it has.
    """
    name = dialect(connection)
    native_uuid = name == "mariadb" and connection.features.has_native_uuid_field
    return _typed(name, source, indexed, native_uuid)


@lru_cache(maxsize=1024)  # the same few places are asked for again and again
def _typed(name: str, source: Source, indexed: bool, native_uuid: bool) -> Sql:
    key, kind = source.key, source.key.kind
    x, j = _scalar(name, source), Sql("")
    if name == "postgresql":
        j = postgresql_place(source, text=False)
    default = key.default
    if default is not MISSING:
        if name == "postgresql":
            in_json = literal(json.dumps(default))
            in_json = Sql(f"{in_json.text}::jsonb", in_json.params)
            in_text = literal(default if isinstance(default, str) else json.dumps(default))
            if kind in {"integer", "float", "boolean"}:
                j = _with_default(name, source, j, in_json)
            else:
                x = _with_default(name, source, x, in_text)
        elif name == "mariadb":
            text = str(int(default)) if kind == "boolean" else str(default)
            x = _with_default(name, source, x, literal(text))
        else:
            x = _with_default(name, source, x, literal(default))
    if name == "sqlite":
        return render(_SQLITE[kind], x=x)
    if name == "postgresql":
        return render((_POSTGRESQL_INDEXED if indexed else _POSTGRESQL)[kind], x=x, j=j)
    template = (_MARIADB_INDEXED if indexed else _MARIADB)[kind]
    if kind == "uuid" and native_uuid:
        template = _MARIADB_NATIVE_UUID
    digits = ", ".join(map(str, key.digits or (65, 30)))
    return render(template, x=x, digits=Sql(digits))


def stored(name: str, source: Source) -> Sql:
    """Return SQL that is NULL exactly when the document holds nothing, or JSON null."""
    if name == "mariadb":
        # JSON_VALUE knows scalars only.
        return render(
            "NULLIF(JSON_TYPE(JSON_EXTRACT({document}, {path})), 'NULL')",
            document=source.document,
            path=json_path(source.key.path),
        )
    return _scalar(name, source)
