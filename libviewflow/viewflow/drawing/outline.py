"""The tall drawing, top to bottom: one row per node, for a narrow column or a phone.

Rows follow the dominator tree: branches of a gateway are indented below it and hang on the line
that runs down from it; where they meet again the drawing returns to the gateway's level. Edges
that do not follow this tree (merges, jumps, edges against the flow) run in tracks at the right.
A plain choice between two short branches is drawn side by side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .geometry import EdgePath, Layout, NodeBox, Point, TextSpot, simplified
from .layering import Arc, Diagram, dominators, read_diagram
from .measure import (
    MARKS,
    kind_of,
    line_height,
    marks_of,
    radius_of,
    text_width,
    title_of,
    wrap,
)

__all__ = ["draw_tall"]

WIDTH = 288.0
RAIL = 20.0
GAP = 20.0
LABEL = 17.0  # more gap where words stand above a node
TRACK = 12.0
HALF = 19.0  # of a gateway
TEXT_START = 36.0
ROOM_FOR_CAPTION = 84.0
MIN_BOX = 150.0


@dataclass(slots=True, eq=False)
class Row:
    """A node's place: its level of indentation, and the column where two stand side by side."""

    node: int
    kind: str
    depth: int
    column: int = -1
    label: bool = False
    order: int = 0
    top: float = 0.0
    left: float = 0.0
    rail: float = 0.0
    width: float = 0.0
    height: float = 0.0
    lines: tuple[str, ...] = ()
    under: bool = False  # the caption has a line of its own
    marks: tuple[str, ...] = ()
    sub_labels: int = 0
    right_in: bool = False
    right_out: bool = False
    dropped: bool = False  # a line comes down where the title would stand

    @property
    def cy(self) -> float:
        return self.top + self.height / 2

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(slots=True, eq=False)
class Bus:
    """Edges to one node that share a track at the right."""

    arcs: list[int] = field(default_factory=list)
    track: int = 0


def draw_tall(nodes: Iterable[Any]) -> Layout:
    """Draw the graph from top to bottom, about 290 units wide."""
    diagram = read_diagram(nodes, attach_boundaries=False)
    layout = Layout("tall")
    if diagram.nodes:
        Outline(diagram, layout).run()
    return layout


class Outline:
    """Places rows, then lines, then words."""

    def __init__(self, diagram: Diagram, layout: Layout) -> None:
        self.diagram = diagram
        self.layout = layout
        self.arcs = diagram.arcs
        self.out = diagram.outgoing()
        self.into = diagram.incoming()
        self.rows: list[Row] = []
        self.row_of: dict[int, Row] = {}
        self.pairs: dict[int, tuple[list[int], list[int], int]] = {}
        self.ways: dict[int, str] = {}
        self.buses: dict[int, Bus] = {}
        self.step = 36.0
        self.edge = WIDTH

    def run(self) -> None:
        self._order()
        self._choose_ways()
        self._assign_tracks()
        self._place()
        for index in range(len(self.diagram.nodes)):
            box = self._box(self.row_of[index])
            self.layout.nodes[box.name] = box
        for number, arc in enumerate(self.arcs):
            self._draw(number, arc)
        tracks = max((bus.track + 1 for bus in self.buses.values()), default=0)
        right = max(WIDTH, self.edge + 8 + tracks * TRACK)
        self.layout.x, self.layout.y = -5.0, 0.0
        self.layout.width = right + 10
        bottom = max(row.bottom + (22 if row.column >= 0 else 0) for row in self.rows)
        bottom = max([bottom, *(self._words_end(row) for row in self.rows if row.dropped)])
        self.layout.height = round(bottom + 6, 1)

    # order and levels -----------------------------------------------------------------------

    def _order(self) -> None:
        above = dominators(self.diagram)
        position = {node: i for i, node in enumerate(self.diagram.topological())}
        children: dict[int, list[int]] = {}
        for node in position:
            children.setdefault(above[node], []).append(node)
        size = [1] * len(self.diagram.nodes)
        for node in reversed(list(position)):
            if above[node] >= 0:
                size[above[node]] += size[node]
        roots = sorted(children.get(-1, []), key=lambda n: (bool(self.into[n]), position[n]))
        stack = [(node, 0) for node in reversed(roots)]
        while stack:
            node, depth = stack.pop()
            if node in self.row_of:
                continue
            self._add_row(node, depth)
            heads, joins, main = self._followers(node, children.get(node, []), size)
            joins.sort(key=position.__getitem__)
            pair = self._pair(node, depth, heads, joins, children)
            if pair:
                self.pairs[node] = pair
                for column, chain in enumerate(pair[:2]):
                    for member in chain:
                        self._add_row(member, depth).column = column
                stack.extend((join, depth) for join in reversed(joins))
                continue
            fork = len({arc.dst for arc in self.out[node]}) > 1
            following = [(head, depth + (fork and head != main)) for head in heads]
            following += [(join, depth) for join in joins]
            stack.extend(reversed(following))
        deepest = max(row.depth for row in self.rows)
        if deepest > 2:
            self.step = 28.0

    def _add_row(self, node: int, depth: int) -> Row:
        row = Row(node, kind_of(self.diagram.nodes[node]), depth, order=len(self.rows))
        self.rows.append(row)
        self.row_of[node] = row
        return row

    def _followers(
        self, node: int, children: list[int], size: list[int]
    ) -> tuple[list[int], list[int], int | None]:
        """Branch heads in order of declaration, joins, and the branch that stays at this level."""
        targets = list(dict.fromkeys(arc.dst for arc in self.out[node]))
        heads = [n for n in targets if n in children and len(self.into[n]) == 1]
        joins = [n for n in children if n not in heads]
        main: int | None = None
        if kind_of(self.diagram.nodes[node]) != "gateway":
            plain = [arc.dst for arc in self.out[node] if arc.edge_class == "next"]
            main = next((head for head in heads if head in plain), None)
        elif not joins and len(heads) > 1:
            largest = max(size[head] for head in heads)
            if min(size[head] for head in heads) < largest:
                main = next(head for head in heads if size[head] == largest)
        if main is not None:
            heads = [head for head in heads if head != main] + [main]
        return heads, joins, main

    def _pair(
        self,
        node: int,
        depth: int,
        heads: list[int],
        joins: list[int],
        children: dict[int, list[int]],
    ) -> tuple[list[int], list[int], int] | None:
        """Two short branches of tasks that meet right below, to be drawn side by side."""
        if depth or len(heads) != 2 or len(joins) != 1 or len(self.out[node]) != 2:
            return None
        if kind_of(self.diagram.nodes[node]) != "gateway":
            return None
        join = joins[0]
        if kind_of(self.diagram.nodes[join]) != "gateway" or len(self.into[join]) != 2:
            return None
        touched = {arc.src for arc in self.arcs if arc.back or arc.src == arc.dst}
        touched |= {arc.dst for arc in self.arcs if arc.back or arc.src == arc.dst}
        if touched & {node, join}:
            return None
        chains = []
        for head in heads:
            chain = [head]
            while children.get(chain[-1]):
                chain.append(children[chain[-1]][0])
            for member in chain:
                lone = len(self.out[member]) == 1 and len(self.into[member]) == 1
                words = wrap(title_of(self.diagram.nodes[member]), 138 - TEXT_START - 8, 3)
                fits = kind_of(self.diagram.nodes[member]) == "task" and len(words) <= 2
                if not lone or not fits or member in touched:
                    return None
            if len(chain) > 3 or self.out[chain[-1]][0].dst != join:
                return None
            chains.append(chain)
        return chains[0], chains[1], join

    # how each edge runs ---------------------------------------------------------------------

    def _choose_ways(self) -> None:
        """Decide how each edge runs.

        ``rail`` goes straight down, ``trunk`` down and to the right, ``drop`` down from the end
        of an indented branch to the next row, ``track`` along the right.
        """
        for number, arc in enumerate(self.arcs):
            source, target = self.row_of[arc.src], self.row_of[arc.dst]
            if source.column >= 0 or target.column >= 0:
                self.ways[number] = "pair"
            elif not arc.back and target.order > source.order and self._open(source, target):
                self.ways[number] = "rail" if source.depth == target.depth else "trunk"
            elif not arc.back and self._drops(source, target):
                self.ways[number] = "drop"
                target.dropped = target.kind != "task"
                target.right_in = target.right_in or target.dropped
            else:
                self.ways[number] = "track"
                self.buses.setdefault(arc.dst, Bus()).arcs.append(number)
                source.right_out = target.right_in = True
            if arc.label:
                if self.ways[number] in {"rail", "trunk", "drop"} or target.column >= 0:
                    target.label = True
                elif self.ways[number] == "track":
                    source.sub_labels += 1
        for node, (_, _, join) in self.pairs.items():
            self.row_of[node].right_out = True
            self.row_of[join].right_in = True

    def _open(self, source: Row, target: Row) -> bool:
        """Is the line down from the source free, down to the target's row?"""
        if not source.depth <= target.depth <= source.depth + 1:
            return False
        between = self.rows[source.order + 1 : target.order]
        return all(row.depth > source.depth for row in between)

    def _drops(self, source: Row, target: Row) -> bool:
        """Is the target the next row, and does it come back from indentation?"""
        return target.order == source.order + 1 and target.depth < source.depth

    def _assign_tracks(self) -> None:
        taken: list[list[tuple[int, int]]] = []
        spans = {}
        for dst, bus in self.buses.items():
            orders = [self.row_of[self.arcs[n].src].order for n in bus.arcs]
            orders.append(self.row_of[dst].order)
            spans[dst] = (min(orders), max(orders))
        for dst in sorted(spans, key=lambda d: (spans[d][1] - spans[d][0], spans[d])):
            low, high = spans[dst]
            free = (i for i, used in enumerate(taken) if all(high < a or b < low for a, b in used))
            track = next(free, len(taken))
            if track == len(taken):
                taken.append([])
            taken[track].append((low, high))
            self.buses[dst].track = track
        if taken:
            self.edge = WIDTH - 8 - len(taken) * TRACK
        deepest = max(row.depth for row in self.rows)
        self.edge = max(self.edge, deepest * self.step + MIN_BOX)

    # places ---------------------------------------------------------------------------------

    def _place(self) -> None:
        y = 2.0
        index = 0
        while index < len(self.rows):
            row = self.rows[index]
            if row.column < 0:
                y = self._place_row(row, y)
                index += 1
                continue
            # Both branches of a pair start at the same height.
            members: list[Row] = []
            while index < len(self.rows) and self.rows[index].column >= 0:
                member = self.rows[index]
                if members and member.column < members[-1].column:
                    break
                members.append(member)
                index += 1
            ends = []
            for column in (0, 1):
                at = y + (4 if any(m.label for m in members) else 0)
                for member in members:
                    if member.column == column:
                        at = self._place_half(member, at)
                ends.append(at)
            y = max(ends)

    def _place_row(self, row: Row, y: float) -> float:
        node = self.diagram.nodes[row.node]
        title = title_of(node)
        left = row.depth * self.step
        offset = RAIL if self.step > 30 else 16.0
        row.rail = left + offset
        if row.label:
            y += LABEL - 4
        if row.kind == "task":
            row.left, row.width = left, self.edge - left
            room = row.width - TEXT_START - 12
            one = text_width(title)
            if one <= room - ROOM_FOR_CAPTION:
                row.lines, row.height = (title,), 40.0
            else:
                row.lines = wrap(title, room, 3)
                row.under = True
                row.height = 52.0 + 16 * (len(row.lines) - 1)
            row.marks = marks_of(node)
            row.height += MARKS if row.marks else 0.0
        else:
            half = HALF if row.kind == "gateway" else radius_of(row.kind)
            row.left, row.width, row.height = row.rail - half, 2 * half, 2 * half
            room = self.edge - row.rail - 26 - (0 if row.kind == "gateway" else ROOM_FOR_CAPTION)
            row.lines = wrap(title, max(room, 60.0), 2, 12 if row.kind == "gateway" else 13)
            lines = row.sub_labels + (len(row.lines) if row.right_in or row.right_out else 0)
            if (row.right_in or row.right_out) and not row.dropped:
                y += max(0, len(row.lines) - 1) * 8
            row.height = max(row.height, 0)
            extra = max(0.0, 15.0 * max(row.sub_labels, 0) - int(half) + 4) if lines else 0.0
            if row.dropped and row.lines:
                row.top = y
                extra += max(0.0, self._words_end(row) - row.bottom - 6)
            row.top = y
            return y + row.height + GAP + extra
        row.top = y
        if row.sub_labels:
            return row.bottom + GAP + 15 * row.sub_labels
        return row.bottom + GAP

    def _place_half(self, row: Row, y: float) -> float:
        middle = self.edge / 2
        if row.column == 0:
            row.left, row.width, row.rail = 0.0, middle - 6, RAIL
        else:
            row.left, row.width = middle + 6, self.edge - middle - 6
            row.rail = row.left + row.width - RAIL
        if row.label:
            y += LABEL - 4
        row.lines = wrap(title_of(self.diagram.nodes[row.node]), row.width - TEXT_START - 8, 2)
        row.height = 40.0 if len(row.lines) < 2 else 50.0
        row.marks = marks_of(self.diagram.nodes[row.node])
        row.height += MARKS if row.marks else 0.0
        row.top = y
        return row.bottom + GAP + 14

    def _box(self, row: Row) -> NodeBox:
        node = self.diagram.nodes[row.node]
        caption: TextSpot | None
        lift = 0.0
        if row.kind == "task":
            lift = 8.0 if row.under else 0.0
            base = row.cy - len(row.lines) * 8 + 12.5 - (MARKS / 2 if row.marks else 0.0)
            title = TextSpot(row.left + TEXT_START, base, "start", row.lines)
            used = max((text_width(line) for line in row.lines), default=0.0)
            right = row.left + row.width
            if row.column == 0:
                spot = TextSpot(
                    row.left + TEXT_START - 4, row.bottom + 17, "start", (), row.width - 34
                )
                caption = spot
            elif row.column == 1:
                caption = TextSpot(row.rail - 10, row.bottom + 17, "end", (), row.width - 34)
            elif row.under:
                last = base - lift + 16 * (len(row.lines) - 1)
                caption = TextSpot(title.x, last + 16, "start", (), row.width - TEXT_START - 12)
            else:
                room = row.width - TEXT_START - 12 - used - 10
                caption = TextSpot(right - 12, base, "end", (), room)
        else:
            size = 12.0 if row.kind == "gateway" else 13.0
            more = (len(row.lines) - 1) * line_height(size)
            base = row.cy + 4.5 - more / 2
            if row.dropped:
                base = row.cy + self._below(row)
            elif row.right_in or row.right_out:
                base = row.cy - 7 - more
            title = TextSpot(row.rail + 26, base, "start", row.lines)
            used = max((text_width(line, size) for line in row.lines), default=0.0)
            caption = None
            if row.kind != "gateway":
                room = self.edge - 12 - title.x - used - 10
                caption = TextSpot(self.edge - 12, base, "end", (), max(room, 40.0))
        return NodeBox(
            node.name,
            row.kind,
            row.left,
            row.top,
            row.width,
            row.height,
            title,
            caption,
            title_of(node) or node.name,
            lift,
            marks=row.marks,
        )

    # lines ----------------------------------------------------------------------------------

    def _draw(self, number: int, arc: Arc) -> None:
        source, target = self.row_of[arc.src], self.row_of[arc.dst]
        way = self.ways[number]
        label: TextSpot | None = None
        words = (arc.label,) if arc.label else ()
        points: list[Point]
        if way == "rail":
            points = [(source.rail, source.bottom), (source.rail, target.top)]
            label = TextSpot(source.rail + 9, target.top - 8, "start", words)
        elif way == "trunk":
            points = [
                (source.rail, source.bottom),
                (source.rail, target.cy),
                (target.left, target.cy),
            ]
            label = TextSpot(source.rail + 9, target.top - 6, "start", words)
        elif way == "drop":
            points = [(source.rail, source.bottom), (source.rail, target.top)]
            if target.kind != "task":
                points[1:] = [
                    (source.rail, target.cy + self._shift(target, -1)),
                    (
                        self._border(target, self._shift(target, -1)),
                        target.cy + self._shift(target, -1),
                    ),
                ]
            label = TextSpot(source.rail + 9, target.top - 8, "start", words)
        elif way == "pair":
            points, label = self._pair_line(source, target, words)
        else:
            bus = self.buses[arc.dst]
            track = self.edge + 14 + bus.track * TRACK
            away = self._shift(source, +1)
            home = self._shift(target, -1)
            points = [
                (self._border(source, away), source.cy + away),
                (track, source.cy + away),
                (track, target.cy + home),
                (self._border(target, home), target.cy + home),
            ]
            label = self._track_label(source, number, away, words)
        self.layout.edges.append(
            EdgePath(
                self.diagram.nodes[arc.src].name,
                self.diagram.nodes[arc.dst].name,
                arc.edge_class,
                simplified(points),
                label if words else None,
                arc.back or arc.src == arc.dst,
            )
        )

    def _pair_line(
        self, source: Row, target: Row, words: tuple[str, ...]
    ) -> tuple[list[Point], TextSpot]:
        label = TextSpot(target.rail + 9, target.top - 8, "start", words)
        if source.rail == target.rail:
            return [(source.rail, source.bottom), (source.rail, target.top)], label
        if target.column == 1:
            corner = (target.rail, source.cy)
            label = TextSpot(target.rail - 9, target.top - 8, "end", words)
            return [
                (source.left + source.width, source.cy),
                corner,
                (target.rail, target.top),
            ], label
        corner = (source.rail, target.cy)
        return [
            (source.rail, source.bottom),
            corner,
            (target.left + target.width, target.cy),
        ], label

    def _track_label(
        self, source: Row, number: int, away: float, words: tuple[str, ...]
    ) -> TextSpot:
        """Below the line that leaves at the right, one below the other."""
        labelled = [
            n
            for n, arc in enumerate(self.arcs)
            if self.ways[n] == "track" and arc.label and self.row_of[arc.src] is source
        ]
        place = labelled.index(number) if number in labelled else 0
        if source.kind == "task":
            y = source.bottom + 13 + 15 * place
            return TextSpot(self.edge - 4, y, "end", words)
        return TextSpot(source.rail + 26, source.cy + away + 15 + 15 * place, "start", words)

    def _below(self, row: Row) -> float:
        """How far below the middle the title stands when it stands below the lines at the right."""
        return 18.0 + (8 + 15 * row.sub_labels if row.right_out else 0)

    def _words_end(self, row: Row) -> float:
        """Where the title ends that stands below the lines at the right."""
        return row.cy + self._below(row) + 16 * (len(row.lines) - 1) + 4

    def _shift(self, row: Row, sign: int) -> float:
        """Where both directions use the right border, they keep apart."""
        return 8.0 * sign if row.right_in and row.right_out else 0.0

    def _border(self, row: Row, dy: float) -> float:
        """The right border of a row's shape, ``dy`` below its middle."""
        if row.kind == "task":
            return row.left + row.width
        half = row.width / 2
        if row.kind == "gateway":
            return float(row.left + half + half - abs(dy))
        return float(row.left + half + (half * half - dy * dy) ** 0.5)
