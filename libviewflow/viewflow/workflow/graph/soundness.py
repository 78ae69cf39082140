"""Whether every token of a flow can come to an end: mistakes that the graph alone shows.

A flow is sound when every node can be reached, an end can be reached from everywhere, and the
branches of a split come together in one place (W. van der Aalst, "Verification of Workflow Nets",
1997, restated for tokens that know their split). What is found here becomes the system checks of
:mod:`viewflow.workflow.checks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from viewflow.drawing.measure import kind_of

from .node import EdgeClass

__all__ = ["Problem", "find_problems"]


@dataclass(slots=True, frozen=True)
class Problem:
    """A mistake: the node, what is wrong, what to do, and the code of its check."""

    node: str
    message: str
    hint: str
    id: str


def find_problems(nodes: Iterable[Any]) -> list[Problem]:
    """Return what is wrong with a flow's nodes, in the order of declaration."""
    graph = _Graph(list(nodes))
    return [*graph.unreachable(), *graph.endless(), *graph.undecided(), *graph.scattered()]


class _Graph:
    """Nodes by name, with the edges that tokens take."""

    def __init__(self, nodes: list[Any]) -> None:
        self.nodes = {node.name: node for node in nodes if str(node.task_type) != "OBSOLETE"}
        self.after: dict[str, list[str]] = {name: [] for name in self.nodes}
        self.before: dict[str, list[str]] = {name: [] for name in self.nodes}
        self._closed: dict[str, list[str]] = {}
        #: What compensation alone leads to: it runs, and nothing has to follow.
        self.handlers: set[str] = set()
        for name, node in self.nodes.items():
            for edge in node._outgoing():
                if edge.dst is None or edge.dst.name not in self.nodes:
                    continue
                if edge.edge_class == EdgeClass.COMPENSATION:
                    self.handlers.add(edge.dst.name)
                    continue
                self.after[name].append(edge.dst.name)
                self.before[edge.dst.name].append(name)

    def _spread(self, names: Iterable[str], steps: dict[str, list[str]]) -> set[str]:
        seen: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += steps[name]
        return seen

    def unreachable(self) -> Iterator[Problem]:
        """Nodes that no start leads to."""
        starts = [name for name, node in self.nodes.items() if kind_of(node) == "start"]
        for name in starts:
            if self.before[name]:
                yield Problem(
                    name,
                    f"{self.before[name][0]} leads to it, but a process only begins at a start",
                    "Lead to the node after the start instead.",
                    id="viewflow.W006",
                )
        if self.nodes and not starts:
            first = next(iter(self.nodes))
            yield Problem(
                first,
                "the flow has no start, so nobody can begin a process",
                f"Add start = flow.Start(…).Next(this.{first}), or make this node the start.",
                id="viewflow.W002",
            )
            return
        reached = self._spread([*starts, *self.handlers], self.after)
        for name in self.nodes:
            if name not in reached:
                yield Problem(
                    name,
                    "no start of the flow leads to it, so it never runs",
                    f"Lead to it with .Next(this.{name}), or remove it.",
                    id="viewflow.W002",
                )

    def endless(self) -> Iterator[Problem]:
        """Nodes from which no end can be reached: their process is never done."""
        ends = [name for name, node in self.nodes.items() if kind_of(node) == "end"]
        ends += self.handlers
        fine = self._spread(ends, self.before) | self._spread(self.handlers, self.after)
        lost = [name for name in self.nodes if name not in fine]
        for name in lost:
            if not self.after[name]:
                yield Problem(
                    name,
                    "nothing follows it, so a process that comes here is never done",
                    "Go on with .Next(this.end), to an End.",
                    id="viewflow.W003",
                )
            elif not any(not self.after[other] for other in self._spread([name], self.after)):
                yield Problem(
                    name,
                    "it only leads round in a circle, so a process that comes here is never done",
                    "Let a condition lead out of the circle, to an End.",
                    id="viewflow.W003",
                )

    def undecided(self) -> Iterator[Problem]:
        """Switches that may find no case."""
        for name, node in self.nodes.items():
            if str(node.task_type) != "SWITCH":
                continue
            if all(edge.condition is not None for edge in node._outgoing()):
                yield Problem(
                    name,
                    "when no Case of this Switch is true the step fails, for it has no Default",
                    "Say where to go otherwise, with .Default(…).",
                    id="viewflow.W004",
                )

    def scattered(self) -> Iterator[Problem]:
        """Splits whose branches come together in several places instead of one."""
        for name in self.nodes:
            if not self._is_split(name):
                continue
            joins = self._meetings(name)
            if len(joins) > 1:
                listed = " and ".join(repr(join) for join in joins)
                yield Problem(
                    name,
                    f"branches of this Split come together in {listed}; each waits for all of "
                    "them, so one of these joins can never be complete",
                    "Give each Join a Split of its own, one inside the other.",
                    id="viewflow.W005",
                )

    def _is_split(self, name: str) -> bool:
        node = self.nodes[name]
        # Of a SplitFirst one branch is left, so nothing is waited for.
        return (
            str(node.task_type) == "PARALLEL_GATEWAY" and node.bpmn_element != "eventBasedGateway"
        )

    def _is_join(self, name: str) -> bool:
        return str(self.nodes[name].task_type) == "JOIN"

    def _meetings(self, split: str) -> list[str]:
        """Return the joins that the branches reach first; an inner pair is passed as one step."""
        own = self._closers(split)
        joins: dict[str, None] = {}
        seen = {split}
        todo = list(reversed(self.after[split]))
        while todo:
            name = todo.pop()
            if self._is_join(name):
                joins[name] = None
                continue
            if name in seen:
                continue
            seen.add(name)
            inner = self._closers(name) if self._is_split(name) else []
            if inner and inner[0] in own:
                joins[inner[0]] = None
            else:
                following = inner[0] if inner else name
                todo += reversed(self.after[following])
        return list(joins)

    def _closers(self, split: str) -> list[str]:
        """Return the joins that every way from the split leads to, the nearest first."""
        if split not in self._closed:
            joins = [name for name in self.nodes if self._is_join(name)]
            found = [join for join in joins if self._on_every_way(split, join)]
            # The nearer one still lies before the others.
            found.sort(key=lambda join: -len(self._spread([join], self.after)))
            self._closed[split] = found
        return self._closed[split]

    def _on_every_way(self, split: str, join: str) -> bool:
        seen, todo = {split}, list(self.after[split])
        while todo:
            name = todo.pop()
            if name == join or name in seen:
                continue
            seen.add(name)
            if not self.after[name]:
                return False
            todo += self.after[name]
        return True
