"""A drawing as an SVG file that looks right wherever it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from .measure import clean
from .svg import NodeArt, Picture, num

__all__ = ["TONES", "svg_document"]

#: Fill, line and text of a state. A file has no stylesheet: colours that read well on white.
TONES = {
    "done": ("#e7f5ec", "#5fae80", "#14532d"),
    "current": ("#e8eefc", "#2456d6", "#1a3fa0"),
    "waiting": ("#fdf3e2", "#c98a1b", "#6b4708"),
    "error": ("#fdebea", "#cf3f36", "#8c1d18"),
    "cancelled": ("#f4f4f6", "#9a9ca6", "#6b6d76"),
    "": ("#ffffff", "#8f929d", "#1d1e24"),
}


def svg_document(
    picture: Picture, title: Any, tones: Mapping[str, tuple[str, str]] | None = None
) -> str:
    """The drawing as an SVG document of its own, without styles or scripts.

    ``tones`` are a name of :data:`TONES` and further CSS classes, by the name of the node.
    """
    layout = picture.layout
    width, height = num(layout.width), num(layout.height)
    title = escape(clean(title))
    known = tones or {}
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
        tone, status = known.get(art.name, ("", ""))
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
