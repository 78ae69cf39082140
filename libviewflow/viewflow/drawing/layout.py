"""Drawings of flow graphs, in two orientations: the entry to this package's layout modules.

``draw(nodes, "wide")`` runs left to right, for a page and for BPMN diagrams; ``"tall"`` runs
top to bottom, for a narrow column and for phones. Both are pure functions of the nodes: the same
flow always gives the same drawing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from .geometry import EdgePath, Layout, NodeBox, Point, TextSpot
from .outline import draw_tall
from .wide import draw_wide

__all__ = ["EdgePath", "Layout", "NodeBox", "Orient", "Point", "TextSpot", "draw"]

type Orient = Literal["wide", "tall"]


def draw(nodes: Iterable[Any], orient: Orient = "wide") -> Layout:
    """Lay out the nodes of a flow (``MyFlow.instance.nodes()``) and the edges between them.

    Nodes may be any objects with ``name``, ``task_type``, ``task_title`` and ``_outgoing()``.
    Raises ``ValueError`` for an orientation other than ``wide`` and ``tall``.
    """
    if orient == "wide":
        return draw_wide(nodes)
    if orient == "tall":
        return draw_tall(nodes)
    raise ValueError(f"A drawing is wide or tall, not {orient!r}.")
