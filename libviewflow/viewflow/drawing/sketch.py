"""What the wide drawing is made of before it has lines: measured items in columns.

An item is a node or a place where a long edge passes a column. Each item knows the room it
takes, words included, so that everything after this can treat it as a box.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .geometry import NodeBox, TextSpot
from .layering import Arc, Diagram, assign_layers, dominators
from .measure import (
    BOUNDARY_RADIUS,
    GATEWAY_HALF,
    MARKS,
    kind_of,
    line_height,
    marks_of,
    radius_of,
    text_width,
    title_of,
    wrap,
)

__all__ = ["Item", "Sketch", "arc_source", "exit_below", "make_sketch", "place_node", "port_of"]

TASK_WIDTHS = (136.0, 160.0, 184.0)
TASK_HEIGHT = 48.0
TEXT_START = 38.0  # room for the icon
TEXT_END = 12.0
CAPTION = 22.0  # below a task
HALF_DATE = 44.0  # half of "30 September"
LINE_GAP = 14.0  # around a line that passes


@dataclass(slots=True, eq=False)
class Item:
    """A node, or a place where a long edge passes a column."""

    node: int
    layer: int
    kind: str = "line"
    half_w: float = 0.0
    half_h: float = 0.0
    left: float = 0.0
    right: float = 0.0
    top: float = LINE_GAP
    bottom: float = LINE_GAP
    lines: tuple[str, ...] = ()
    beside: bool = False  # the column has room for the title at the right of the gateway
    ports: list[int] = field(default_factory=list)
    marks: tuple[str, ...] = ()
    y: float = 0.0


@dataclass(slots=True)
class Sketch:
    """Everything about a drawing in the making: items by column, and each arc's chain of items."""

    diagram: Diagram
    items: list[Item]
    layers: list[list[int]]
    chains: dict[int, list[int]]
    backs: list[int]
    loops: list[int]
    minor: set[int]  # arcs that do not bend the line they leave: side exits, compensation


def make_sketch(diagram: Diagram) -> Sketch:
    layer_of = assign_layers(diagram)
    first = min(layer_of)
    items: list[Item] = []
    item_of: dict[int, int] = {}
    degree = [[0, 0] for _ in diagram.nodes]
    for arc in diagram.arcs:
        degree[arc.src][0] += 1
        degree[arc.dst][1] += 1
    loops = [number for number, arc in enumerate(diagram.arcs) if arc.src == arc.dst]
    carried: dict[int, list[int]] = {}
    for boundary, host in diagram.hosts.items():
        carried.setdefault(host, []).append(boundary)
    looping = {diagram.arcs[number].src: diagram.arcs[number].label for number in loops}
    for index, node in enumerate(diagram.nodes):
        if index in diagram.hosts:
            continue
        item_of[index] = len(items)
        kind = kind_of(node)
        if kind == "event" and index in carried:
            kind = "task"  # a circle has no room for events on its border and a title below
        item = _measure(node, kind, index, layer_of[index] - first, *degree[index])
        item.ports = carried.get(index, [])
        if item.ports:
            item.half_w = max(item.half_w, 12 + 16.0 * len(item.ports) + 30)
            item.left = item.right = max(item.left, item.half_w)
            if len(item.lines) > 1:
                item.half_h += 7
            item.top = item.half_h + 20
            item.bottom = item.half_h + BOUNDARY_RADIUS + 10 + 8 * len(item.ports) + 8
        if index in looping:
            words = looping[index]
            item.top = max(item.top, item.half_h + (36 if words else 24))
            item.right = max(item.right + 14, 6 + text_width(words, 12) if words else 0.0)
        items.append(item)

    chains: dict[int, list[int]] = {}
    for number, arc in enumerate(diagram.arcs):
        if arc.back or arc.src == arc.dst:
            continue
        start, end = item_of[arc.src], item_of[arc.dst]
        chain = [start]
        for layer in range(items[start].layer + 1, items[end].layer):
            chain.append(len(items))
            items.append(Item(-1, layer))
        chains[number] = [*chain, end]
    backs = [number for number, arc in enumerate(diagram.arcs) if arc.back]
    layers = _first_order(diagram, items, item_of, chains)
    return Sketch(diagram, items, layers, chains, backs, loops, _minor_arcs(diagram))


def _minor_arcs(diagram: Diagram) -> set[int]:
    """Arcs that the main line does not bend for.

    Beside boundary events and compensation these are the short ways out of a choice whose
    branches never meet again: "no" to an end while "yes" goes on.
    """
    above = dominators(diagram)
    size = [1] * len(diagram.nodes)
    for node in reversed(diagram.topological()):
        if above[node] >= 0:
            size[above[node]] += size[node]
    numbers: dict[int, list[int]] = {}
    minor = set()
    for number, arc in enumerate(diagram.arcs):
        if arc.port is not None or arc.edge_class in {"compensation", "boundary"}:
            minor.add(number)
        elif not arc.back and arc.src != arc.dst:
            numbers.setdefault(arc.src, []).append(number)
    incoming = diagram.incoming()
    for node, leaving in numbers.items():
        heads = {n: diagram.arcs[n].dst for n in leaving}
        meets = any(
            above[other] == node and len(incoming[other]) > 1 for other in range(len(above))
        )
        if len(leaving) < 2 or meets or any(above[head] != node for head in heads.values()):
            continue
        largest = max(leaving, key=lambda n: size[heads[n]])
        rest = [n for n in leaving if n != largest]
        if all(size[heads[n]] < size[heads[largest]] for n in rest):
            minor.update(rest)
    return minor


def _first_order(
    diagram: Diagram, items: list[Item], item_of: dict[int, int], chains: dict[int, list[int]]
) -> list[list[int]]:
    """Columns filled depth first along the branches, in the order of declaration."""
    layers: list[list[int]] = [[] for _ in range(max(item.layer for item in items) + 1)]
    out: list[list[list[int]]] = [[] for _ in items]
    entered = [False] * len(items)
    for chain in chains.values():
        out[chain[0]].append(chain)
        entered[chain[-1]] = True
    seen = [False] * len(items)
    roots = [i for i in item_of.values() if not entered[i]]
    stack = [[root] for root in reversed(roots)]
    while stack:
        chain = stack.pop()
        for item in chain:
            if not seen[item]:
                seen[item] = True
                layers[items[item].layer].append(item)
                if item == chain[-1]:
                    stack.extend(reversed(out[item]))
    return layers


def _measure(node: Any, kind: str, index: int, layer: int, leaving: int, entering: int) -> Item:
    title = title_of(node)
    item = Item(index, layer, kind)
    if kind == "task":
        for width in TASK_WIDTHS:
            item.lines = wrap(title, width - TEXT_START - TEXT_END, 3)
            if len(item.lines) <= 2 and item.lines[-1:] != ("…",):
                whole = " ".join(item.lines) == title
                if whole:
                    break
        item.half_w = width / 2
        item.marks = marks_of(node)
        more = MARKS if item.marks else 0.0
        item.half_h = (TASK_HEIGHT + 16 * max(0, len(item.lines) - 2) + more) / 2
        item.left = item.right = item.half_w
        item.top = item.half_h
        item.bottom = item.half_h + CAPTION
    elif kind == "gateway":
        item.half_w = item.half_h = GATEWAY_HALF
        item.lines = wrap(title, 112, 2, 12)
        words = max((text_width(line, 12) for line in item.lines), default=0.0)
        item.left = item.right = GATEWAY_HALF
        crowded = leaving > 2 or (leaving <= 1 and entering > 1)
        if words and crowded:
            item.left = 14 + words
        if words and leaving == 2:
            item.beside = True
            item.right = GATEWAY_HALF + 8 + words
        item.top = item.bottom = GATEWAY_HALF + (8 + 15 * len(item.lines) if words else 4)
        if words and not crowded:
            item.left = max(GATEWAY_HALF, words / 2)
            item.right = max(item.right, words / 2)
    else:
        radius = radius_of(kind)
        item.half_w = item.half_h = radius
        item.lines = wrap(title, 108, 2)
        words = max((text_width(line) for line in item.lines), default=0.0)
        item.left = item.right = max(radius, words / 2)
        if entering > 1:
            # Lines from above and below arrive beside the words; they leave room for a date.
            item.left = max(item.left, HALF_DATE)
        item.top = radius + 2
        item.bottom = radius + 6 + line_height() * len(item.lines) + 17
    return item


def place_node(sketch: Sketch, item: Item, x: float, gateway_side: str) -> list[NodeBox]:
    """The boxes of an item: its node, and the boundary events on its border."""
    node = sketch.diagram.nodes[item.node]
    y, half = item.y, item.half_w
    caption: TextSpot | None
    if item.kind == "task":
        base = y - (len(item.lines) - 1) * 8 + 4.5
        if item.ports and len(item.lines) > 1:
            base -= 7
        if item.marks:
            base -= MARKS / 2
        title = TextSpot(x - half + TEXT_START, base, "start", item.lines, 2 * half - TEXT_START)
        below = y + item.half_h + 18
        if item.ports:
            caption = TextSpot(x - half + 2, y - item.half_h - 9, "start", (), 2 * half)
        else:
            caption = TextSpot(x, below, "middle", (), 2 * half + 24)
    elif item.kind == "gateway":
        title = _gateway_title(item, x, gateway_side)
        caption = None
    else:
        base = y + item.half_h + 20
        title = TextSpot(x, base, "middle", item.lines, 120)
        under = base + line_height() * max(len(item.lines) - 1, 0) + 17
        caption = TextSpot(x, under, "middle", (), 120)
    boxes = [
        NodeBox(
            node.name,
            item.kind,
            x - half,
            y - item.half_h,
            2 * half,
            2 * item.half_h,
            title,
            caption,
            title_of(node) or node.name,
            marks=item.marks,
        )
    ]
    for number, port in enumerate(item.ports):
        event = sketch.diagram.nodes[port]
        px, py = port_of(item, x, number)
        boxes.append(
            NodeBox(
                event.name,
                "boundary",
                px - BOUNDARY_RADIUS,
                py - BOUNDARY_RADIUS,
                2 * BOUNDARY_RADIUS,
                2 * BOUNDARY_RADIUS,
                TextSpot(px, py, "middle"),
                None,
                title_of(event) or event.name,
                host=node.name,
            )
        )
    return boxes


def port_of(item: Item, x: float, number: int) -> tuple[float, float]:
    """Centre of the ``number``-th boundary event of an item whose centre is at ``x``."""
    return x + item.half_w - 22 - 32.0 * number, item.y + item.half_h


def _gateway_title(item: Item, x: float, side: str) -> TextSpot:
    lines, y = item.lines, item.y
    more = (len(lines) - 1) * 15
    if side == "above":
        return TextSpot(x, y - 28 - more, "middle", lines, 112)
    if side == "below":
        return TextSpot(x, y + 36, "middle", lines, 112)
    if side == "right":
        return TextSpot(x + 26, y + 4 - more / 2, "start", lines, 112)
    return TextSpot(x - 13, y - 12 - more, "end", lines, 112)


def exit_below(item: Item, number: int) -> float:
    """Height at which a line from the ``number``-th boundary event turns to the right."""
    return item.y + item.half_h + BOUNDARY_RADIUS + 10 + 8 * number


def arc_source(diagram: Diagram, arc: Arc) -> str:
    """Name of the node that an arc leaves: the boundary event where it leaves one."""
    return str(diagram.nodes[arc.src if arc.port is None else arc.port].name)
