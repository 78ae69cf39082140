"""Finite state machines for any Python class: states, transitions, guards and permissions.

The machine itself needs neither models nor pages. ``FlowViewsMixin``, ``FlowAdminMixin`` and
``FlowRESTMixin`` are loaded when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .chart import chart
from .state import State, Transition, TransitionNotAllowed

if TYPE_CHECKING:
    from .admin import FlowAdminMixin
    from .rest import FlowRESTMixin as FlowRESTMixin
    from .viewset import FlowViewsMixin

__all__ = [
    "FlowAdminMixin",
    "FlowViewsMixin",
    "State",
    "Transition",
    "TransitionNotAllowed",
    "chart",
]

_LATE = {"FlowAdminMixin": "admin", "FlowRESTMixin": "rest", "FlowViewsMixin": "viewset"}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module(f".{_LATE[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
