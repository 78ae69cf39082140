"""Pieces of SQL text with their parameters, and literals that are safe to write into it.

Paths are written into the SQL instead of being passed as parameters where their characters allow:
databases then see that ``SELECT``, ``GROUP BY`` and an index speak of the same expression.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

__all__ = ["Sql", "json_path", "literal", "render", "text_array"]

_PLAIN = re.compile(r"""[A-Za-z0-9 _.,:;+\-$"'%\[\]{}/()#@!=<>]*""").fullmatch
_HOLE = re.compile(r"\{(\w+)\}")


class Sql(NamedTuple):
    """SQL text with placeholders, and the parameters for them in order."""

    text: str
    params: tuple[Any, ...] = ()


def render(template: str, **parts: Sql | Callable[[], Sql]) -> Sql:
    """Fill ``{name}`` holes; parameters are repeated and ordered as their holes are."""
    params: list[Any] = []

    def fill(match: re.Match[str]) -> str:
        part = parts[match[1]]
        sql = part if isinstance(part, Sql) else part()
        params.extend(sql.params)
        return sql.text

    text = _HOLE.sub(fill, template)
    return Sql(text, tuple(params))


def literal(value: Any) -> Sql:
    """Return a constant: as text where that is safe on every database, else as a parameter."""
    if isinstance(value, str):
        if not _PLAIN(value):
            return Sql("%s", (value,))
        quoted = value.replace("'", "''").replace("%", "%%")  # the text gets parameters later
        return Sql(f"'{quoted}'")
    if isinstance(value, bool):
        return Sql("1" if value else "0")
    if isinstance(value, int):
        return Sql(str(value))
    return Sql("%s", (value,))


def json_path(keys: Sequence[str | int]) -> Sql:
    """Return the SQL/JSON path of object keys and list indexes, for SQLite and MariaDB."""
    # SQLite compares with the text as it is stored, and Django stores escaped non-ASCII.
    steps = (f"[{key}]" if isinstance(key, int) else f".{json.dumps(key)}" for key in keys)
    return literal("$" + "".join(steps))


def text_array(keys: Sequence[str | int]) -> Sql:
    """Return an array of texts, for PostgreSQL."""
    items = [literal(str(key)) for key in keys]
    text = ", ".join(item.text for item in items)
    return Sql(f"ARRAY[{text}]::text[]", tuple(p for item in items for p in item.params))
