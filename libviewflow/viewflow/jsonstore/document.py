"""Reading and writing one place of a JSON document.

A *path* is a tuple of keys; ``("address", "city")`` is ``document["address"]["city"]``. Documents
are plain dictionaries; everything on the way to the last key must be a dictionary too.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

__all__ = ["MISSING", "InvalidValueError", "Missing", "Path", "dig", "discard", "place"]

Path = tuple[Any, ...]


class Missing(Enum):
    """The type of :data:`MISSING`, "the document has no such key"; ``None`` is JSON's null."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


class InvalidValueError(TypeError, ValueError, AssertionError):
    """A value that cannot be stored, or a document that cannot hold it; nothing was changed.

    Also an ``AssertionError``, because code written for django-viewflow expects that one.
    """


def dig(document: Any, path: Path) -> Any:
    """Return the value at ``path``, or :data:`MISSING`; never raises, whatever the document is."""
    for key in path:
        if not isinstance(document, dict) or key not in document:
            return MISSING
        document = document[key]
    return document


def place(document: dict[str, Any], path: Path, value: Any) -> None:
    """Store ``value`` at ``path``; missing and empty parents become dictionaries.

    Raises :class:`InvalidValueError` when a parent holds something else; the document is then unchanged.
    """
    node = document
    for depth, key in enumerate(path[:-1]):
        child = node.get(key)
        if not child:
            # Built aside and hung in with one assignment.
            for name in reversed(path[depth + 1 :]):
                value = {name: value}
            node[key] = value
            return
        if not isinstance(child, dict):
            where = " / ".join(path[: depth + 1])
            raise InvalidValueError(
                f"{where}: holds {child!r}, which is not an object to write into"
            )
        node = child
    node[path[-1]] = value


def discard(document: Any, path: Path) -> None:
    """Remove the last key of ``path``, if it is there; its parents and siblings stay."""
    parent = dig(document, path[:-1])
    if isinstance(parent, dict):
        parent.pop(path[-1], None)
