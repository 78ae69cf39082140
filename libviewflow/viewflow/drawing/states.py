"""How the nodes and edges of a drawing stand: done, current, waiting, and which way was taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["LIVE", "NodeState", "States", "edge_states"]


@dataclass(slots=True, frozen=True)
class NodeState:
    """How a node is drawn.

    ``status`` is one of ``done current waiting error cancelled future``, ``heat1`` to ``heat4``,
    or empty. ``caption`` is small text at the node, ``count`` a number on its corner, ``href``
    makes it a link.
    """

    status: str = ""
    caption: Any = ""
    count: int | str | None = None
    href: str | None = None


class States(dict[str, NodeState]):
    """States by node name, and (where it is known) the edges that were really taken."""

    taken: set[tuple[str, str]] | None = None


#: Statuses of what is going on now.
LIVE = {"current", "waiting", "error"}


def edge_states(
    pairs: Iterable[tuple[str, str]],
    followers: Mapping[str, list[str]],
    choices: frozenset[str],
    states: Mapping[str, NodeState],
) -> dict[tuple[str, str], str]:
    """``taken`` for edges that the process went along, ``dead`` for those it never will.

    With heat instead of states nothing is marked.
    """
    known = getattr(states, "taken", None)
    result: dict[tuple[str, str], str] = {}
    visited = {name for name, s in states.items() if s.status == "done" or s.status in LIVE}
    done = {name for name, s in states.items() if s.status == "done"}
    if not done and known is None:
        return result
    dropped = {name for name, s in states.items() if s.status == "cancelled"}
    # A choice whose follower was visited some other way: only one of its edges was taken, and a
    # follower that another follower leads to came later.
    chosen: dict[str, str] = {}
    for name in choices & done:
        candidates = [dst for dst in followers[name] if dst in visited]
        if len(candidates) > 1:
            later = {dst for other in candidates for dst in followers[other] if dst != other}
            first = [dst for dst in candidates if dst not in later]
            chosen[name] = (first or candidates)[0]
    for pair in pairs:
        src, dst = pair
        if known is not None:
            taken = pair in known
        else:
            taken = src in done and dst in visited and chosen.get(src, dst) == dst
        if taken:
            result[pair] = "taken"
        elif src in dropped or dst in dropped or (src in choices and src in done):
            result[pair] = "dead"
    return result
