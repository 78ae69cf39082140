"""The workflow engine: flows of nodes, run as processes of tasks.

Names are imported when they are first used, because models need the app registry and this
package is itself an app.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Eager, because the submodule of the same name would take its place otherwise.
from .context import context

if TYPE_CHECKING:
    from .activation import Activation
    from .base import Flow, Node
    from .exceptions import FlowLockFailed, FlowRuntimeError
    from .graph.token import Token
    from .status import PROCESS, STATUS
    from .utils import act

__all__ = [
    "PROCESS",
    "STATUS",
    "Activation",
    "Flow",
    "FlowLockFailed",
    "FlowRuntimeError",
    "Node",
    "Token",
    "act",
    "context",
]

_HOMES = {
    "STATUS": "status",
    "PROCESS": "status",
    "Activation": "activation",
    "Flow": "base",
    "Node": "base",
    "Token": "graph.token",
    "act": "utils",
    "FlowRuntimeError": "exceptions",
    "FlowLockFailed": "exceptions",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
