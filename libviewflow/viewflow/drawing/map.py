"""The map of a page: both drawings of a graph, wide and tall, with the state of each node.

What does not depend on states is made once, in :meth:`Map.of`, and kept by whoever made it;
:func:`draw_map` fills the states in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.html import escape as html_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from viewflow.icons import lucide

from .geometry import Layout
from .measure import clean, title_of
from .states import LIVE, NodeState, edge_states
from .svg import NodeArt, Picture, caption_text, num

__all__ = ["Map", "draw_map", "lucide_icon"]

#: A drawing at least this wide fills its card without being blown up.
LEAST_WIDTH = 880.0
#: A drawing wider than this keeps its size and scrolls.
MOST_WIDTH = 1200.0
#: As much of a long drawing is certainly seen at once.
SIGHT = 640.0

_EMPTY = NodeState("")
_FUTURE = NodeState("future")


@dataclass(slots=True)
class Map:
    """What is kept of a graph: both pictures, and the steps in reading order."""

    wide: Picture
    tall: Picture
    wide_box: str
    steps: list[tuple[str, str]]
    pairs: list[tuple[str, str]]
    followers: dict[str, list[str]]
    choices: frozenset[str]
    natural: str = ""

    @classmethod
    def of(cls, graph: Iterable[Any], wide_layout: Layout, tall_layout: Layout) -> Map:
        """Prepare the map of a graph that was laid out both ways."""
        nodes = {node.name: node for node in graph}
        wide = Picture.of(wide_layout, nodes, lucide_icon, start_gap=0, end_gap=8)
        tall = Picture.of(tall_layout, nodes, lucide_icon, start_gap=0, end_gap=8)
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
        box = " ".join(
            map(num, (layout.x - spare / 2, layout.y, layout.width + spare, layout.height))
        )
        natural = ""
        if layout.width > MOST_WIDTH:
            natural = f' width="{num(layout.width)}" height="{num(layout.height)}"'
        return cls(wide, tall, box, steps, pairs, followers, choices, natural)


def lucide_icon(name: str) -> str:
    """The ``<svg>`` of an icon, as text."""
    return str(lucide(name))


def draw_map(
    kept: Map,
    states: Mapping[str, NodeState] | None = None,
    *,
    orient: str = "both",
    label: Any = "",
    ways: Mapping[tuple[str, str], str] | None = None,
    spoken: SafeString | None = None,
) -> SafeString:
    """The map as markup for a page, with the state of each node.

    ``states`` is by node name; nodes that are missing are drawn as ``future``, and without any
    states all are drawn plain. ``orient`` is ``wide``, ``tall`` or ``both`` (the stylesheet shows
    the one that fits). ``label`` names the drawing for those who do not see it; the steps and
    their states follow as a list, or ``spoken`` in its place. ``ways`` are the classes of edges
    where the states alone do not tell them. Raises ``ValueError`` for another ``orient``.
    """
    if orient not in {"both", "wide", "tall"}:
        raise ValueError(f"A map is wide, tall or both, not {orient!r}.")
    name = html_escape(clean(label))
    if ways is None:
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
    if scrolls:
        parts.append(_here(kept, known))
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
    if spoken is None:
        _steps(parts, kept, known, missing)
    else:
        parts.append(spoken)
    parts.append("</div>")
    return SafeString("".join(parts))


def _here(kept: Map, states: Mapping[str, NodeState]) -> str:
    """A mark above the nodes at which something goes on: the box opens with them in view.

    Where they are far apart, with the first of them. A spacer brings the mark to its place, as a
    content policy does not allow a style attribute to.
    """
    boxes = kept.wide.layout.nodes
    going = [boxes[name] for name, state in states.items() if state.status in LIVE]
    if not going:
        return ""
    first = min(box.x for box in going)
    last = max(box.x + box.width for box in going)
    middle = (first + min(last, first + SIGHT)) / 2 - kept.wide.layout.x
    spacer = f'<svg width="{num(middle)}" height="1"></svg>'
    return f'<div class="here" aria-hidden="true">{spacer}<i></i></div>'


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
    parts: list[str], kept: Map, states: Mapping[str, NodeState], missing: NodeState
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
