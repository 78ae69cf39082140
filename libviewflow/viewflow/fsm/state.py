"""The state slot: where a machine's current state is kept and how it may change.

A :class:`State` lives in a class body. Methods decorated with ``@slot.transition(...)`` are the
only way to change it. The slot knows nothing of databases; ``setter`` and ``getter`` connect it
to whatever keeps the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, overload

from .transition import (
    ANY,
    DEFAULT,
    Transition,
    TransitionMethod,
    TransitionNotAllowed,
)

__all__ = ["State", "Transition", "TransitionNotAllowed"]


class Condition:
    """The answer of a guard: true or false, with the reason why not."""

    __slots__ = ("is_true", "message")

    def __init__(self, is_true: object, unmet: str = "") -> None:
        self.is_true = bool(is_true)
        self.message = unmet

    def __bool__(self) -> bool:
        return self.is_true


class State:
    """A state slot of a class.

    ``states`` is an ``Enum``, Django ``Choices`` or any iterable of values; ``default`` is read
    while nothing has been stored. Reading the slot on an instance gives the state, on the class
    the API to ask about transitions. Assigning to it raises ``AttributeError``: only transitions
    change a state.
    """

    ANY = ANY
    CONDITION = Condition

    def __init__(self, states: Iterable[Any], default: Any = None) -> None:
        self.states = states
        self.default = default
        self.name = ""
        self._attribute = ""
        self._setter: Callable[[Any, Any], None] | None = None
        self._getter: Callable[[Any], Any] | None = None
        self._on_success: Callable[..., None] | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        # Not tied to this process (no id()), so a pickled machine keeps its state.
        self._attribute = f"__fsm_{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> ClassState: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Any: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            return ClassState(self, owner)
        return self.get(instance)

    def __set__(self, instance: object, value: Any) -> None:
        raise AttributeError(
            f"The state {self.name!r} of {type(instance).__name__} changes only through its "
            f"transitions; {value!r} was assigned to it directly."
        )

    def get(self, instance: Any) -> Any:
        """Return the current state of ``instance``."""
        if self._getter is not None:
            value = self._getter(instance)
            # 0 and False are states; only "nothing stored" falls back to the default.
            return self.default if value is None or value == "" else value
        return instance.__dict__.get(self._attribute, self.default)

    def set(self, instance: Any, value: Any) -> None:
        """Store ``value``; transitions call it, nobody else should."""
        if self._setter is not None:
            self._setter(instance, value)
        else:
            instance.__dict__[self._attribute] = value

    def succeeded(self, instance: Any, source: Any, target: Any, kwargs: dict[str, Any]) -> None:
        if self._on_success is not None:
            self._on_success(instance, self, source, target, **kwargs)

    # decorators -------------------------------------------------------------------------

    def transition(
        self,
        source: Any,
        target: Any = DEFAULT,
        label: str | None = None,
        conditions: Iterable[Any] | None = None,
        permission: Any = DEFAULT,
        custom: dict[str, Any] | None = None,
    ) -> Callable[[Any], TransitionMethod]:
        """Declare a transition of this slot; may be stacked on one method.

        ``source`` is a state, several of them, or ``State.ANY``. Without ``target`` the state
        stays. ``permission`` is ``None`` (everybody), a callable ``(instance, user)`` or
        ``this.method``; left out, nobody has it. Raises ``ValueError`` for ``target=None``.
        """
        if target is None:
            raise ValueError("A transition's target cannot be None; leave it out to stay.")

        def decorate(func: Any) -> TransitionMethod:
            method = func if isinstance(func, TransitionMethod) else TransitionMethod(self, func)
            sources = source if isinstance(source, list | tuple | set | frozenset) else [source]
            for item in sources:
                method.add(
                    Transition(
                        source=item,
                        target=target,
                        func=method.func,
                        label=label,
                        conditions=tuple(conditions or ()),
                        permission=permission,
                        custom=custom or {},
                    )
                )
            return method

        return decorate

    def super(self) -> Callable[[Any], TransitionMethod]:
        """Override an inherited transition method and keep its transitions."""

        def decorate(func: Any) -> TransitionMethod:
            method = func if isinstance(func, TransitionMethod) else TransitionMethod(self, func)
            method.inherits = True
            return method

        return decorate

    def setter(self) -> Callable[[Callable[[Any, Any], None]], Callable[[Any, Any], None]]:
        """Decorate ``method(self, value)`` that stores the state."""

        def decorate(func: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
            self._setter = func
            return func

        return decorate

    def getter(self) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
        """Decorate ``method(self)`` that reads the state; ``None`` and ``""`` mean the default."""

        def decorate(func: Callable[[Any], Any]) -> Callable[[Any], Any]:
            self._getter = func
            return func

        return decorate

    def on_success(self) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Decorate ``method(self, descriptor, source, target, **kwargs)``, run after a change."""

        def decorate(func: Callable[..., None]) -> Callable[..., None]:
            self._on_success = func
            return func

        return decorate


class ClassState:
    """A slot seen from its class: questions about transitions, and the decorators."""

    def __init__(self, state: State, owner: type) -> None:
        self._state = state
        self._owner = owner

    @property
    def slot(self) -> State:
        """The slot itself."""
        return self._state

    @property
    def owner(self) -> type:
        """The class that it was read on."""
        return self._owner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)

    def _methods(self) -> Iterator[tuple[str, TransitionMethod]]:
        seen: set[str] = set()
        for cls in self._owner.__mro__:
            for name, value in vars(cls).items():
                if name in seen:
                    continue
                seen.add(name)
                if isinstance(value, TransitionMethod) and value.state is self._state:
                    yield name, value

    def get_transitions(self) -> dict[TransitionMethod, list[Transition]]:
        """Return every transition, by the method that carries it."""
        return {method: method.transitions for _, method in self._methods()}

    def get_outgoing_transitions(self, state: Any) -> list[Transition]:
        """Return the transitions that can leave ``state``.

        Those from ``State.ANY`` whose target is ``state`` itself are left out.
        """
        return [
            transition
            for _, method in self._methods()
            for transition in method.transitions
            if transition.source == state
            or (transition.source is ANY and transition.target != state)
        ]

    def get_available_transitions(self, flow: Any, state: Any, user: Any) -> list[Transition]:
        """Return the outgoing transitions that ``user`` may perform; conditions are not asked."""
        return [
            transition
            for transition in self.get_outgoing_transitions(state)
            if transition.has_perm(flow, user)
        ]
