"""A state machine as a picture: text for Graphviz.

The text depends on the declaration alone, not on hashes, so it can be kept under version control
and compared. Graphviz itself is not needed to write it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .state import ClassState
from .transition import ANY, DEFAULT, Transition

__all__ = ["chart", "label_in", "state_label", "states_of", "steps_of"]


def chart(flow_state: Any, exclude_guards: bool = True) -> str:
    """Return the diagram of a slot, ``chart(Review.state)``, as a Graphviz ``digraph``.

    One vertex for each state, the default one bold, and one edge for each transition, with its
    label; with ``exclude_guards=False`` also with the names of its conditions. A transition from
    ``State.ANY`` leaves every state but its own target; one without a target is a loop.

    Raises ``TypeError`` for anything but a slot read on its class.
    """
    if not isinstance(flow_state, ClassState):
        raise TypeError(
            f"A state slot of a class is wanted, as in Review.state, not {flow_state!r}."
        )
    states = states_of(flow_state)
    names = _names(states)
    lines = ["digraph {", "  node [shape=box, style=rounded];"]
    for state, name in zip(states, names, strict=True):
        style = ', style="rounded,bold"' if state == flow_state.default else ""
        lines.append(f"  {name} [label={_quoted(state_label(state))}{style}];")
    for source, target, transition in steps_of(flow_state):
        label = str(transition.label)
        if not exclude_guards and transition.conditions:
            label += f"\n[{', '.join(map(_guard, transition.conditions))}]"
        lines.append(f"  {names[source]} -> {names[target]} [label={_quoted(label)}];")
    lines.append("}")
    return "\n".join(lines) + "\n"


def states_of(flow_state: ClassState) -> list[Any]:
    """Return the declared states, then those that only the transitions name."""
    declared = flow_state.states
    found = _distinct(_ordered(declared) if isinstance(declared, set | frozenset) else declared)
    named = [
        state
        for method in flow_state.get_transitions()
        for transition in method.transitions
        for state in (transition.source, transition.target)
        if state is not ANY and state is not DEFAULT and state not in found
    ]
    return found + _ordered(_distinct(named))


def _distinct(values: Any) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _ordered(values: Any) -> list[Any]:
    """Sort states of any kinds, which may know no order among themselves."""
    return sorted(values, key=lambda value: (type(value).__name__, str(value)))


def steps_of(flow_state: ClassState) -> Iterator[tuple[int, int, Transition]]:
    """Yield ``(source, target, transition)``, states by their index: what calls would do."""
    states = states_of(flow_state)
    for method in flow_state.get_transitions():
        for index, state in enumerate(states):
            transition = method.find(state)
            if transition is None:
                continue
            target = state if transition.target is DEFAULT else transition.target
            if transition.source is ANY and transition.target == state:
                continue
            yield index, states.index(target), transition


def _names(states: list[Any]) -> list[str]:
    """Return an identifier for each state: its text, with a number where two look alike."""
    found: list[str] = []
    for state in states:
        text = str(getattr(state, "value", state))
        name, number = _quoted(text), 1
        while name in found:
            number += 1
            name = _quoted(f"{text} ({number})")
        found.append(name)
    return found


def state_label(state: Any) -> str:
    """Return what a state is called: the label of a choice, the name of a member, or its text."""
    label = getattr(state, "label", None)
    if label is None:
        name = getattr(state, "name", None)
        label = str(name).replace("_", " ").capitalize() if isinstance(name, str) else state
    return str(label)


def label_in(flow_state: ClassState, state: Any) -> str:
    """Return what ``state`` is called by the machine, though it be the plain value of a choice."""
    return state_label(next((known for known in states_of(flow_state) if known == state), state))


def _guard(condition: Any) -> str:
    """Return what a condition is called: ``this.name`` and functions by their names."""
    name = getattr(condition, "__name__", None) or getattr(condition, "name", None)
    return name if isinstance(name, str) and name != "<lambda>" else "condition"


def _quoted(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\r", "").replace("\n", "\\n") + '"'
