"""Drawing: plain SVG whose colours are those of the page. What is drawn is also there as text."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

__all__ = ["Bar", "Point", "bars", "line", "ticks"]

HEIGHT: Final = 120
STEP: Final = 20


@dataclass(slots=True)
class Bar:
    """A bar: what it is about, its length, and that length in words."""

    label: str
    value: Any
    text: str
    svg: SafeString = field(default_factory=SafeString)


@dataclass(slots=True)
class Point:
    """A point of a line."""

    label: str
    value: Any
    text: str


def as_float(value: Any) -> float:
    """Return a number or a duration as a float; what cannot be drawn is nothing."""
    if value is None:
        return 0.0
    seconds = getattr(value, "total_seconds", None)
    number = float(seconds() if seconds else value)
    return number if math.isfinite(number) else 0.0


def bars(found: list[Bar]) -> list[Bar]:
    """Give each bar its drawing, the longest of them the whole width."""
    most = max((abs(as_float(bar.value)) for bar in found), default=0) or 1
    for bar in found:
        value = as_float(bar.value)
        width = round(100 * abs(value) / most, 1)
        css = "bar" if value >= 0 else "bar negative"
        bar.svg = SafeString(
            '<svg class="hbar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" '
            f'focusable="false"><rect class="{css}" width="{width}" height="8"/></svg>'
        )
    return found


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Return round numbers that enclose both, from the lowest on, with equal steps."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        high = 1.0
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, last + 1)]


def line(points: list[Point], title: str, write: Callable[[Any], str]) -> dict[str, Any]:
    """Return the line's ``svg``, the texts beside it (``y``) and below it (``x``)."""
    values = [as_float(point.value) for point in points if point.value is not None]
    if not values:
        return {"svg": SafeString(""), "x": [], "y": []}
    scale = ticks(min(values), max(values))
    low, height = scale[0], scale[-1] - scale[0]
    width = STEP * len(points)

    def place(value: float) -> float:
        return round(HEIGHT - HEIGHT * (value - low) / height, 1)

    parts = [
        f'<line class="gridline" x1="0" x2="{width}" y1="{place(tick)}" y2="{place(tick)}"/>'
        for tick in scale
    ]
    for run in _runs(points):
        path = " ".join(f"{STEP * i + STEP / 2:g},{place(value)}" for i, value in run)
        begin, end = STEP * run[0][0] + STEP / 2, STEP * run[-1][0] + STEP / 2
        ground = place(0.0)
        parts.append(
            f'<polygon class="area" points="{begin:g},{ground} {path} {end:g},{ground}"/>'
            f'<polyline class="series" points="{path}"/>'
        )
        if len(run) == 1:  # a line of one point would not be seen
            x, y = STEP * run[0][0], place(run[0][1])
            parts.append(f'<line class="series" x1="{x}" x2="{x + STEP}" y1="{y}" y2="{y}"/>')
    for index, point in enumerate(points):
        words = escape(f"{point.label}: {point.text}")
        parts.append(
            f'<rect class="hit" x="{STEP * index}" width="{STEP}" height="{HEIGHT}">'
            f"<title>{words}</title></rect>"
        )
    svg = (
        f'<svg viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(_summary(points, title))}">{"".join(parts)}</svg>'
    )
    numbers = [int(tick) if float(tick).is_integer() else tick for tick in scale]
    kind = type(next(point.value for point in points if point.value is not None))
    if hasattr(kind, "total_seconds"):
        numbers = [kind(seconds=tick) for tick in scale]
    return {
        "svg": SafeString(svg),
        # Both ends and the middle: where the page has them, whatever its width.
        "x": [points[i].label for i in dict.fromkeys((0, len(points) // 2, len(points) - 1))],
        "y": [write(number) for number in reversed(numbers)],
    }


def _runs(points: list[Point]) -> list[list[tuple[int, float]]]:
    """Return the stretches of the line between its gaps."""
    runs: list[list[tuple[int, float]]] = [[]]
    for index, point in enumerate(points):
        if point.value is not None:
            runs[-1].append((index, as_float(point.value)))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _summary(points: list[Point], title: str) -> str:
    known = [point for point in points if point.value is not None]
    low = min(known, key=lambda point: as_float(point.value))
    high = max(known, key=lambda point: as_float(point.value))
    return _(
        "%(title)s, %(first)s to %(last)s: lowest %(low)s (%(low_at)s), highest %(high)s (%(high_at)s), "
        "at last %(now)s."
    ) % {
        "title": title,
        "first": points[0].label,
        "last": points[-1].label,
        "low": low.text,
        "low_at": low.label,
        "high": high.text,
        "high_at": high.label,
        "now": known[-1].text,
    }
