"""SVG of a drawing. Everything that does not depend on a process is made once and kept.

A :class:`Picture` holds finished pieces of markup with holes for the state of each node and
edge; filling them in is string joining and nothing else. There are no style attributes: geometry
is in attributes, looks are classes (or, in a file of its own, presentation attributes).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import escape
from typing import Any

from .geometry import EdgePath, Layout, NodeBox, Point, TextSpot
from .markers import marker_of
from .measure import MARKS, clean, clip, line_height, plain_name

__all__ = ["EdgeArt", "NodeArt", "Picture", "caption_text", "edge_lines", "icon_of", "num"]

RADIUS = 8.0
TIP = 8.0
TIP_HALF = 4.5
STROKE = 'fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"'

#: Which Lucide icon stands for a node, by the name of its class; then by the kind of task.
ICONS = {
    "StartHandle": "message-square",
    "StartTimer": "clock",
    "ManualTask": "hand",
    "SendHandle": "send",
    "BusinessRule": "table-2",
    "Handle": "inbox",
    "MessageThrow": "send",
    "MessageCatch": "mail",
    "Timer": "clock",
    "TimerBoundary": "clock",
    "ConditionalCatch": "list-checks",
    "SignalCatch": "radio",
    "SignalThrow": "radio-tower",
    "EscalationThrow": "chevrons-up",
    "EscalationBoundary": "chevrons-up",
    "CompensateThrow": "rewind",
    "ErrorBoundary": "zap",
    "ErrorEnd": "zap",
    "TerminateEnd": "circle",
    "Subprocess": "workflow",
    "NSubprocess": "workflow",
    "Split": "plus",
    "SplitFirst": "circle",
    "Join": "plus",
    "HUMAN": "user",
    "FUNCTION": "settings",
    "JOB": "cog",
    "SUBPROCESS": "workflow",
    "TIMER": "clock",
    "CONDITION": "list-checks",
    "EVENT": "mail",
    "PARALLEL_GATEWAY": "plus",
    "JOIN": "plus",
}
#: The marks of activities, ten units wide and high (BPMN 2.0.2, clauses 10.3.5 and 10.3.8).
MARK_SHAPES = {
    "call": '<rect width="10" height="10" rx="1.5"/><path d="M5 2.5v5M2.5 5h5"/>',
    "parallel": '<path d="M1.5 0v10M5 0v10M8.5 0v10"/>',
    "sequential": '<path d="M0 1.5h10M0 5h10M0 8.5h10"/>',
}
MARK_STROKE = 'fill="none" stroke="currentColor" stroke-width="1.5"'
BY_STATUS = {"done": "check", "cancelled": "ban", "error": "triangle-alert"}

_INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def num(value: float) -> str:
    """A coordinate: at most two decimals and no ".0"."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def icon_of(node: Any) -> str | None:
    """Name of the icon on a node; ``None`` for a plain start, end or choice."""
    chosen = (getattr(node, "shape", None) or {}).get("icon")
    if chosen:
        return str(chosen)
    incoming = node._incoming() if hasattr(node, "_incoming") else ()
    if any(edge.edge_class == "compensation" for edge in incoming):
        return "rewind"
    for base in type(node).__mro__:
        if base.__name__ in ICONS:
            return ICONS[base.__name__]
    return ICONS.get(str(node.task_type))


def edge_lines(points: tuple[Point, ...], start_gap: float, end_gap: float) -> tuple[str, str]:
    """Path data of an edge with round corners, and of its arrow head."""
    route = list(points)
    (ax, ay), (bx, by) = route[0], route[1]
    length = abs(bx - ax) + abs(by - ay) or 1.0
    ux, uy = (bx - ax) / length, (by - ay) / length
    room = length - (end_gap if len(route) == 2 else 0.0)
    start = min(start_gap, max(room, 0.0))
    route[0] = (ax + ux * start, ay + uy * start)
    (cx, cy), (dx, dy) = route[-2], route[-1]
    length = abs(dx - cx) + abs(dy - cy) or 1.0
    ux, uy = (dx - cx) / length, (dy - cy) / length
    tip = min(end_gap, length)
    route[-1] = (dx - ux * tip, dy - uy * tip)
    parts = [f"M{num(route[0][0])} {num(route[0][1])}"]
    for before, corner, after in zip(route, route[1:], route[2:], strict=False):
        first = abs(corner[0] - before[0]) + abs(corner[1] - before[1])
        second = abs(after[0] - corner[0]) + abs(after[1] - corner[1])
        radius = min(RADIUS, first / 2, second / 2)
        enter = _towards(corner, before, radius)
        leave = _towards(corner, after, radius)
        parts.append(
            f"L{num(enter[0])} {num(enter[1])}Q{num(corner[0])} {num(corner[1])} {num(leave[0])} {num(leave[1])}"
        )
    parts.append(f"L{num(route[-1][0])} {num(route[-1][1])}")
    px, py = dx - ux * TIP, dy - uy * TIP
    head = (
        f"M{num(px - uy * TIP_HALF)} {num(py + ux * TIP_HALF)}L{num(dx)} {num(dy)}"
        f"L{num(px + uy * TIP_HALF)} {num(py - ux * TIP_HALF)}Z"
    )
    return "".join(parts), head


def _towards(point: Point, other: Point, distance: float) -> Point:
    length = abs(other[0] - point[0]) + abs(other[1] - point[1]) or 1.0
    return (
        point[0] + (other[0] - point[0]) / length * distance,
        point[1] + (other[1] - point[1]) / length * distance,
    )


@dataclass(slots=True)
class EdgeArt:
    """The pieces of an edge, around its state."""

    src: str
    dst: str
    line: str
    head: str
    plain: str


@dataclass(slots=True)
class NodeArt:
    """The pieces of a node, around its state."""

    name: str
    kind: str
    tooltip: str
    shape: str
    halo: str
    glyphs: dict[str, str]
    glyph: str
    title: str
    raised: str  # the title when there is a caption
    caption: TextSpot | None
    caption_start: str
    pill: tuple[float, float, bool]
    made: dict[str, str] = field(default_factory=dict)  # finished, by status


@dataclass(slots=True)
class Picture:
    """A drawing as markup with holes."""

    layout: Layout
    nodes: list[NodeArt] = field(default_factory=list)
    edges: list[EdgeArt] = field(default_factory=list)
    labels: str = ""
    view_box: str = ""

    @classmethod
    def of(
        cls,
        layout: Layout,
        nodes: Mapping[str, Any],
        draw_icon: Callable[[str], str],
        *,
        start_gap: float = 2.0,
        end_gap: float = 7.0,
    ) -> Picture:
        """Prepare a layout. ``draw_icon`` gives the ``<svg>`` of a Lucide icon."""
        picture = cls(layout)
        picture.view_box = " ".join(map(num, (layout.x, layout.y, layout.width, layout.height)))
        for edge in layout.edges:
            picture.edges.append(_edge_art(edge, start_gap, end_gap))
        picture.labels = "".join(_label(edge.label) for edge in layout.edges if edge.label)
        # Boundary events lie on the border of their host, so they are painted after it.
        boxes = sorted(layout.nodes.values(), key=lambda box: box.host is not None)
        picture.nodes = [_node_art(box, nodes[box.name], layout, draw_icon) for box in boxes]
        return picture


def _edge_art(edge: EdgePath, start_gap: float, end_gap: float) -> EdgeArt:
    line, head = edge_lines(edge.points, start_gap, end_gap)
    dashed = edge.edge_class in {"compensation", "boundary"}
    dash = ' stroke-dasharray="2 3"' if dashed else ""
    art = EdgeArt(edge.src, edge.dst, f'"{dash} d="{line}"/>', f'" d="{head}"/>', "")
    art.plain = f'<path class="edge{art.line}<path class="tip{art.head}'
    return art


def _label(spot: TextSpot) -> str:
    return _text(TextSpot(spot.x, spot.y, spot.anchor, spot.lines), "sub on-edge", 12)


def _text(spot: TextSpot, class_: str, size: float) -> str:
    if not spot.lines:
        return ""
    style = f' class="{class_}"' if class_ else ""
    anchor = f' text-anchor="{spot.anchor}"' if spot.anchor != "start" else ""
    x = num(spot.x)
    if len(spot.lines) == 1:
        return f'<text{style} x="{x}" y="{num(spot.y)}"{anchor}>{escape(spot.lines[0])}</text>'
    rows = "".join(
        f'<tspan x="{x}" y="{num(spot.y + i * line_height(size))}">{escape(line)}</tspan>'
        for i, line in enumerate(spot.lines)
    )
    return f"<text{style}{anchor}>{rows}</text>"


def _node_art(box: NodeBox, node: Any, layout: Layout, draw_icon: Callable[[str], str]) -> NodeArt:
    wide = layout.orient == "wide"
    gateway = box.kind == "gateway"
    words = " ".join(box.title.lines)
    tooltip = ""
    if not words or words != box.full_title:
        tooltip = f"<title>{escape(box.full_title if box.full_title != box.name else plain_name(box.name))}</title>"
    mark = marker_of(node) or _inner_of(draw_icon, icon_of(node))
    title = _text(box.title, "sub" if gateway else "", 12 if gateway else 13)
    glyphs = {
        status: _glyph(box, _inner_of(draw_icon, name))
        for status, name in BY_STATUS.items()
        if not gateway
    }
    caption_start = ""
    if box.caption is not None:
        spot = box.caption
        anchor = f'" text-anchor="{spot.anchor}">' if spot.anchor != "start" else '">'
        caption_start = f'" y="{num(spot.y)}{anchor}'
    if not wide and box.kind == "task":
        pill = (box.x + box.width - 8, box.cy - 10, True)
    elif box.kind == "task":
        pill = (box.x + box.width + 8, box.y - 10, False)
    else:
        pill = (box.cx + box.width / 2 + 6, box.y - 8, False)
    return NodeArt(
        box.name,
        box.kind,
        tooltip,
        _shape(box, dashed=not getattr(node, "interrupting", True)),
        _halo(box),
        glyphs,
        _glyph(box, mark) if mark else _marks(box),
        title,
        title if not box.lift else _text(replace(box.title, y=box.title.y - box.lift), "", 13),
        box.caption,
        caption_start,
        pill,
    )


def _inner_of(draw_icon: Callable[[str], str], name: str | None) -> str:
    found = _INNER.search(draw_icon(name)) if name else None
    return found[1] if found else ""


def _glyph(box: NodeBox, inner: str) -> str:
    if box.kind == "task":
        raised = MARKS / 2 if box.marks else 0.0
        left = 14 if box.height - 2 * raised >= 48 else 12
        x, y, scale = box.x + left, box.cy - 8 - raised, "0.667"
    else:
        size = {"event": 8.0, "end": 8.0, "start": 7.0}.get(box.kind, 6.0)
        x, y, scale = box.cx - size, box.cy - size, num(size / 12)
    glyph = f'<g class="glyph" transform="translate({num(x)} {num(y)}) scale({scale})" {STROKE}>{inner}</g>'
    return glyph + _marks(box)


def _marks(box: NodeBox) -> str:
    """The marks of an activity, side by side in the middle of its lower border."""
    parts = []
    x = box.cx - 7.0 * len(box.marks) + 2
    y = box.y + box.height - 13
    for mark in box.marks:
        at = f'transform="translate({num(x)} {num(y)})"'
        parts.append(f'<g class="glyph mark {mark}" {at} {MARK_STROKE}>{MARK_SHAPES[mark]}</g>')
        x += 14
    return "".join(parts)


def _shape(box: NodeBox, *, dashed: bool = False) -> str:
    """The outline; dashed for an event that leaves its host alone (BPMN 2.0.2, clause 10.5.4)."""
    cx, cy = num(box.cx), num(box.cy)
    if box.kind == "task":
        call = ' stroke-width="3"' if "call" in box.marks else ""
        return (
            f'<rect class="shape{" call" if call else ""}" x="{num(box.x)}" y="{num(box.y)}"'
            f' width="{num(box.width)}" height="{num(box.height)}" rx="9"{call}/>'
        )
    if box.kind == "gateway":
        half = box.width / 2 * 0.7
        return (
            f'<rect class="shape" x="{num(box.cx - half)}" y="{num(box.cy - half)}"'
            f' width="{num(2 * half)}" height="{num(2 * half)}" rx="4" transform="rotate(45 {cx} {cy})"/>'
        )
    radius = box.width / 2
    dash = ' stroke-dasharray="3 2"' if dashed else ""
    shape = f'<circle class="shape" cx="{cx}" cy="{cy}" r="{num(radius)}"{dash}/>'
    # Two rings for what happens on the way; at the end a thick one, made of three that touch.
    for inner in {"event": (3.0,), "boundary": (2.5,), "end": (1.25, 2.5)}.get(box.kind, ()):
        shape += f'<circle class="shape" cx="{cx}" cy="{cy}" r="{num(radius - inner)}"{dash}/>'
    return shape


def _halo(box: NodeBox) -> str:
    if box.kind == "task":
        return (
            f'<rect class="halo" x="{num(box.x - 3.5)}" y="{num(box.y - 3.5)}"'
            f' width="{num(box.width + 7)}" height="{num(box.height + 7)}" rx="12"/>'
        )
    if box.kind == "gateway":
        half = box.width / 2 * 0.7 + 3.5
        return (
            f'<rect class="halo" x="{num(box.cx - half)}" y="{num(box.cy - half)}" width="{num(2 * half)}"'
            f' height="{num(2 * half)}" rx="6" transform="rotate(45 {num(box.cx)} {num(box.cy)})"/>'
        )
    return f'<circle class="halo" cx="{num(box.cx)}" cy="{num(box.cy)}" r="{num(box.width / 2 + 3.5)}"/>'


@lru_cache(maxsize=4096)
def caption_text(room: float, text: str) -> str:
    """A caption, cut to the room it has and escaped."""
    return escape(clip(clean(text), room, 12))
