"""Forward references for class bodies.

A flow names nodes before they exist: ``flow.Start(...).Next(this.bake)``. Nothing is looked up
until the reference is resolved against an instance, so the order of declarations is free.
"""

from __future__ import annotations

from typing import Any, final

__all__ = ["This", "ThisMethod", "ThisObject", "this"]


def _refuse_dunder(name: str) -> None:
    # copy and pickle probe for dunder names; a reference must not answer for them.
    if name.startswith("__") and name.endswith("__"):
        raise AttributeError(name)


@final
class ThisMethod:
    """``this.<node>.<verb>``: asks the target's ``_this_<verb>`` hook about one of its attributes."""

    __slots__ = ("_owner", "_verb")

    def __init__(self, owner: str, verb: str) -> None:
        self._owner = owner
        self._verb = verb

    def resolve(self, target: Any) -> Any:
        """Return ``target._this_<verb>(target.<node>)``.

        Raises ``AttributeError`` when the target has no such attribute or no such hook.
        """
        value = getattr(target, self._owner)
        return getattr(target, f"_this_{self._verb}")(value)

    def __repr__(self) -> str:
        return f"this.{self._owner}.{self._verb}"


@final
class ThisObject:
    """``this.<name>``: resolves to the target's attribute ``<name>``."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def resolve(self, target: Any) -> Any:
        """Return ``target.<name>``; ``AttributeError`` when the target lacks it."""
        return getattr(target, self.name)

    def __getattr__(self, verb: str) -> ThisMethod:
        _refuse_dunder(verb)
        return ThisMethod(self.name, verb)

    def __getstate__(self) -> tuple[None, dict[str, str]]:
        return None, {"name": self.name}

    def __repr__(self) -> str:
        return f"this.{self.name}"


@final
class This:
    """The factory behind :data:`this`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> ThisObject:
        _refuse_dunder(name)
        return ThisObject(name)

    def resolve(self, target: Any, value: Any) -> Any:
        """Resolve ``value`` against ``target`` if it is a reference, else return it unchanged."""
        if isinstance(value, ThisObject | ThisMethod):
            return value.resolve(target)
        return value

    def __repr__(self) -> str:
        return "this"


#: The singleton that makes references: ``this.bake``, ``this.bake.owner``.
this = This()
