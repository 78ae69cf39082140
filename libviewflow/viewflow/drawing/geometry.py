"""What a finished drawing consists of: boxes, lines and words with their coordinates.

The picture, the BPMN export and the tests read these; nothing here knows how they were found.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["EdgePath", "Layout", "NodeBox", "Point", "TextSpot", "simplified"]

type Point = tuple[float, float]


@dataclass(slots=True, frozen=True)
class TextSpot:
    """Lines of text; ``y`` is the base line of the first one. ``width`` is the room they have."""

    x: float
    y: float
    anchor: str = "start"
    lines: tuple[str, ...] = ()
    width: float = 0.0


@dataclass(slots=True)
class NodeBox:
    """A node's place: ``x, y, width, height`` bound its shape, without the words around it."""

    name: str
    kind: str
    x: float
    y: float
    width: float
    height: float
    title: TextSpot
    caption: TextSpot | None = None
    full_title: str = ""
    lift: float = 0.0  # how far the title moves up when there is a caption
    host: str | None = None
    #: What is drawn at the lower border of an activity: ``call``, ``parallel``, ``sequential``.
    marks: tuple[str, ...] = ()

    @property
    def cx(self) -> float:
        return self.x + self.width / 2

    @property
    def cy(self) -> float:
        return self.y + self.height / 2


@dataclass(slots=True)
class EdgePath:
    """An edge's way points, from the border of ``src`` to the border of ``dst``.

    ``src`` is the boundary event where the edge leaves one. ``back`` says that the edge runs
    against the flow.
    """

    src: str
    dst: str
    edge_class: str
    points: tuple[Point, ...]
    label: TextSpot | None = None
    back: bool = False


@dataclass(slots=True)
class Layout:
    """A drawing: nodes by name and edges, inside ``x, y, width, height``."""

    orient: str
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    nodes: dict[str, NodeBox] = field(default_factory=dict)
    edges: list[EdgePath] = field(default_factory=list)


def simplified(points: list[Point]) -> tuple[Point, ...]:
    """The way points without repetitions and without points on a straight line."""
    result: list[Point] = []
    for x, y in points:
        point = (round(x, 2), round(y, 2))
        if result and result[-1] == point:
            continue
        if len(result) >= 2:
            (ax, ay), (bx, by) = result[-2], result[-1]
            if (ax == bx == point[0]) or (ay == by == point[1]):
                result[-1] = point
                continue
        result.append(point)
    return tuple(result)
