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
from xml.sax.saxutils import escape, quoteattr

from django.utils.html import escape as html_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from viewflow.icons import lucide

from .chart_states import NodeState, edge_states, process_states, tone_of
from .graph.bpmn import to_bpmn
from .graph.geometry import Layout, NodeBox
from .graph.layering import read_diagram
from .graph.layout import Orient, draw
from .graph.measure import clean, title_of
from .graph.svg import NodeArt, Picture, caption_text, num
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

#: A drawing at least this wide fills its card without being blown up.
LEAST_WIDTH = 880.0
#: A drawing wider than this keeps its size and scrolls.
MOST_WIDTH = 1200.0

_EMPTY = NodeState("")
_FUTURE = NodeState("future")


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


@dataclass(slots=True)
class _Map:
    """What is kept of a flow: both pictures, and the steps in reading order."""

    wide: Picture
    tall: Picture
    wide_box: str
    steps: list[tuple[str, str]]
    pairs: list[tuple[str, str]]
    followers: dict[str, list[str]]
    choices: frozenset[str]
    natural: str = ""


@lru_cache(maxsize=128)
def _map(flow_class: Any, language: str | None) -> _Map:
    nodes = {node.name: node for node in flow_class.instance.nodes()}
    wide = Picture.of(_layout(flow_class, "wide", language), nodes, _icon, start_gap=0, end_gap=8)
    tall = Picture.of(_layout(flow_class, "tall", language), nodes, _icon, start_gap=0, end_gap=8)
    rows = sorted(tall.layout.nodes.values(), key=lambda box: (box.y, box.x))
    steps = [
        (box.name, str(html_escape(box.full_title)))
        for box in rows
        if box.kind != "gateway" or title_of(nodes[box.name])
    ]
    followers: dict[str, list[str]] = {name: [] for name in nodes}
    for node in nodes.values():
        for edge in node._outgoing():
            if edge.dst is not None and edge.dst.name not in followers[node.name]:
                followers[node.name].append(edge.dst.name)
    pairs = [(src, dst) for src, targets in followers.items() for dst in targets]
    choices = frozenset(
        name
        for name, node in nodes.items()
        if str(node.task_type) in {"EXCLUSIVE_GATEWAY", "SWITCH"}
    )
    layout = wide.layout
    spare = max(0.0, LEAST_WIDTH - layout.width)
    box = " ".join(map(num, (layout.x - spare / 2, layout.y, layout.width + spare, layout.height)))
    natural = ""
    if layout.width > MOST_WIDTH:
        natural = f' width="{num(layout.width)}" height="{num(layout.height)}"'
    return _Map(wide, tall, box, steps, pairs, followers, choices, natural)


def _icon(name: str) -> str:
    return str(lucide(name))


def flow_map(
    flow_class: Any,
    states: Mapping[str, NodeState] | None = None,
    *,
    orient: str = "both",
    label: Any = "",
) -> SafeString:
    """The map of a flow for a page, with the state of each node.

    ``states`` is by node name; nodes that are missing are drawn as ``future``, and without any
    states all are drawn plain. ``orient`` is ``wide``, ``tall`` or ``both`` (the stylesheet shows
    the one that fits). ``label`` names the drawing for those who do not see it; the steps and
    their states follow as a list. Raises ``ValueError`` for another ``orient``.
    """
    if orient not in {"both", "wide", "tall"}:
        raise ValueError(f"A map is wide, tall or both, not {orient!r}.")
    kept = _map(flow_class, get_language())
    name = html_escape(clean(label or flow_class.process_title))
    ways = edge_states(kept.pairs, kept.followers, kept.choices, states) if states else {}
    known: Mapping[str, NodeState] = states or {}
    missing = _FUTURE if states else _EMPTY
    linked = any(state.href for state in known.values())
    role = f'role="{"group" if linked else "img"}" aria-label="{name}"'
    scrolls = bool(kept.natural) and orient != "tall"
    parts = [
        '<div class="map tall-only">'
        if orient == "tall"
        else f'<div class="map scrolls" tabindex="0" role="group" aria-label="{name}">'
        if scrolls
        else '<div class="map">'
    ]
    if orient != "tall":
        class_ = "wide natural" if kept.natural else "wide"
        parts.append(
            f'<svg class="{class_}" viewBox="{kept.wide_box}"{kept.natural} direction="ltr" {role}>'
        )
        _fill(parts, kept.wide, known, ways, missing)
        parts.append("</svg>")
    if orient != "wide":
        parts.append(f'<svg class="tall" viewBox="{kept.tall.view_box}" direction="ltr" {role}>')
        _fill(parts, kept.tall, known, ways, missing)
        parts.append("</svg>")
    _steps(parts, kept, known, missing)
    parts.append("</div>")
    return SafeString("".join(parts))


def _fill(
    parts: list[str],
    picture: Picture,
    states: Mapping[str, NodeState],
    ways: Mapping[tuple[str, str], str],
    missing: NodeState,
) -> None:
    over: list[str] = []
    for edge in picture.edges:
        way = ways.get((edge.src, edge.dst))
        if way is None:
            parts.append(edge.plain)
        else:
            # What was taken lies over what shares a part of its way.
            to = over if way == "taken" else parts
            to.append(f'<path class="edge {way}{edge.line}<path class="tip {way}{edge.head}')
    parts.extend(over)
    parts.append(picture.labels)
    parts.extend(_node(art, states.get(art.name, missing)) for art in picture.nodes)


def _node(art: NodeArt, state: NodeState) -> str:
    """One node; what has only a status is made once."""
    status = state.status
    if not state.caption and state.count is None and not state.href:
        made = art.made.get(status)
        if made is None:
            made = art.made[status] = _paint(art, status, art.title, "", "")
        return made
    words = pill = ""
    shift = 0.0
    if state.count is not None:
        x, y, inside = art.pill
        width = 14.0 + 7 * len(str(state.count))
        beside = art.caption is not None and abs(art.caption.y - y - 14.5) < 14
        shift = width + 4 if inside and beside else 0.0
        pill = (
            f'<rect class="pill" x="{num(x - width)}" y="{num(y)}" width="{num(width)}" height="20"'
            f' rx="10"/><text class="pill-n" x="{num(x - width / 2)}" y="{num(y + 14.5)}"'
            f' text-anchor="middle">{state.count}</text>'
        )
    spot = art.caption
    if state.caption and spot is not None:
        text = caption_text(spot.width - shift, str(state.caption))
        x = spot.x - (shift if spot.anchor == "end" else 0.0)
        words = f'<text class="sub" x="{num(x)}{art.caption_start}{text}</text>'
    return _paint(art, status, art.raised if words else art.title, pill + words, state.href or "")


def _paint(art: NodeArt, status: str, title: str, extra: str, href: str) -> str:
    halo = art.halo if status == "current" else ""
    glyph = art.glyphs.get(status, art.glyph)
    body = f"{halo}{art.shape}{glyph}{title}{extra}"
    if href:
        body = f'<a href="{html_escape(href)}">{body}</a>'
    return f'<g class="{f"node {status}" if status else "node"}">{art.tooltip}{body}</g>'


@lru_cache(maxsize=64)
def _words(language: str | None) -> dict[str, str]:
    return {
        status: f", {html_escape(word)}"
        for status, word in (
            ("done", _("done")),
            ("current", _("in progress")),
            ("waiting", _("waiting")),
            ("error", _("failed")),
            ("cancelled", _("cancelled")),
            ("future", _("to come")),
        )
    } | {"steps": html_escape(_("Steps"))}


@lru_cache(maxsize=4096)
def _said(caption: str) -> str:
    return f", {html_escape(clean(caption))}"


def _steps(
    parts: list[str], kept: _Map, states: Mapping[str, NodeState], missing: NodeState
) -> None:
    words = _words(get_language())
    parts.append(f'<ol class="visually-hidden" aria-label="{words["steps"]}">')
    for name, title in kept.steps:
        state = states.get(name, missing)
        status = state.status
        start = '<li aria-current="step">' if status == "current" else "<li>"
        caption = _said(str(state.caption)) if state.caption else ""
        count = f", {state.count}" if state.count is not None else ""
        parts.append(f"{start}{title}{words.get(status, '')}{caption}{count}</li>")
    parts.append("</ol>")


# a file of its own ----------------------------------------------------------------------------

#: Fill, line and text of a state. A file has no stylesheet: colours that read well on white.
TONES = {
    "done": ("#e7f5ec", "#5fae80", "#14532d"),
    "current": ("#e8eefc", "#2456d6", "#1a3fa0"),
    "waiting": ("#fdf3e2", "#c98a1b", "#6b4708"),
    "error": ("#fdebea", "#cf3f36", "#8c1d18"),
    "cancelled": ("#f4f4f6", "#9a9ca6", "#6b6d76"),
    "": ("#ffffff", "#8f929d", "#1d1e24"),
}


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
    return Picture.of(layout, nodes, _icon, start_gap=gaps[0], end_gap=gaps[1])


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
    layout = picture.layout
    width, height = num(layout.width), num(layout.height)
    title = escape(clean(flow_class.process_title))
    parts = [
        (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{picture.view_box}" width="{width}"'
            f' height="{height}" direction="ltr" role="img" aria-labelledby="chart-title"'
            " font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif\""
            ' font-size="13" font-weight="500" fill="#1d1e24">'
            f'<title id="chart-title">{title}</title>'
            f'<rect x="{num(layout.x)}" y="{num(layout.y)}" width="{width}" height="{height}"'
            ' rx="8" fill="#ffffff"/>'
            '<g class="edges" stroke="#8f929d" stroke-width="1.5">'
        )
    ]
    parts.extend(
        f'<path class="edge" fill="none{edge.line}<path class="tip" stroke="none" fill="#8f929d{edge.head}'
        for edge in picture.edges
    )
    parts.append('</g><g class="labels" fill="#5d606b" font-size="12" font-weight="400">')
    parts.append(picture.labels)
    parts.append("</g>")
    for art in picture.nodes:
        status = statuses.get(art.name, "")
        tone = tone_of(status, art.kind)
        fill, line, ink = TONES[tone]
        class_ = " ".join(filter(None, ("node", art.kind, tone, status)))
        parts.append(
            f"<g id={quoteattr(art.name)} class={quoteattr(class_)}>{art.tooltip}"
            f'<g fill="{fill}" stroke="{line}" stroke-width="1.4">{art.shape}</g>'
            f'<g color="{ink}">{art.glyphs.get(tone, art.glyph)}</g>'
            f'<g fill="{ink}"{_small(art)}>{art.title}</g></g>'
        )
    parts.append("</svg>\n")
    return "".join(parts)


def _small(art: NodeArt) -> str:
    return ' font-size="12" font-weight="400"' if art.kind == "gateway" else ""
