"""``Key``: all that SQL needs to know of a virtual field, as plain data.

A field knows its model, and migrations know neither: they get the key, which can be written into a
migration file and compared with the one of the next release.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.deconstruct import deconstructible

from .document import MISSING, Path

__all__ = ["Key"]


@deconstructible(path="viewflow.jsonstore.Key")
class Key:
    """Where a value is in which JSON column, what it is, and what stands for it when absent.

    ``kind`` is one of ``text``, ``binary``, ``integer``, ``float``, ``boolean``, ``decimal``,
    ``date``, ``datetime``, ``time``, ``duration``, ``uuid``, ``json``; ``default`` is the JSON form of a
    constant default, which counts where the object at the path ``within`` exists; ``digits`` are a
    decimal's ``(max_digits, decimal_places)``.
    """

    def __init__(
        self,
        path: Sequence[str | int],
        kind: str = "text",
        *,
        column: str = "data",
        null: bool = False,
        default: Any = MISSING,
        digits: Sequence[int] | None = None,
        within: Sequence[str | int] = (),
    ) -> None:
        self.path: Path = tuple(path)
        self.within = tuple(within)
        self.kind = kind
        self.column = column
        self.null = null
        self.default = default
        self.digits = tuple(digits) if digits is not None else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Key):
            return NotImplemented
        return self is other or self._parts() == other._parts()

    def _parts(self) -> tuple[Any, ...]:
        # Of JSON values, True equals 1 in Python and not in a document.
        default = (type(self.default), self.default)
        return self.path, self.kind, self.column, self.null, default, self.digits, self.within

    def __hash__(self) -> int:
        return hash((self.path, self.kind, self.column))

    def __repr__(self) -> str:
        return f"<Key {self.column}: {' / '.join(map(str, self.path))} ({self.kind})>"
