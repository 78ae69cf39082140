"""A state machine as a drawing: SVG for a page and SVG as a file of its own.

States are boxes, transitions the lines between them, laid out as the maps of flows are. The
drawing of a machine is made once for each language and kept.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from viewflow.drawing.document import svg_document
from viewflow.drawing.layout import draw
from viewflow.drawing.map import Map, draw_map, lucide_icon
from viewflow.drawing.states import NodeState
from viewflow.drawing.svg import Picture

from .chart import state_label, states_of, steps_of
from .state import ClassState
from .transition import ANY, DEFAULT

__all__ = ["state_document", "state_map"]


#: A transition from ``State.ANY`` that leaves more states than this is drawn once for all of them.
FEW = 2


@dataclass(eq=False)
class _Arrow:
    dst: _Box
    label: str
    edge_class: str = "next"


@dataclass(eq=False)
class _Box:
    """A state, as the drawing wants its nodes."""

    name: str
    value: Any
    task_title: str
    task_type: str = "STATE"
    shape: dict[str, str] = field(default_factory=dict)
    arrows: list[_Arrow] = field(default_factory=list)

    def _outgoing(self) -> list[_Arrow]:
        return self.arrows


@dataclass(slots=True)
class _Machine:
    boxes: list[_Box]
    map: Map
    picture: Picture


@lru_cache(maxsize=128)
def _machine(state: Any, owner: type, language: str | None) -> _Machine:
    flow_state = ClassState(state, owner)
    boxes = [
        _Box(f"state-{number}", value, state_label(value))
        for number, value in enumerate(states_of(flow_state))
    ]
    steps = list(steps_of(flow_state))
    from_anywhere = Counter(id(step) for _source, _target, step in steps if step.source is ANY)
    anywhere = _Box("any", ANY, _("Any state"), shape={"icon": "asterisk"})
    drawn: set[int] = set()
    for source, target, step in steps:
        arrow = _Arrow(boxes[target], str(step.label))
        if step.target is DEFAULT or from_anywhere[id(step)] <= FEW:
            boxes[source].arrows.append(arrow)
        elif id(step) not in drawn:
            drawn.add(id(step))
            anywhere.arrows.append(arrow)
    for box in boxes:
        first = box.value == flow_state.default
        leads_on = any(arrow.dst is not box for arrow in box.arrows)
        box.shape["icon"] = "circle-play" if first else "circle-dot" if leads_on else "circle-stop"
    if anywhere.arrows:
        boxes.append(anywhere)
    # The layout begins with what nothing leads to; the first state is where reading begins.
    boxes.sort(key=lambda box: box.value != flow_state.default)
    wide, tall = draw(boxes, "wide"), draw(boxes, "tall")
    picture = Picture.of(wide, {box.name: box for box in boxes}, lucide_icon)
    return _Machine(boxes, Map.of(boxes, wide, tall), picture)


_UNKNOWN = object()


def _name_of(machine: _Machine, state: Any) -> str | None:
    return next((box.name for box in machine.boxes if box.value == state), None)


def state_map(flow_state: Any, current: Any = _UNKNOWN, *, label: Any = "") -> SafeString:
    """The drawing of ``Review.state`` for a page; ``current`` is the state to point out.

    Those who do not see it get the states and the transitions of each as a list. ``label`` names
    the drawing.
    """
    machine = _machine(flow_state.slot, flow_state.owner, get_language())
    here = _name_of(machine, current) if current is not _UNKNOWN else None
    states = {box.name: NodeState("current" if box.name == here else "") for box in machine.boxes}
    ways = {
        (box.name, arrow.dst.name): "open"
        for box in machine.boxes
        if here and box.name in {here, "any"}
        for arrow in box.arrows
        if box.name == here or arrow.dst.name != here
    }
    return draw_map(
        machine.map,
        states,
        label=label or _("State chart"),
        ways=ways,
        spoken=_spoken(machine, here),
    )


def _spoken(machine: _Machine, here: str | None) -> SafeString:
    items = [
        format_html(
            "<li{}>{}{}</li>",
            SafeString(' aria-current="step"') if box.name == here else "",
            box.task_title,
            format_html(
                "<ul>{}</ul>",
                format_html_join(
                    "", "<li>{}: {}</li>", ((a.label, a.dst.task_title) for a in box.arrows)
                ),
            )
            if box.arrows
            else "",
        )
        for box in machine.boxes
    ]
    return format_html(
        '<ul class="visually-hidden" aria-label="{}">{}</ul>',
        _("States"),
        SafeString("".join(items)),
    )


def state_document(flow_state: Any, title: Any, current: Any = _UNKNOWN) -> str:
    """The drawing of ``Review.state`` as an SVG file."""
    machine = _machine(flow_state.slot, flow_state.owner, get_language())
    here = _name_of(machine, current) if current is not _UNKNOWN else None
    return svg_document(machine.picture, title, {here: ("current", "")} if here else None)
