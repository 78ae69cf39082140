"""Random block-structured flows: their shape, the flow class, and what must happen in it.

A shape is a tree of blocks. From one tree come both the flow class and the number of times each
node must be completed, so a test needs no second implementation of the engine.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import strategies as st

from viewflow import this
from viewflow.workflow import Flow, nodes

from .models import Order
from .steps import page


@dataclass(frozen=True)
class Person:
    """A task of a person."""


@dataclass(frozen=True)
class Machine:
    """A function."""


@dataclass(frozen=True)
class Empty:
    """Nothing at all: an edge."""


@dataclass(frozen=True)
class Sequence:
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Choice:
    """An If."""

    yes: Any
    no: Any
    answer: bool


@dataclass(frozen=True)
class Cases:
    """A Switch; ``chosen`` beyond the last case means the default."""

    parts: tuple[Any, ...]
    chosen: int


@dataclass(frozen=True)
class Parallel:
    """A Split and its Join; ``skipped`` branches have a false case."""

    parts: tuple[Any, ...]
    skipped: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Loop:
    """The body runs ``times`` times."""

    body: Any
    times: int


leaf = st.sampled_from([Person(), Person(), Machine(), Empty()])


def _branches(children: Any) -> Any:
    return st.lists(children, min_size=1, max_size=3).map(tuple)


def _larger(children: Any) -> Any:
    return st.one_of(
        st.lists(children, min_size=1, max_size=3).map(lambda parts: Sequence(tuple(parts))),
        st.builds(Choice, children, children, st.booleans()),
        st.builds(Cases, _branches(children), st.integers(0, 3)),
        _branches(children).flatmap(
            lambda parts: st.builds(
                Parallel,
                st.just(parts),
                st.sets(st.integers(0, len(parts) - 1), max_size=len(parts) - 1).map(frozenset),
            )
        ),
        st.builds(Loop, children, st.integers(1, 3)),
    )


blocks = st.recursive(leaf, _larger, max_leaves=8)

_number = count(1)


@dataclass
class Build:
    """Turns one tree into a flow class and the expected count of each node."""

    attributes: dict[str, Any] = field(default_factory=dict)
    expected: Counter[str] = field(default_factory=Counter)
    names: Any = field(default_factory=lambda: count(1))

    def add(self, kind: str, node: Any, times: int) -> str:
        name = f"{kind}{next(self.names)}"
        self.attributes[name] = node
        if times:
            self.expected[name] = times
        return name

    def ref(self, name: str) -> Any:
        return getattr(this, name)

    def place(self, block: Any, following: str, times: int) -> str:
        """Make the nodes of a block that leads to ``following``; return the entry's name."""
        match block:
            case Empty():
                return following
            case Person():
                return self.add("person", nodes.View(page).Next(self.ref(following)), times)
            case Machine():
                node = nodes.Function(lambda activation: None).Next(self.ref(following))
                return self.add("machine", node, times)
            case Sequence(parts):
                for part in reversed(parts):
                    following = self.place(part, following, times)
                return following
            case Choice(yes, no, answer):
                then = self.place(yes, following, times if answer else 0)
                other = self.place(no, following, 0 if answer else times)
                gate = nodes.If(lambda activation: answer)
                return self.add("if", gate.Then(self.ref(then)).Else(self.ref(other)), times)
            case Cases(parts, chosen):
                gate = nodes.Switch()
                for index, part in enumerate(parts):
                    entry = self.place(part, following, times if index == chosen else 0)
                    gate = gate.Case(self.ref(entry), lambda activation, i=index: i == chosen)
                gate = gate.Default(self.ref(following))
                return self.add("switch", gate, times)
            case Parallel(parts, skipped):
                join = self.add("join", nodes.Join().Next(self.ref(following)), times)
                gate = nodes.Split()
                for index, part in enumerate(parts):
                    runs = index not in skipped
                    entry = self.place(part, join, times if runs else 0)
                    gate = gate.Next(self.ref(entry), case=lambda activation, r=runs: r)
                return self.add("split", gate, times)
            case Loop(body, loops):
                return self.loop(body, loops, following, times)
        raise AssertionError(block)

    def loop(self, body: Any, loops: int, following: str, times: int) -> str:
        """A counter, the body, and an If that goes back until the counter is full."""
        number = next(self.names)
        key, enter, head, check = (
            f"passes{number}",
            f"enter{number}",
            f"head{number}",
            f"check{number}",
        )

        def reset(activation: Any) -> None:
            activation.process.data[key] = 0
            activation.process.save()

        def step(activation: Any) -> None:
            activation.process.data[key] += 1
            activation.process.save()

        entry = self.place(body, check, times * loops)
        self.attributes[enter] = nodes.Function(reset).Next(self.ref(head))
        self.attributes[head] = nodes.Function(step).Next(self.ref(entry))
        self.attributes[check] = (
            nodes.If(lambda activation: activation.process.data[key] < loops)
            .Then(self.ref(head))
            .Else(self.ref(following))
        )
        if times:
            self.expected.update({enter: times, head: times * loops, check: times * loops})
        return enter


def build(block: Any) -> tuple[Any, Counter[str]]:
    """Return the flow class of a shape, and how often each of its nodes is completed."""
    made = Build()
    entry = made.place(block, "end", 1)
    name = f"Random{next(_number)}Flow"
    attributes = {
        "__module__": "tests.workflow.shapes",
        "process_class": Order,
        "start": nodes.StartHandle().Next(made.ref(entry)),
        **made.attributes,
        "end": nodes.End(),
    }
    made.expected.update({"start": 1, "end": 1})
    flow_class = type(Flow)(name, (Flow,), attributes)
    globals()[name] = flow_class  # found again by the reference in the database
    return flow_class, made.expected
