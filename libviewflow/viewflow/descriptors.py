"""Small descriptors and markers on which the class-based API is built.

They know nothing of Django, so a flow or a viewset can be declared before settings exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, final

__all__ = ["DEFAULT", "MARKER", "DefaultType", "LazySingletonDescriptor", "viewprop"]


@final
class DefaultType:
    """The type of :data:`DEFAULT`.

    Sorting it among strings puts it first and unpacking it adds nothing, so ``(*DEFAULT, x)``
    and ``sorted([DEFAULT, "name"])`` need no special case.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "DEFAULT"

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __lt__(self, other: object) -> bool:
        return other is not self

    def __gt__(self, other: object) -> bool:
        return False

    def __copy__(self) -> DefaultType:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> DefaultType:
        return self

    def __reduce__(self) -> str:
        return "DEFAULT"


#: Means "not given": the attribute's owner decides.
DEFAULT: Final = DefaultType()

#: A unique object for "no value", where ``None`` is a value.
MARKER: Final = object()


class viewprop:  # noqa: N801 - reads as a decorator
    """A property computed once per instance, which assignment overrides.

    ``instance.name = value`` and a constructor keyword both win over the method, because the
    value lives in the instance's dictionary. ``super().name`` gives the parent's value and
    leaves the cached one alone. Reading it on the class gives the descriptor itself.
    """

    def __init__(self, func: Callable[[Any], Any]) -> None:
        self.func = func
        self.name = func.__name__
        self.__doc__ = func.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        value = self.func(instance)
        if getattr(type(instance), self.name, None) is self:
            # Remembered beside the value: a viewset that is copied for another parent drops what
            # was computed for the first one, and keeps what was assigned.
            instance.__dict__.setdefault("_computed", {})[self.name] = value
            instance.__dict__[self.name] = value
        return value

    def __repr__(self) -> str:
        return f"<viewprop {self.func.__qualname__}>"


class LazySingletonDescriptor:
    """``cls.instance``: one instance per class, made when it is first asked for.

    A subclass gets an instance of its own, never its parent's.
    """

    def __init__(self) -> None:
        self.name = "instance"

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        slot = f"_{self.name}_of_class"
        found = owner.__dict__.get(slot)
        if found is None:
            found = owner()
            setattr(owner, slot, found)
        return found
