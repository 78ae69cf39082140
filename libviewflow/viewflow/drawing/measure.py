"""How large the parts of a drawing are: text by an approximate width table, nodes by their kind.

A server has no fonts, so widths are estimated on the generous side. A word that turns out
narrower leaves some air; nothing is ever cut off or runs into its neighbour.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

__all__ = [
    "BOUNDARY_RADIUS",
    "GATEWAY_HALF",
    "MARKS",
    "clean",
    "clip",
    "kind_of",
    "line_height",
    "marks_of",
    "plain_name",
    "radius_of",
    "text_width",
    "title_of",
    "wrap",
]

GATEWAY_HALF = 20.0
BOUNDARY_RADIUS = 11.0
MARKS = 14.0  # more height for a task with marks

_WIDTHS = {
    **dict.fromkeys("iljI'|.,:;!`", 0.32),
    **dict.fromkeys('frt()[]{}/\\- "*', 0.41),
    **dict.fromkeys("mMW@%", 0.93),
    **dict.fromkeys("w&—…", 0.84),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ_+=<>~", 0.71),
}

_NOT_XML = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_START = {"HUMAN_START", "START"}
_GATEWAY = {"EXCLUSIVE_GATEWAY", "PARALLEL_GATEWAY", "SWITCH", "JOIN"}
_EVENT = {"EVENT", "TIMER", "CONDITION"}


def kind_of(node: Any) -> str:
    """What a node is drawn as: ``start``, ``end``, ``event``, ``gateway`` or ``task``."""
    task_type = str(getattr(node, "task_type", "") or "")
    if task_type in _START:
        return "start"
    if task_type == "END":
        return "end"
    if task_type in _GATEWAY or task_type.endswith("_GATEWAY"):
        return "gateway"
    if task_type in _EVENT or task_type.endswith("_EVENT"):
        return "event"
    return "task"


def marks_of(node: Any) -> tuple[str, ...]:
    """The marks of an activity (BPMN 2.0.2, clause 10.3): calls a process, once or several times."""
    if kind_of(node) != "task":
        return ()
    several = str(getattr(node, "multi_instance", "") or "")
    call = str(node.task_type) == "SUBPROCESS"
    return (*(("call",) if call else ()), *((several,) if several else ()))


def title_of(node: Any) -> str:
    """The words drawn on a node: its title, else its name in words; a gateway without title has none."""
    title = clean(getattr(node, "task_title", ""))
    if title:
        return title
    return "" if kind_of(node) == "gateway" else plain_name(node.name)


def clean(text: Any) -> str:
    """One line of text, without the characters that XML cannot hold (XML 1.0, clause 2.2)."""
    return " ".join(_NOT_XML.sub(" ", str(text or "")).split())


def plain_name(name: str) -> str:
    """``register_order`` in words: "Register order"."""
    words = " ".join(name.replace("_", " ").split())
    return words[:1].upper() + words[1:]


def radius_of(kind: str) -> float:
    """Radius of an event's circle."""
    return {"start": 14.0, "end": 15.0}.get(kind, 16.0)


def line_height(size: float = 13.0) -> float:
    """Distance between two base lines."""
    return 16.0 if size >= 13 else 15.0


def _width(char: str) -> float:
    known = _WIDTHS.get(char)
    if known is not None:
        return known
    if char < "\u0300":
        return 0.64
    if unicodedata.combining(char):
        return 0.0
    return 1.05 if unicodedata.east_asian_width(char) in "WF" else 0.72


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = 13.0) -> float:
    """Estimated width of one line in user units."""
    return sum(map(_width, text)) * size


def clip(text: str, width: float, size: float = 12.0) -> str:
    """The text, or as much of it as fits in ``width`` followed by an ellipsis."""
    if text_width(text, size) <= width:
        return text
    room = width / size - 0.84
    kept = []
    for char in text:
        room -= _width(char)
        if room < 0:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


@lru_cache(maxsize=1024)
def wrap(text: str, width: float, lines: int, size: float = 13.0) -> tuple[str, ...]:
    """Break a text into at most ``lines`` lines of ``width``; the last one ends in "…" if it must."""
    rows: list[str] = []
    row = ""
    for word in text.split():
        candidate = f"{row} {word}" if row else word
        if text_width(candidate, size) <= width:
            row = candidate
            continue
        if row:
            rows.append(row)
        row = word
        while text_width(row, size) > width and len(row) > 1:
            cut = len(row) - 1
            while cut > 1 and text_width(row[:cut], size) > width:
                cut -= 1
            rows.append(row[:cut])
            row = row[cut:]
    if row:
        rows.append(row)
    if len(rows) > lines:
        rest = " ".join(rows[lines - 1 :])
        rows = [*rows[: lines - 1], clip(rest, width, size)]
    return tuple(rows)
