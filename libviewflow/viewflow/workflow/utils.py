"""Short callables for flow definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

__all__ = ["act"]


@final
class _Path:
    """``act.process`` or ``act.task``: its attributes become callables of an activation."""

    def __init__(self, source: str) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        source = self._source

        def read(activation: Any) -> Any:
            return getattr(getattr(activation, source), name)

        read.__name__ = read.__qualname__ = f"act.{source}.{name}"
        read.of_activation = True  # type: ignore[attr-defined] # where others get the process
        return read


@final
class _Act:
    """Reads the activation when the flow runs: ``flow.If(act.process.approved)``."""

    process = _Path("process")
    task = _Path("task")


act = _Act()
