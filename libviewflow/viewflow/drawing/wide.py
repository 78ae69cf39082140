"""The wide drawing, left to right: layers are columns, branches are rows.

Columns and rows come from :mod:`.layering` and :mod:`.ordering`; lines from :mod:`.routing`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from .geometry import Layout, TextSpot
from .layering import read_diagram
from .measure import line_height, text_width
from .ordering import assign_rows, order_layers, straighten
from .routing import Router
from .sketch import make_sketch
from .words import separate_words

__all__ = ["draw_wide"]

ROW_GAP = 28.0
PAD = 10.0


def draw_wide(nodes: Iterable[Any]) -> Layout:
    """Draw the graph from left to right."""
    diagram = read_diagram(nodes)
    layout = Layout("wide")
    if not diagram.nodes:
        return layout
    sketch = make_sketch(diagram)
    items = sketch.items
    links = [pair for chain in sketch.chains.values() for pair in itertools.pairwise(chain)]
    unique = list(dict.fromkeys(links))
    sketch.layers = order_layers(sketch.layers, unique, len(items))

    def gap(a: int, b: int) -> float:
        upper, lower = items[a], items[b]
        lines = (upper.node < 0) + (lower.node < 0)
        return upper.bottom + lower.top + (ROW_GAP, 8.0, 0.0)[lines]

    firm = [
        pair
        for number, chain in sketch.chains.items()
        for pair in itertools.pairwise(chain[1:] if number in sketch.minor else chain)
    ]
    firm = list(dict.fromkeys(firm))
    rows = assign_rows(sketch.layers, firm, [item.node < 0 for item in items], gap)
    straighten(sketch.layers, firm, rows, gap)
    for item, row in zip(items, rows, strict=True):
        item.y = round(row, 1)
    Router(sketch, layout).run()
    separate_words(layout)
    _frame(layout)
    return layout


def _frame(layout: Layout) -> None:
    """Set the frame around everything: shapes, words, room for captions, lines."""
    xs: list[float] = []
    ys: list[float] = []

    def words(spot: TextSpot | None, size: float, room: bool = False) -> None:
        if spot is None or not (spot.lines or room):
            return
        width = spot.width if room else max(text_width(line, size) for line in spot.lines)
        offset = {"start": 0.0, "middle": width / 2, "end": width}[spot.anchor]
        xs.extend((spot.x - offset, spot.x - offset + width))
        ys.extend((spot.y - size, spot.y + 4 + line_height(size) * max(len(spot.lines) - 1, 0)))

    for box in layout.nodes.values():
        xs.extend((box.x - 7, box.x + box.width + 8))
        ys.extend((box.y - 10, box.y + box.height + 7))
        words(box.title, 13)
        words(box.caption, 12, room=box.kind == "task")
        if box.caption is not None:
            ys.append(box.caption.y + 4)
    for edge in layout.edges:
        for px, py in edge.points:
            xs.append(px)
            ys.append(py)
        words(edge.label, 12)
    layout.x, layout.y = round(min(xs) - PAD / 2, 1), round(min(ys) - PAD / 2, 1)
    layout.width = round(max(xs) + PAD / 2 - layout.x, 1)
    layout.height = round(max(ys) + PAD / 2 - layout.y, 1)
