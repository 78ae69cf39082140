"""Finite state machines for any Python class: states, transitions, guards and permissions."""

from __future__ import annotations

from .chart import chart
from .state import State, Transition, TransitionNotAllowed

__all__ = ["State", "Transition", "TransitionNotAllowed", "chart"]
