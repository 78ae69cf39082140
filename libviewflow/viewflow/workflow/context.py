"""How the engine treats exceptions of a flow's own code: per thread, and nestable.

A person's submit should see the exception, background work should keep it on the task.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any

__all__ = ["Context", "context"]

_defaults: dict[str, Any] = {"propagate_exception": True}
_current: ContextVar[dict[str, Any]] = ContextVar("viewflow_context", default=_defaults)


class _CurrentContext:
    """Reads the innermost value of each variable."""

    propagate_exception: bool

    def __getattr__(self, name: str) -> Any:
        try:
            return _current.get()[name]
        except KeyError:
            raise AttributeError(f"The workflow context has no variable {name!r}.") from None


context = _CurrentContext()


class Context:
    """``with Context(propagate_exception=False): …`` sets variables for the block.

    Outer values come back at its end, also after an exception. Other threads keep their own.
    """

    def __init__(self, **variables: Any) -> None:
        self._variables = variables
        self._tokens: list[Token[dict[str, Any]]] = []

    def __enter__(self) -> Context:
        self._tokens.append(_current.set({**_current.get(), **self._variables}))
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _current.reset(self._tokens.pop())
