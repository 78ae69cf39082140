"""Names for what the functions of a machine take and give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .state import Condition as _Answer
from .transition import Transition, TransitionMethod

__all__ = [
    "Condition",
    "Permission",
    "StateTransitions",
    "StateValue",
    "TransitionFunction",
    "UserModel",
]

#: What a state is: a member of an ``Enum``, a choice, any value that can be compared.
type StateValue = Any
#: Whom a permission of ``Flow`` is asked about: a user of the project, or an anonymous one.
type UserModel[Flow] = Any
#: A guard: gets the machine, tells whether the step may be made.
type Condition[Flow] = Callable[[Flow], bool | _Answer]
#: A right: gets the machine and the person.
type Permission[Flow] = Callable[[Flow, Any], bool]
#: A method that a transition calls.
type TransitionFunction = Callable[..., Any]
#: What ``Review.state.get_transitions()`` gives.
type StateTransitions = Mapping[TransitionMethod, list[Transition]]
