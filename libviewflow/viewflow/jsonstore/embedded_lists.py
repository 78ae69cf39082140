"""``EmbeddedList``: a JSON array of objects, seen as a sequence of embedded instances."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, MutableSequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .embedded_fields import EmbeddedListField

__all__ = ["EmbeddedList"]


class EmbeddedList(MutableSequence[Any]):
    """The list that an ``EmbeddedListField`` keeps in its owner's document.

    It has no elements of its own: everything is read from the document and written to it.
    Elements that are put in are checked and copied first; when one is wrong, ``TypeError`` or
    ``ValueError`` is raised and nothing has changed.
    """

    __slots__ = ("_field", "_owner")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, owner: Any, field: EmbeddedListField) -> None:
        self._owner = owner
        self._field = field

    def is_of(self, owner: Any, field: EmbeddedListField) -> bool:
        """Tell whether this is the list of that owner's field."""
        return self._owner is owner and self._field is field

    def to_list(self) -> list[Any]:
        """Return a copy of the JSON array."""
        return copy.deepcopy(self._field.raw(self._owner))

    def __len__(self) -> int:
        return len(self._field.raw(self._owner))

    def __iter__(self) -> Iterator[Any]:
        return self._field.items(self._owner)

    def __getitem__(self, index: Any) -> Any:
        found = self._field.raw(self._owner)[index]
        if isinstance(index, slice):
            return [self._field.bound(self._owner, one) for one in found]
        return self._field.bound(self._owner, found)

    def __setitem__(self, index: Any, value: Any) -> None:
        new: Any = (
            self._field.to_stored(list(value))
            if isinstance(index, slice)
            else self._field.dump_one(value)
        )
        self._field.edit(self._owner, lambda items: items.__setitem__(index, new))

    def __delitem__(self, index: Any) -> None:
        self._field.edit(self._owner, lambda items: items.__delitem__(index))

    def insert(self, index: int, value: Any) -> None:
        """Insert a copy of ``value`` before ``index``."""
        new = self._field.dump_one(value)
        self._field.edit(self._owner, lambda items: items.insert(index, new))

    def extend(self, values: Iterable[Any]) -> None:
        """Append copies of all ``values``, or of none when one of them is wrong."""
        new = self._field.to_stored(list(values))
        self._field.edit(self._owner, lambda items: items.extend(new))

    def clear(self) -> None:
        """Remove all elements; the document then has no such key."""
        self._field.edit(self._owner, lambda items: items.clear())

    def reverse(self) -> None:
        """Turn the order round; the elements stay bound."""
        self._field.edit(self._owner, lambda items: items.reverse())

    def sort(self, *, key: Callable[[Any], Any], reverse: bool = False) -> None:
        """Sort by what ``key`` returns for an element; the elements stay bound."""
        ranks = [(key(one), number) for number, one in enumerate(self)]
        order = sorted(range(len(ranks)), key=lambda number: ranks[number][0], reverse=reverse)
        raw = list(self._field.raw(self._owner))
        sorted_items = [raw[number] for number in order]
        self._field.edit(self._owner, lambda items: items.__setitem__(slice(None), sorted_items))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, EmbeddedList):
            return self._field.raw(self._owner) == other._field.raw(other._owner)
        if isinstance(other, list | tuple):
            documents = [getattr(one, "_document", one) for one in other]
            return self._field.raw(self._owner) == documents
        return NotImplemented

    def __repr__(self) -> str:
        return repr(list(self))
