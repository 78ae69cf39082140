"""One step of a state machine, and the method that carries it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..this_object import this

if TYPE_CHECKING:
    from .state import State

__all__ = [
    "ANY",
    "DEFAULT",
    "BoundTransition",
    "Transition",
    "TransitionMethod",
    "TransitionNotAllowed",
    "UnboundTransition",
]


class _Marker:
    """A named singleton."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def __reduce__(self) -> str:
        return self._name

    def __copy__(self) -> _Marker:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> _Marker:
        return self


ANY = _Marker("ANY")
DEFAULT = _Marker("DEFAULT")
_UNMET = _Marker("_UNMET")


class TransitionNotAllowed(Exception):  # noqa: N818 # the contract's name
    """The machine is not in a state from which this transition starts, or a condition fails."""


@dataclass(frozen=True, eq=False)
class Transition:
    """One arrow of the machine: from ``source`` to ``target`` by calling ``func``."""

    source: Any
    target: Any
    func: Callable[..., Any]
    label: str | None = None  # type: ignore[assignment]
    conditions: tuple[Any, ...] = ()
    permission: Any = DEFAULT
    custom: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.label is None:
            name = self.func.__name__.replace("_", " ").title()
            object.__setattr__(self, "label", getattr(self.func, "label", name))

    @property
    def slug(self) -> str:
        """The method's name: what URLs and permissions call this transition."""
        return self.func.__name__

    def unmet(self, instance: Any) -> Any | None:
        """Return the first condition's false answer, or ``None`` when all of them hold."""
        for condition in self.conditions:
            bound = this.resolve(instance, condition)
            answer = bound() if bound is not condition else condition(instance)
            if not answer:
                return _UNMET if answer is None else answer
        return None

    def conditions_met(self, instance: Any) -> bool:
        """Tell whether every condition holds for ``instance``."""
        return self.unmet(instance) is None

    def has_perm(self, instance: Any, user: Any) -> bool:
        """Tell whether ``user`` may perform it; asking is the caller's duty."""
        if self.permission is DEFAULT:
            return False
        if self.permission is None:
            return True
        bound = this.resolve(instance, self.permission)
        if bound is not self.permission:
            return bool(bound(user))
        return bool(self.permission(instance, user))


class TransitionMethod:
    """A method of a machine's class together with its transitions."""

    def __init__(self, state: State, func: Callable[..., Any]) -> None:
        self.state = state
        self.func = func
        self.inherits = False
        self.transitions: list[Transition] = []
        self._by_source: dict[Any, Transition] = {}
        self.__doc__ = func.__doc__
        self.__name__ = func.__name__

    def add(self, transition: Transition) -> None:
        self.transitions.append(transition)
        # The decorator nearest to the method is applied first and wins.
        self._by_source.setdefault(transition.source, transition)

    def find(self, source: Any) -> Transition | None:
        """Return the transition that starts at ``source``; an exact one before ``ANY``."""
        found = self._by_source.get(source)
        return found if found is not None else self._by_source.get(ANY)

    def __set_name__(self, owner: type, name: str) -> None:
        if not self.inherits:
            return
        for base in owner.__mro__[1:]:
            inherited = base.__dict__.get(name)
            if isinstance(inherited, TransitionMethod):
                for transition in inherited.transitions:
                    self.add(transition)
                return
        raise TypeError(f"{owner.__name__}.{name}: no inherited transition method to override.")

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return UnboundTransition(self)
        return BoundTransition(self, instance)


class UnboundTransition:
    """A transition method seen from its class."""

    def __init__(self, method: TransitionMethod) -> None:
        self._method = method
        self.slug = method.func.__name__
        self.__doc__ = method.func.__doc__

    @property
    def label(self) -> str:
        transitions = self._method.transitions
        return str(transitions[0].label) if transitions else self.slug.replace("_", " ").title()

    @property
    def state(self) -> State:
        return self._method.state

    def get_transitions(self) -> list[Transition]:
        return self._method.transitions

    def original(self, instance: Any, *args: Any, **kwargs: Any) -> Any:
        return self._method.func(instance, *args, **kwargs)


class BoundTransition(UnboundTransition):
    """A transition of one machine: call it to make the step."""

    __slots__ = ("_instance", "_method")

    def __init__(self, method: TransitionMethod, instance: Any) -> None:
        self._method = method
        self._instance = instance

    @property
    def slug(self) -> str:  # type: ignore[override]
        return self._method.func.__name__

    @property
    def label(self) -> str:
        found = self._method.find(self._method.state.get(self._instance))
        return str(found.label) if found is not None else super().label

    def original(self, *args: Any, **kwargs: Any) -> Any:
        """Run the body alone: no check, no change of state."""
        return self._method.func(self._instance, *args, **kwargs)

    def can_proceed(self, check_conditions: bool = True) -> bool:
        """Tell whether a call would be allowed now."""
        found = self._method.find(self._method.state.get(self._instance))
        if found is None:
            return False
        return not check_conditions or found.conditions_met(self._instance)

    def has_perm(self, user: Any) -> bool:
        """Tell whether ``user`` may make this step from the current state."""
        found = self._method.find(self._method.state.get(self._instance))
        return found is not None and found.has_perm(self._instance, user)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make the step and return the method's value.

        Raises ``TransitionNotAllowed`` when none starts at the current state or a condition is
        not met. An exception of the body puts the old state back.
        """
        method, instance = self._method, self._instance
        state = method.state
        source = state.get(instance)
        transition = method.find(source)
        if transition is None:
            raise TransitionNotAllowed(
                f"{type(instance).__name__}.{method.__name__}: not possible from {source!s}."
            )
        if transition.conditions:
            answer = transition.unmet(instance)
            if answer is not None:
                raise TransitionNotAllowed(getattr(answer, "message", ""))
        target = transition.target
        if target is DEFAULT:
            result = method.func(instance, *args, **kwargs)
            state.succeeded(instance, source, source, kwargs)
            return result
        state.set(instance, target)
        try:
            result = method.func(instance, *args, **kwargs)
        except BaseException:
            state.set(instance, source)
            raise
        state.succeeded(instance, source, target, kwargs)
        return result
