"""What the pages, the admin and the API of a machine have in common: the options they are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from .state import ClassState
from .step import machine_of

__all__ = ["FlowOptions"]


class FlowOptions:
    """``flow_state`` and the hooks around it."""

    #: The slot of the machine, read on its class: ``ReviewFlow.state``.
    flow_state: Any = None

    def get_flow_state(self, request: HttpRequest) -> Any:
        """The slot for this request. ``ImproperlyConfigured`` where ``flow_state`` is no slot."""
        if not isinstance(self.flow_state, ClassState):
            raise ImproperlyConfigured(
                f"{type(self).__name__}.flow_state must be a state slot read on its class, "
                f"as in ReviewFlow.state, not {self.flow_state!r}."
            )
        return self.flow_state

    def get_object_flow(self, request: HttpRequest, obj: Any) -> Any:
        """The machine of ``obj``: the slot's class, called with it.

        Raises ``ValueError`` for a class that is not made of one argument.
        """
        return machine_of(self.get_flow_state(request), obj)

    def get_transition_fields(
        self, request: HttpRequest, obj: Any, slug: str
    ) -> Sequence[str] | None:
        """Fields of ``obj`` that are asked for with the transition; nothing else is ever taken."""
        return []
