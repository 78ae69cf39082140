"""Drawings of flows and of processes: the live map of the pages, and SVG files.

The drawing of a flow is made once per flow class and language; what differs between processes is
filled in. ``flow_map`` gives the map of a page, ``calc_layout_data``, ``calc_cell_status`` and
``grid_to_svg`` an SVG document that looks right on its own, ``grid_to_bpmn`` a file for modelling
tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from viewflow.drawing.document import svg_document
from viewflow.drawing.geometry import Layout, NodeBox
from viewflow.drawing.layering import read_diagram
from viewflow.drawing.layout import Orient, draw
from viewflow.drawing.map import Map, draw_map, lucide_icon
from viewflow.drawing.states import NodeState
from viewflow.drawing.svg import Picture

from .chart_states import process_states, tone_of
from .graph.bpmn import to_bpmn
from .rows import read_values

__all__ = [
    "Grid",
    "NodeState",
    "calc_cell_status",
    "calc_layout_data",
    "flow_layout",
    "flow_map",
    "grid_to_bpmn",
    "grid_to_svg",
    "process_states",
    "topsort",
]


@lru_cache(maxsize=256)
def _layout(flow_class: Any, orient: Orient, language: str | None) -> Layout:
    return draw(flow_class.instance.nodes(), orient)


def flow_layout(flow_class: Any, orient: Orient = "wide") -> Layout:
    """The flow's drawing as coordinates: boxes of nodes and way points of edges.

    It is shared and must not be changed.
    """
    return _layout(flow_class, orient, get_language())


def topsort(flow_class: Any) -> list[Any]:
    """Every node of the flow after those that lead to it; edges that run backwards do not count."""
    diagram = read_diagram(flow_class.instance.nodes(), attach_boundaries=False)
    return [diagram.nodes[index] for index in diagram.topological()]


# the map of a page --------------------------------------------------------------------------


@lru_cache(maxsize=128)
def _map(flow_class: Any, language: str | None) -> Map:
    wide, tall = (_layout(flow_class, orient, language) for orient in ("wide", "tall"))
    return Map.of(flow_class.instance.nodes(), wide, tall)


def flow_map(
    flow_class: Any,
    states: Mapping[str, NodeState] | None = None,
    *,
    orient: str = "both",
    label: Any = "",
) -> SafeString:
    """The map of a flow for a page, with the state of each node.

    ``states`` is by node name; see :func:`viewflow.drawing.map.draw_map`, which tells what else
    may be said and raised.
    """
    kept = _map(flow_class, get_language())
    return draw_map(kept, states, orient=orient, label=label or flow_class.process_title)


# a file of its own ----------------------------------------------------------------------------


@dataclass(slots=True)
class Cell:
    """A node in a grid: its place, and the status of its newest task."""

    node: Any
    box: NodeBox
    status: str = ""


@dataclass(slots=True)
class Grid:
    """A flow's drawing with the states of one process; made by ``calc_layout_data``."""

    flow_class: Any
    layout: Layout
    cells: dict[str, Cell] = field(default_factory=dict)
    gaps: tuple[float, float] = (2.0, 7.0)
    language: str | None = None

    @property
    def has_status(self) -> bool:
        """Was ``calc_cell_status`` called, and did it find tasks?"""
        return any(cell.status for cell in self.cells.values())


def calc_layout_data(
    flow_class: Any, edge_start_gap_size: float = 2, edge_end_gap_size: float = 7
) -> Grid:
    """The drawing of a flow. The gaps are what is left free at both ends of a line, in pixels."""
    if edge_start_gap_size < 0 or edge_end_gap_size < 0:
        raise ValueError("The gaps at the ends of an edge cannot be negative.")
    language = get_language()
    layout = _layout(flow_class, "wide", language)
    nodes = {node.name: node for node in flow_class.instance.nodes()}
    cells = {name: Cell(nodes[name], box) for name, box in layout.nodes.items()}
    return Grid(flow_class, layout, cells, (edge_start_gap_size, edge_end_gap_size), language)


def calc_cell_status(flow_class: Any, grid: Grid, process_pk: Any) -> Grid:
    """Give each cell the status of its node's newest task in this process; one query.

    Returns the grid, which is changed.
    """
    rows = read_values(flow_class.task_class, ("flow_task", "status"), {"process_id": process_pk})
    for node, status in rows:
        cell = grid.cells.get(node.name) if node is not None else None
        if cell is not None:
            cell.status = str(status)
    return grid


@lru_cache(maxsize=64)
def _picture(flow_class: Any, gaps: tuple[float, float], language: str | None) -> Picture:
    nodes = {node.name: node for node in flow_class.instance.nodes()}
    layout = _layout(flow_class, "wide", language)
    return Picture.of(layout, nodes, lucide_icon, start_gap=gaps[0], end_gap=gaps[1])


@lru_cache(maxsize=64)
def _plain_svg(flow_class: Any, gaps: tuple[float, float], language: str | None) -> str:
    return _document(_picture(flow_class, gaps, language), flow_class, {})


def grid_to_svg(grid: Grid) -> str:
    """The drawing as an SVG document of its own, without styles or scripts.

    Each node is ``<g id="<name>" class="node <kind> <status>">``; nodes without words carry a
    tooltip.
    """
    if not grid.has_status:
        return _plain_svg(grid.flow_class, grid.gaps, grid.language)
    statuses = {name: cell.status for name, cell in grid.cells.items() if cell.status}
    picture = _picture(grid.flow_class, grid.gaps, grid.language)
    return _document(picture, grid.flow_class, statuses)


def grid_to_bpmn(grid: Grid) -> str:
    """The flow as BPMN 2.0 XML with diagram interchange; states of a process are not part of it."""
    instance = grid.flow_class.instance
    label = instance.flow_label.replace("/", "_")
    title = str(grid.flow_class.process_title)
    return to_bpmn(instance.nodes(), grid.layout, label=label, title=title)


def _document(picture: Picture, flow_class: Any, statuses: Mapping[str, str]) -> str:
    tones = {
        art.name: (tone_of(status, art.kind), status)
        for art in picture.nodes
        if (status := statuses.get(art.name, ""))
    }
    return svg_document(picture, flow_class.process_title, tones)
