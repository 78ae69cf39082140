"""The attribute behind a virtual field: a ``property`` over the owner's JSON document.

Every read and write of a virtual field goes through here, so the common case (a top-level key, a
value JSON knows) is one function call without a lookup of anything but the document itself; what
is rare (absent keys, defaults, conversions that fail, empty documents) has its own slower function.
A plain ``property`` is used because CPython calls its functions faster than ``__get__`` of a class
written in Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .document import dig

if TYPE_CHECKING:
    from .base import VirtualField

__all__ = ["build_property"]

_UNREADABLE = (TypeError, ValueError, ArithmeticError)


def build_property(field: VirtualField, holder: str) -> property:
    """Return the property for ``field``; the owner's document is its attribute ``holder``."""
    return property(_getter(field, holder), _setter(field, holder), doc=str(field.help_text or ""))


def _getter(field: VirtualField, holder: str) -> Callable[[Any], Any]:
    key, nested = field.json_path[0], len(field.json_path) > 1
    path, load, absent = field.json_path, field.load, field.absent_value

    if nested:

        def get(owner: Any) -> Any:
            value = getattr(owner, holder)
            try:
                for step in path:
                    value = value[step]
            except (KeyError, TypeError):
                return absent(owner)
            if load is None or value is None:
                return value
            try:
                return load(value)
            except _UNREADABLE:
                return value

    elif load is None:

        def get(owner: Any) -> Any:
            try:
                return getattr(owner, holder)[key]
            except (KeyError, TypeError):
                return absent(owner)

    else:

        def get(owner: Any) -> Any:
            try:
                value = getattr(owner, holder)[key]
            except (KeyError, TypeError):
                return absent(owner)
            if value is None:
                return None
            try:
                return load(value)
            except _UNREADABLE:
                # What is not of the field's kind is shown as it is; full_clean() reports it.
                return value

    return get


def _setter(field: VirtualField, holder: str) -> Callable[[Any, Any], None]:
    key, native, write = field.json_path[0], field.native_type, field.write

    if native is None or len(field.json_path) > 1:

        def set(owner: Any, value: Any) -> None:
            write(owner, value)

    elif native is str:

        def set(owner: Any, value: Any) -> None:
            # An empty string may mean "remove the key"; an empty document is replaced.
            if value.__class__ is str and value:
                document = getattr(owner, holder)
                if document:
                    try:
                        document[key] = value
                        return
                    except TypeError:
                        pass
            write(owner, value)

    else:

        def set(owner: Any, value: Any) -> None:
            if value.__class__ is native:
                document = getattr(owner, holder)
                if document:
                    try:
                        document[key] = value
                        return
                    except TypeError:
                        pass
            write(owner, value)

    return set


def is_stored(field: VirtualField, owner: Any, holder: str) -> bool:
    """Tell whether the owner's document has the key, as opposed to a default being read."""
    from .document import MISSING

    return dig(getattr(owner, holder, None), field.json_path) is not MISSING
