"""Lines of the wide drawing: from border to border, right-angled, around everything else.

A line only ever runs along a free row of a column, or up and down in the channel between two
columns, where no node is. Branches leave a gateway at its tip and enter a join at its tip where
the way is free. Edges against the flow run in lanes above or below all that they pass.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .geometry import EdgePath, Layout, Point, TextSpot, simplified
from .layering import Arc
from .measure import BOUNDARY_RADIUS, text_width
from .sketch import Item, Sketch, arc_source, exit_below, place_node, port_of

__all__ = ["Router"]

CHANNEL = 46.0
TRACK = 12.0
BEFORE = 18.0  # from a column to the first track
AFTER = 24.0  # from the last track to the next column: a bend and an arrow head
LANE = 24.0


@dataclass(slots=True, eq=False)
class Net:
    """Lines that share one vertical track of a channel, because they share an end."""

    sources: set[float] = field(default_factory=set)
    targets: set[float] = field(default_factory=set)
    label: float = 0.0
    track: int = 0

    @property
    def low(self) -> float:
        return min(self.sources | self.targets)

    @property
    def high(self) -> float:
        return max(self.sources | self.targets)


@dataclass(slots=True, eq=False)
class Back:
    """The plan of an edge against the flow."""

    lane: float
    above: bool
    leaves: bool  # straight out of the node; else through the channel behind it
    enters: bool
    out_net: Net | None = None
    in_net: Net | None = None


class Router:
    """Turns a sketch with rows into a layout."""

    def __init__(self, sketch: Sketch, layout: Layout) -> None:
        self.sketch = sketch
        self.layout = layout
        self.items = sketch.items
        self.arcs = sketch.diagram.arcs
        self.item_of = {item.node: i for i, item in enumerate(self.items) if item.node >= 0}
        self.tips_out: set[int] = set()  # arcs that leave a gateway upwards or downwards
        self.tips_in: set[int] = set()
        self.drops: set[int] = set()  # arcs that leave a boundary event straight down
        self.sides: dict[int, set[str]] = {i: set() for i in range(len(self.items))}
        self.nets: list[dict[object, Net]] = [{} for _ in range(len(sketch.layers) + 1)]
        self.needs = [self._least(channel) for channel in range(len(sketch.layers) + 1)]
        self.backs: dict[int, Back] = {}
        self.centre: list[float] = []
        self.left: list[float] = []
        self.right: list[float] = []

    def run(self) -> None:
        self._choose_ends()
        self._plan_backs()
        self._reserve_corners()
        self._collect_nets()
        self._place_columns()
        for item in self.items:
            if item.node >= 0:
                x = self.centre[item.layer]
                side = self._title_side(self.item_of[item.node])
                for box in place_node(self.sketch, item, x, side):
                    self.layout.nodes[box.name] = box
        self.layout.nodes = {
            node.name: self.layout.nodes[node.name] for node in self.sketch.diagram.nodes
        }
        for number, arc in enumerate(self.arcs):
            if number in self.backs:
                self._draw_back(number, arc)
            elif number in self.sketch.chains:
                self._draw_forward(number, arc)
            else:
                self._draw_loop(arc)

    def _least(self, channel: int) -> float:
        """Room for an arrow, counted from the shapes: words beside them may reach into it."""
        if not channel or channel == len(self.sketch.layers):
            return CHANNEL
        members = [self.items[i] for i in self.sketch.layers[channel - 1]]
        shape = max((item.half_w for item in members), default=0.0)
        return max(16.0, shape + CHANNEL - max(item.right for item in members))

    # where lines meet nodes ---------------------------------------------------------------

    def _clear(self, index: int, low: float, high: float, lines: bool = True) -> bool:
        """Is nothing else of the item's column between these heights?"""
        for other in self.sketch.layers[self.items[index].layer]:
            item = self.items[other]
            if other == index or (item.node < 0 and not lines):
                continue
            if item.y - item.top - 4 < high and item.y + item.bottom + 4 > low:
                return False
        return True

    def _choose_ends(self) -> None:
        items, chains = self.items, self.sketch.chains
        outs = Counter(chain[0] for chain in chains.values())
        ins = Counter(chain[-1] for chain in chains.values())
        for number, chain in chains.items():
            arc, first, second = self.arcs[number], items[chain[0]], items[chain[1]]
            if arc.port is not None:
                x_free = second.y > first.y + first.half_h + BOUNDARY_RADIUS + 14
                if x_free and self._clear(chain[0], first.y + first.half_h, second.y + 8):
                    self.drops.add(number)
                continue
            # Words on a line that leaves downwards stand between it and the gateway.
            least = 44 if arc.label and second.y > first.y else 32
            far = abs(second.y - first.y) >= least
            if first.kind == "gateway" and outs[chain[0]] > 1 and far:
                low, high = sorted((first.y, second.y))
                if self._clear(chain[0], low - 18, high):
                    self.tips_out.add(number)
                    self.sides[chain[0]].add("top" if second.y < first.y else "bottom")
                    continue
            self.sides[chain[0]].add("right")
        for number, chain in chains.items():
            last, before = items[chain[-1]], items[chain[-2]]
            self.sides[chain[-1]].add("left")
            if last.kind != "gateway" or ins[chain[-1]] < 2 or outs[chain[-1]] > 1:
                continue
            if len(chain) == 2 and (number in self.tips_out or self.arcs[number].port is not None):
                continue
            low, high = sorted((last.y, before.y))
            if high - low >= 32 and self._clear(chain[-1], low - 8, high + 8):
                self.tips_in.add(number)
                self.sides[chain[-1]].add("top" if before.y < last.y else "bottom")

    def _below(self, item: Item, arc: Arc) -> float:
        assert arc.port is not None
        return exit_below(item, item.ports.index(arc.port))

    def _title_side(self, index: int) -> str:
        sides, item = self.sides[index], self.items[index]
        places = [("top", "above"), ("bottom", "below")]
        if item.beside:
            places.insert(0, ("right", "right"))
        for side, name in places:
            if side not in sides:
                return name
        return "corner"

    def _reserve_corners(self) -> None:
        """Keep room at the left of a gateway whose sides are all taken, for its words."""
        for index, item in enumerate(self.items):
            if item.kind == "gateway" and item.lines and self._title_side(index) == "corner":
                words = max(text_width(line, 12) for line in item.lines)
                item.left = max(item.left, 14 + words)

    def _plan_backs(self) -> None:
        """Give each edge against the flow a lane, the short ones nearest to the nodes."""
        items = self.items
        tops = [min(items[i].y - items[i].top for i in layer) for layer in self.sketch.layers]
        bottoms = [max(items[i].y + items[i].bottom for i in layer) for layer in self.sketch.layers]
        spans = {
            n: (self.item_of[self.arcs[n].dst], self.item_of[self.arcs[n].src])
            for n in self.sketch.backs
        }
        order = sorted(
            spans, key=lambda n: (abs(items[spans[n][1]].layer - items[spans[n][0]].layer), n)
        )
        for number in order:
            target, source = spans[number]
            low, high = sorted((items[target].layer, items[source].layer))
            plans = []
            for above in (True, False):
                lane = (
                    min(tops[low : high + 1]) - LANE
                    if above
                    else max(bottoms[low : high + 1]) + LANE
                )
                leaves = self.arcs[number].port is None and self._straight(source, lane, True)
                enters = self._straight(target, lane, False)
                length = abs(lane - items[source].y) + abs(lane - items[target].y)
                cost = length + 90 * (not leaves) + 90 * (not enters) + 20 * (not above)
                plans.append((cost, not above, Back(lane, above, leaves, enters)))
            plan = min(plans, key=lambda entry: entry[:2])[2]
            self.backs[number] = plan
            edges = tops if plan.above else bottoms
            for layer in range(low, high + 1):
                edges[layer] = plan.lane
            side = "top" if plan.above else "bottom"
            self.sides[source].add(side if plan.leaves else "right")
            self.sides[target].add(side if plan.enters else "left")

    def _straight(self, index: int, lane: float, leaving: bool) -> bool:
        item = self.items[index]
        side = "top" if lane < item.y else "bottom"
        if side in self.sides[index]:
            return False
        # Below a task is its caption, below an event its title: no line runs through words.
        if side == "bottom" and item.kind != "gateway":
            return False
        if item.ports:
            return False
        if leaving and item.kind != "gateway" and not self._quiet(index):
            return False
        low, high = sorted((lane, item.y))
        return self._clear(index, low, high, lines=False)

    def _quiet(self, index: int) -> bool:
        """Does no other edge against the flow end at this node?"""
        node = self.items[index].node
        return not any(self.arcs[n].dst == node for n in self.sketch.backs)

    # channels -------------------------------------------------------------------------------

    def _segments(self, number: int) -> list[tuple[int, float, float]]:
        """Per channel that a forward arc crosses: the heights at its left and right end."""
        items, chain, arc = self.items, self.sketch.chains[number], self.arcs[number]
        result = []
        last = len(chain) - 2
        for k in range(last + 1):
            start, end = items[chain[k]], items[chain[k + 1]]
            y_from, y_to = start.y, end.y
            if k == 0 and arc.port is not None:
                y_from = end.y if number in self.drops else self._below(start, arc)
            elif k == 0 and number in self.tips_out:
                y_from = end.y
            if k == last and number in self.tips_in:
                y_to = y_from if k == 0 else start.y
            result.append((start.layer + 1, y_from, y_to))
        return result

    def _collect_nets(self) -> None:
        chains = self.sketch.chains
        fan: Counter[tuple[int, object]] = Counter()
        for number in chains:
            for k, (channel, y_from, y_to) in enumerate(self._segments(number)):
                if y_from != y_to:
                    fan[channel, self._source_key(number, k)] += 1
        for number, chain in chains.items():
            for k, (channel, y_from, y_to) in enumerate(self._segments(number)):
                label = text_width(self.arcs[number].label, 12) if k == 0 else 0.0
                if label:
                    self._need_label(number, channel, y_from != y_to, label)
                if y_from == y_to:
                    continue
                source = self._source_key(number, k)
                key = source if fan[channel, source] > 1 else ("to", chain[k + 1])
                net = self.nets[channel].setdefault(key, Net())
                net.sources.add(y_from)
                net.targets.add(y_to)
                net.label = max(net.label, label)
        for number, back in self.backs.items():
            arc = self.arcs[number]
            source, target = self.items[self.item_of[arc.src]], self.items[self.item_of[arc.dst]]
            if not back.leaves:
                y = source.y if arc.port is None else self._below(source, arc)
                net = self.nets[source.layer + 1].setdefault(("back", number), Net())
                net.sources |= {y, back.lane}
                back.out_net = net
            if not back.enters:
                net = self.nets[target.layer].setdefault(("home", arc.dst, back.above), Net())
                net.targets |= {target.y, back.lane}
                back.in_net = net
        for channel, nets in enumerate(self.nets):
            tracks = _assign_tracks(list(nets.values()))
            label = max((net.label for net in nets.values()), default=0.0)
            if tracks:
                words = label + 14 if label else 0.0
                room = BEFORE + (tracks - 1) * TRACK + max(AFTER, words + 12)
                self.needs[channel] = max(self.needs[channel], room)

    def _source_key(self, number: int, k: int) -> object:
        item = self.sketch.chains[number][k]
        return ("from", item, self.arcs[number].port if k == 0 else None)

    def _need_label(self, number: int, channel: int, bends: bool, label: float) -> None:
        """Make the channel so wide that the words fit on the first level stretch."""
        if bends:
            return
        start = self.items[self.sketch.chains[number][0]]
        column = max(self.items[i].right for i in self.sketch.layers[start.layer])
        free = column if number in self.tips_out else column - start.half_w
        self.needs[channel] = max(self.needs[channel], label + 30 - free)

    def _place_columns(self) -> None:
        x = 0.0
        for layer, members in enumerate(self.sketch.layers):
            if layer or self.nets[0]:
                x += self.needs[layer]
            width_left = max(self.items[i].left for i in members)
            width_right = max(self.items[i].right for i in members)
            self.left.append(x)
            self.centre.append(x + width_left)
            x += width_left + width_right
            self.right.append(x)

    def _track_x(self, channel: int, net: Net) -> float:
        start = self.left[0] - self.needs[0] if channel == 0 else self.right[channel - 1]
        nets = self.nets[channel].values()
        tracks = max(n.track for n in nets) + 1
        room = self.needs[channel]
        if any(n.label for n in nets):
            return start + BEFORE + net.track * TRACK
        spare = room - BEFORE - AFTER - (tracks - 1) * TRACK
        return start + BEFORE + max(spare, 0) / 2 + net.track * TRACK

    # drawing --------------------------------------------------------------------------------

    def _draw_forward(self, number: int, arc: Arc) -> None:
        chain = self.sketch.chains[number]
        first, last = self.items[chain[0]], self.items[chain[-1]]
        start_x, end_x = self.centre[first.layer], self.centre[last.layer]
        segments = self._segments(number)
        points: list[Point] = []
        y = segments[0][1]
        if arc.port is not None:
            bx, by = port_of(first, start_x, first.ports.index(arc.port))
            points += [(bx, by + BOUNDARY_RADIUS), (bx, y)]
        elif number in self.tips_out:
            tip = -first.half_h if y < first.y else first.half_h
            points += [(start_x, first.y + tip), (start_x, y)]
        else:
            points.append((start_x + first.half_w, first.y))
        label_x = points[-1][0] + 8
        for k, (channel, y_from, y_to) in enumerate(segments):
            if y_from == y_to:
                continue
            x = self._track_x(channel, self._net(number, k, channel))
            points += [(x, y_from), (x, y_to)]
            if k == 0:
                label_x = x + 8
        y = segments[-1][2]
        if number in self.tips_in:
            tip = -last.half_h if y < last.y else last.half_h
            points += [(end_x, y), (end_x, last.y + tip)]
        else:
            points.append((end_x - last.half_w, last.y))
        label = None
        if arc.label:
            label = TextSpot(label_x, segments[0][2] - 6, "start", (arc.label,))
        self._add(arc, points, label)

    def _net(self, number: int, k: int, channel: int) -> Net:
        nets = self.nets[channel]
        return (
            nets.get(self._source_key(number, k)) or nets["to", self.sketch.chains[number][k + 1]]
        )

    def _draw_back(self, number: int, arc: Arc) -> None:
        back = self.backs[number]
        source, target = self.items[self.item_of[arc.src]], self.items[self.item_of[arc.dst]]
        sx, tx = self.centre[source.layer], self.centre[target.layer]
        sign = -1 if back.above else 1
        points: list[Point] = []
        if back.out_net is None:
            points += [(sx, source.y + sign * source.half_h), (sx, back.lane)]
        else:
            x = self._track_x(source.layer + 1, back.out_net)
            if arc.port is None:
                points.append((sx + source.half_w, source.y))
            else:
                bx, by = port_of(source, sx, source.ports.index(arc.port))
                points += [(bx, by + BOUNDARY_RADIUS), (bx, self._below(source, arc))]
            points += [(x, points[-1][1]), (x, back.lane)]
        corner = points[-1][0]
        if back.in_net is None:
            points += [(tx, back.lane), (tx, target.y + sign * target.half_h)]
        else:
            x = self._track_x(target.layer, back.in_net)
            points += [(x, back.lane), (x, target.y), (tx - target.half_w, target.y)]
        label = None
        if arc.label:
            label = TextSpot(corner - 10, back.lane - 6, "end", (arc.label,))
        self._add(arc, points, label, back=True)

    def _draw_loop(self, arc: Arc) -> None:
        """An edge from a node to itself: out to the right, over the top, and in from above."""
        item = self.items[self.item_of[arc.src]]
        x = self.centre[item.layer]
        top = item.y - item.half_h - 18
        side = x + item.half_w + 12
        if arc.port is None:
            points: list[Point] = [(x + item.half_w, item.y)]
        else:
            bx, by = port_of(item, x, item.ports.index(arc.port))
            points = [(bx, by + BOUNDARY_RADIUS), (bx, self._below(item, arc))]
        points += [(side, points[-1][1]), (side, top), (x, top), (x, item.y - item.half_h)]
        label = TextSpot(x + 6, top - 6, "start", (arc.label,)) if arc.label else None
        self._add(arc, points, label, back=True)

    def _add(
        self, arc: Arc, points: list[Point], label: TextSpot | None, back: bool = False
    ) -> None:
        diagram = self.sketch.diagram
        self.layout.edges.append(
            EdgePath(
                arc_source(diagram, arc),
                diagram.nodes[arc.dst].name,
                arc.edge_class,
                simplified(points),
                label,
                back,
            )
        )


def _cost(left: Net, right: Net) -> int:
    """Crossings when one net's track is left of the other's; an overlap counts as many."""
    total = 0
    for y in left.targets:
        total += right.low < y < right.high
        total += 100 * any(abs(y - other) < 3 for other in right.sources)
    for y in right.sources:
        total += left.low < y < left.high
    return total


def _assign_tracks(nets: list[Net]) -> int:
    """Number the tracks of a channel from left to right; return how many there are."""
    nets.sort(key=lambda net: (net.low, net.high))
    for _ in range(len(nets)):
        changed = False
        for i in range(len(nets) - 1):
            if _cost(nets[i + 1], nets[i]) < _cost(nets[i], nets[i + 1]):
                nets[i], nets[i + 1] = nets[i + 1], nets[i]
                changed = True
        if not changed:
            break
    tracks = 0
    for i, net in enumerate(nets):
        net.track = 0
        for other in nets[:i]:
            apart = other.high + 6 < net.low or net.high + 6 < other.low
            if not apart:
                net.track = max(net.track, other.track + 1)
        tracks = max(tracks, net.track + 1)
    return tracks
