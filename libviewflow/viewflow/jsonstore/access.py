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

if TYPE_CHECKING:
    from .base import VirtualField

__all__ = ["UNREADABLE", "build_property"]

#: What a conversion may raise for a value that is not of the field's kind.
UNREADABLE = (TypeError, ValueError, ArithmeticError, AttributeError)


def build_property(field: VirtualField, holder: str) -> property:
    """Return the property for ``field``; the owner's document is its attribute ``holder``."""
    return property(_reader(field, holder), _writer(field, holder), doc=str(field.help_text or ""))


def _reader(field: VirtualField, holder: str) -> Callable[[Any], Any]:
    path, load, absent = field.json_path, field.load, field.absent_value
    key = path[0]

    def read_plain(owner: Any) -> Any:
        try:
            return getattr(owner, holder)[key]
        except (KeyError, TypeError):
            return absent(owner)

    def read_converted(owner: Any) -> Any:
        try:
            value = getattr(owner, holder)[key]
        except (KeyError, TypeError):
            return absent(owner)
        if value is None:
            return None
        try:
            return load(value)  # type: ignore[misc]
        except UNREADABLE:
            # What is not of the field's kind is shown as it is; full_clean() reports it.
            return value

    def read_nested(owner: Any) -> Any:
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
        except UNREADABLE:
            return value

    if len(path) > 1:
        return read_nested
    return read_plain if load is None else read_converted


def _writer(field: VirtualField, holder: str) -> Callable[[Any, Any], None]:
    path, native, write = field.json_path, field.native_type, field.write
    key = path[0]

    def write_text(owner: Any, value: Any) -> None:
        # Left to `write`: an empty string, which may remove the key, and an empty document.
        if value.__class__ is str and value:
            document = getattr(owner, holder)
            if document:
                try:
                    document[key] = value
                    return
                except TypeError:
                    pass
        write(owner, value)

    def write_native(owner: Any, value: Any) -> None:
        if value.__class__ is native:
            document = getattr(owner, holder)
            if document:
                try:
                    document[key] = value
                    return
                except TypeError:
                    pass
        write(owner, value)

    if native is None or len(path) > 1:
        return write
    return write_text if native is str else write_native
