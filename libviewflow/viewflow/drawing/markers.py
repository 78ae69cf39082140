"""The marks inside event circles (BPMN 2.0.2, clause 10.5.1 and table 10.93).

An event that is waited for is drawn in outline, one that is thrown is filled. The drawings are
24 units wide, as the icons of the other nodes.
"""

from __future__ import annotations

from typing import Any

__all__ = ["marker_of"]

_OUTLINE = {
    "message": '<path d="M3 6h18v13H3Z"/><path d="m3 7 9 6.5L21 7"/>',
    "signal": '<path d="M12 4 21.5 19.5h-19Z"/>',
    "escalation": '<path d="m12 3 7 18-7-7-7 7Z"/>',
    "error": '<path d="M3 21 8.5 4l6 8.5L21 3l-5 17-6.5-8.5Z"/>',
    "compensate": '<path d="M11.5 5.5v13L2.5 12Z"/><path d="M21 5.5v13L12 12Z"/>',
    "terminate": '<circle cx="12" cy="12" r="9"/>',
    "timer": '<circle cx="12" cy="12" r="9.5"/><path d="M12 6v6l4 2.5"/>',
    "conditional": '<path d="M5 3h14v18H5Z"/><path d="M8.5 8h7M8.5 12h7M8.5 16h7"/>',
}
# A filled envelope shows its flap as a gap.
_FILLED = {
    **_OUTLINE,
    "message": '<path d="M2.5 5.5h19L12 12Z"/><path d="m2.5 9 9.5 6.5L21.5 9v10.5h-19Z"/>',
}


def marker_of(node: Any) -> str:
    """Return the drawing of an event's mark; ``""`` for a plain event and what is no event."""
    event = getattr(node, "bpmn_event", "")
    if event not in _OUTLINE:
        return ""
    element = str(getattr(node, "bpmn_element", ""))
    if element != "endEvent" and "Throw" not in element:
        return _OUTLINE[event]
    stroke = "0" if event == "message" else "1.2"
    return f'<g fill="currentColor" stroke-width="{stroke}">{_FILLED[event]}</g>'
