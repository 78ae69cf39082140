"""From a flow's nodes to layers: read the graph, find what runs backwards, number the columns.

The first half of a layered ("Sugiyama") drawing. Everything keeps the order in which the flow
declares its nodes and edges, so the same flow is always drawn the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from .measure import clean, kind_of

__all__ = ["Arc", "Diagram", "assign_layers", "dominators", "read_diagram"]


@dataclass(slots=True, eq=False)
class Arc:
    """An edge between two nodes, by index. Several edges between the same two are one arc."""

    src: int
    dst: int
    edge_class: str
    label: str
    back: bool = False
    port: int | None = None  # the boundary event on the border of ``src`` that it leaves from


@dataclass(slots=True)
class Diagram:
    """The graph to draw. ``hosts`` maps a boundary event to the node that carries it."""

    nodes: list[Any]
    arcs: list[Arc] = field(default_factory=list)
    hosts: dict[int, int] = field(default_factory=dict)

    def outgoing(self) -> list[list[Arc]]:
        """Forward arcs by their source; loops and arcs that run backwards are left out."""
        result: list[list[Arc]] = [[] for _ in self.nodes]
        for arc in self.arcs:
            if not arc.back and arc.src != arc.dst:
                result[arc.src].append(arc)
        return result

    def incoming(self) -> list[list[Arc]]:
        """Forward arcs by their target."""
        result: list[list[Arc]] = [[] for _ in self.nodes]
        for arc in self.arcs:
            if not arc.back and arc.src != arc.dst:
                result[arc.dst].append(arc)
        return result

    def topological(self) -> list[int]:
        """Every node after all of its predecessors; declaration order where that leaves a choice."""
        missing = [len(arcs) for arcs in self.incoming()]
        outgoing = self.outgoing()
        order: list[int] = []
        ready = [i for i, count in enumerate(missing) if not count]
        while ready:
            node = ready.pop(0)
            order.append(node)
            for arc in outgoing[node]:
                missing[arc.dst] -= 1
                if not missing[arc.dst]:
                    ready.append(arc.dst)
        return order


def read_diagram(nodes: Iterable[Any], *, attach_boundaries: bool = True) -> Diagram:
    """Read the nodes of a flow and their edges, and mark the edges that run backwards.

    With ``attach_boundaries`` a boundary event is not a node of the graph of its own: it sits on
    its host, and its edges become edges of the host with a ``port``. Edges to nodes that are not
    among ``nodes`` are skipped.
    """
    diagram = Diagram([node for node in nodes if str(node.task_type) != "OBSOLETE"])
    index = {node.name: i for i, node in enumerate(diagram.nodes)}
    edges = [
        (i, index[edge.dst.name], str(edge.edge_class or "next"), _label(edge))
        for i, node in enumerate(diagram.nodes)
        for edge in node._outgoing()
        if edge.dst is not None and edge.dst.name in index
    ]
    if attach_boundaries:
        for src, dst, edge_class, _ in edges:
            if edge_class == "boundary" and dst not in diagram.hosts and src not in diagram.hosts:
                diagram.hosts[dst] = src
        # Only a pure boundary event can sit on its host; what other edges enter is a node.
        for src, dst, edge_class, _ in edges:
            if dst in diagram.hosts and (edge_class != "boundary" or diagram.hosts[dst] != src):
                del diagram.hosts[dst]
    merged: dict[tuple[int, int, int | None], Arc] = {}
    for src, dst, edge_class, label in edges:
        if dst in diagram.hosts:
            continue
        port = src if src in diagram.hosts else None
        key = (diagram.hosts.get(src, src), dst, port)
        known = merged.get(key)
        if known is None:
            merged[key] = Arc(key[0], dst, edge_class, label, port=port)
        elif label and label not in known.label.split(" / "):
            known.label = f"{known.label} / {label}" if known.label else label
    diagram.arcs = list(merged.values())
    _mark_back_arcs(diagram)
    return diagram


def _label(edge: Any) -> str:
    """The words on an edge; a choice without words of its own says yes and no, or default."""
    label = clean(edge.label)
    if edge.edge_class == "default" and label == "default":
        return _("default")
    if edge.edge_class not in {"cond_true", "cond_false"} or label not in {"", "yes", "no"}:
        return label
    return _("yes") if edge.edge_class == "cond_true" else _("no")


def _mark_back_arcs(diagram: Diagram) -> None:
    """Depth first from the start nodes; an edge to a node still being visited runs backwards."""
    out: list[list[Arc]] = [[] for _ in diagram.nodes]
    entered = [False] * len(diagram.nodes)
    for arc in diagram.arcs:
        out[arc.src].append(arc)
        if arc.src != arc.dst:
            entered[arc.dst] = True
    everything = range(len(diagram.nodes))
    starts = [i for i in everything if kind_of(diagram.nodes[i]) == "start"]
    sources = [i for i in everything if not entered[i]]
    state = [0] * len(diagram.nodes)
    for root in [*starts, *sources, *everything]:
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(out[root]))]
        while stack:
            node, arcs = stack[-1]
            for arc in arcs:
                if arc.dst == node:
                    continue
                if state[arc.dst] == 1:
                    arc.back = True
                elif state[arc.dst] == 0:
                    state[arc.dst] = 1
                    stack.append((arc.dst, iter(out[arc.dst])))
                    break
            else:
                state[node] = 2
                stack.pop()


def assign_layers(diagram: Diagram) -> list[int]:
    """The column of each node: one more than its furthest predecessor.

    A node that nothing leads to stands right before its first follower, so that a second start
    does not pull a line across the whole drawing. Boundary events get the column of their host.
    """
    layers = [0] * len(diagram.nodes)
    outgoing, incoming = diagram.outgoing(), diagram.incoming()
    order = diagram.topological()
    for node in order:
        for arc in outgoing[node]:
            layers[arc.dst] = max(layers[arc.dst], layers[node] + 1)
    for node in order:
        if not incoming[node] and outgoing[node]:
            layers[node] = min(layers[arc.dst] for arc in outgoing[node]) - 1
    for boundary, host in diagram.hosts.items():
        layers[boundary] = layers[host]
    return layers


def dominators(diagram: Diagram) -> list[int]:
    """The node that every way to a node passes last; ``-1`` where there is none."""
    order = diagram.topological()
    rank = {node: position for position, node in enumerate(order)}
    incoming = diagram.incoming()
    result = [-1] * len(diagram.nodes)
    for node in order:
        common: int | None = None
        for arc in incoming[node]:
            other = arc.src
            if common is None:
                common = other
                continue
            while common != other and common >= 0 and other >= 0:
                if rank[common] > rank[other]:
                    common = result[common]
                else:
                    other = result[other]
            if common < 0 or other < 0:
                common = -1
                break
        result[node] = -1 if common is None else common
    return result
