"""Words beside lines that would lie on each other are moved apart.

Where two lines enter the same node, both have their words at the same place. The later ones go
below their line or one line further up, where nothing is in the way.
"""

from __future__ import annotations

from dataclasses import replace

from .geometry import Layout, TextSpot
from .measure import text_width

__all__ = ["separate_words"]

#: Where words may go, in units below their first place: below the line, above, further down.
SHIFTS = (0.0, 20.0, -15.0, 35.0, -30.0)

type _Frame = tuple[float, float, float, float]


def _frame(spot: TextSpot, shift: float = 0.0) -> _Frame:
    width = max(text_width(line, 12) for line in spot.lines)
    left = spot.x - {"start": 0.0, "middle": width / 2, "end": width}[spot.anchor]
    top = spot.y - 10 + shift
    return left, top, left + width, top + 12 + 15 * (len(spot.lines) - 1)


def _clash(a: _Frame, b: _Frame) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def separate_words(layout: Layout) -> None:
    """Move the words of edges that lie on other words; those without a free place stay."""
    labelled = [edge for edge in layout.edges if edge.label is not None and edge.label.lines]
    taken: list[_Frame] = []
    boxes = [
        (box.x - 4, box.y - 2, box.x + box.width + 4, box.y + box.height + 2)
        for box in layout.nodes.values()
    ]
    for edge in labelled:
        spot = edge.label
        assert spot is not None
        first = _frame(spot)
        if any(_clash(first, other) for other in taken):
            for shift in SHIFTS[1:]:
                frame = _frame(spot, shift)
                if not any(_clash(frame, other) for other in (*taken, *boxes)):
                    edge.label = replace(spot, y=spot.y + shift)
                    first = frame
                    break
        taken.append(first)
