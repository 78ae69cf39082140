"""Order within the columns, and where the rows lie.

Crossings are reduced by barycentre sweeps with neighbour exchange, starting from the order in
which the flow declares its branches: a drawing without crossings keeps exactly that order.
Rows follow Brandes and Köpf, "Fast and Simple Horizontal Coordinate Assignment" (2001):
four extreme alignments, each with straight long edges, and the median of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from statistics import median

__all__ = ["assign_rows", "order_layers", "straighten"]

Layers = list[list[int]]
Links = list[tuple[int, int]]


def _neighbours(count: int, links: Links) -> tuple[list[list[int]], list[list[int]]]:
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for src, dst in links:
        after[src].append(dst)
        before[dst].append(src)
    return before, after


def _crossings_between(upper: list[int], after: list[list[int]], pos: list[int]) -> int:
    ends = [pos[dst] for src in upper for dst in sorted(after[src], key=pos.__getitem__)]
    return sum(1 for i, a in enumerate(ends) for b in ends[i + 1 :] if a > b)


def order_layers(layers: Layers, links: Links, count: int) -> Layers:
    """The layers with their items put in an order with few crossings."""
    before, after = _neighbours(count, links)
    pos = [0] * count

    def number(candidate: Layers) -> None:
        for layer in candidate:
            for position, item in enumerate(layer):
                pos[item] = position

    def crossings(candidate: Layers) -> int:
        number(candidate)
        return sum(_crossings_between(layer, after, pos) for layer in candidate[:-1])

    best = [list(layer) for layer in layers]
    best_count = crossings(best)
    current = [list(layer) for layer in best]
    for sweep in range(12):
        if not best_count:
            break
        forward = sweep % 2 == 0
        number(current)
        indexes = range(1, len(current)) if forward else range(len(current) - 2, -1, -1)
        for i in indexes:
            near = before if forward else after
            current[i].sort(
                key=lambda item, near=near: (  # type: ignore[misc]
                    sum(pos[other] for other in near[item]) / len(near[item])
                    if near[item]
                    else pos[item]
                )
            )
            for position, item in enumerate(current[i]):
                pos[item] = position
        _exchange(current, before, after, pos)
        found = crossings(current)
        if found < best_count:
            best, best_count = [list(layer) for layer in current], found
    number(best)
    return best


def _exchange(
    layers: Layers, before: list[list[int]], after: list[list[int]], pos: list[int]
) -> None:
    """Swap neighbours as long as that removes a crossing."""

    def between(a: int, b: int) -> int:
        return sum(
            1 for near in (before, after) for x in near[a] for y in near[b] if pos[x] > pos[y]
        )

    for _ in range(6):
        changed = False
        for layer in layers:
            for i in range(len(layer) - 1):
                a, b = layer[i], layer[i + 1]
                if between(b, a) < between(a, b):
                    layer[i], layer[i + 1] = b, a
                    pos[a], pos[b] = i + 1, i
                    changed = True
        if not changed:
            break


def assign_rows(
    layers: Layers,
    links: Links,
    dummy: list[bool],
    gap: Callable[[int, int], float],
) -> list[float]:
    """A cross coordinate for each item; ``gap(a, b)`` is the least distance of ``b`` below ``a``."""
    count = len(dummy)
    before, after = _neighbours(count, links)
    pos = [0] * count
    for layer in layers:
        for position, item in enumerate(layer):
            pos[item] = position
    conflicts = _conflicts(layers, before, dummy, pos)
    candidates: list[list[float]] = []
    for upward in (False, True):
        for mirrored in (False, True):
            view = [list(reversed(layer)) if mirrored else layer for layer in layers]
            if upward:
                view = view[::-1]
            near = after if upward else before
            rank = [0] * count
            for layer in view:
                for position, item in enumerate(layer):
                    rank[item] = position
            root = _align(view, near, rank, conflicts)
            rows = _compact(view, root, gap, mirrored)
            candidates.append([-row for row in rows] if mirrored else rows)
    widths = [max(rows) - min(rows) for rows in candidates]
    base = candidates[widths.index(min(widths))]
    for number, rows in enumerate(candidates):
        # Upper alignments meet the narrowest drawing at its top, lower ones at its bottom.
        shift = max(base) - max(rows) if number % 2 else min(base) - min(rows)
        for item in range(count):
            rows[item] += shift
    result = []
    for item in range(count):
        _, low, high, _ = sorted(rows[item] for rows in candidates)
        result.append((low + high) / 2)
    return result


def _conflicts(
    layers: Layers, before: list[list[int]], dummy: list[bool], pos: list[int]
) -> set[tuple[int, int]]:
    """Edges that cross the inside of a long edge: the long edge stays straight, they give way."""
    found: set[tuple[int, int]] = set()
    for upper, lower in itertools.pairwise(layers):
        start, scanned = 0, 0
        for index, item in enumerate(lower):
            inner = next((o for o in before[item] if dummy[o]), None) if dummy[item] else None
            if inner is None and index < len(lower) - 1:
                continue
            end = pos[inner] if inner is not None else len(upper) - 1
            for other in lower[scanned : index + 1]:
                for source in before[other]:
                    outside = pos[source] < start or pos[source] > end
                    if outside and not (dummy[source] and dummy[other]):
                        found.add((source, other))
            scanned, start = index + 1, end
    return found


def _align(
    layers: Layers, near: list[list[int]], rank: list[int], conflicts: set[tuple[int, int]]
) -> list[int]:
    """Chain items with their median neighbours; the result is each item's first of its chain."""
    root = list(range(len(rank)))
    align = list(range(len(rank)))
    for layer in layers:
        last = -1
        for item in layer:
            others = sorted(near[item], key=rank.__getitem__)
            if not others:
                continue
            middle = (len(others) - 1) / 2
            for index in dict.fromkeys((int(middle), int(middle + 0.5))):
                other = others[index]
                free = align[item] == item and last < rank[other]
                if free and (other, item) not in conflicts and (item, other) not in conflicts:
                    align[other] = item
                    root[item] = root[other]
                    align[item] = root[item]
                    last = rank[other]
    return root


def _compact(
    layers: Layers, root: list[int], gap: Callable[[int, int], float], mirrored: bool
) -> list[float]:
    """Move the blocks of aligned items together, first against one side and then the other."""
    after: dict[int, dict[int, float]] = {}
    before: dict[int, dict[int, float]] = {}
    for layer in layers:
        for a, b in itertools.pairwise(layer):
            distance = gap(b, a) if mirrored else gap(a, b)
            left, right = root[a], root[b]
            after.setdefault(left, {})
            after[left][right] = max(distance, after[left].get(right, 0.0))
            before.setdefault(right, {})[left] = after[left][right]
    blocks = list(dict.fromkeys(root[item] for layer in layers for item in layer))
    order = _block_order(blocks, before)
    place: dict[int, float] = {}
    for block in order:
        place[block] = max(
            (place[other] + distance for other, distance in before.get(block, {}).items()),
            default=0.0,
        )
    for block in reversed(order):
        limits = [place[other] - distance for other, distance in after.get(block, {}).items()]
        if limits and before.get(block):
            place[block] = max(place[block], min(limits))
    return [place[root[item]] for item in range(len(root))]


def _block_order(blocks: list[int], before: dict[int, dict[int, float]]) -> list[int]:
    """Blocks after everything that must lie above them."""
    order: list[int] = []
    done: set[int] = set()
    for block in blocks:
        stack = [block]
        while stack:
            top = stack[-1]
            waiting = [other for other in before.get(top, {}) if other not in done]
            if top in done:
                stack.pop()
            elif waiting:
                stack.extend(waiting)
            else:
                done.add(top)
                order.append(top)
                stack.pop()
    return order


def straighten(
    layers: Layers, links: Links, rows: list[float], gap: Callable[[int, int], float]
) -> None:
    """Remove small bends that the median of four alignments leaves; changes ``rows``.

    A plain link wants to be level, a fork or a join in the middle of its branches. Whole runs of
    level links are moved, where the neighbours leave room and the drawing gets straighter.
    """
    before, after = _neighbours(len(rows), links)
    # Each wish: this item in the middle of those.
    wishes: list[tuple[int, list[int]]] = []
    for item in range(len(rows)):
        wishes.extend((item, near[item]) for near in (after, before) if len(near[item]) > 1)
    wishes += [(a, [b]) for a, b in links if len(after[a]) == 1 and len(before[b]) == 1]
    place = {item: (layer, i) for layer in layers for i, item in enumerate(layer)}

    def off(wish: tuple[int, list[int]]) -> float:
        item, others = wish
        return median(rows[other] for other in others) - rows[item]

    def cost() -> float:
        return sum(distance + 25 for wish in wishes if (distance := abs(off(wish))) > 0.5)

    def run_of(item: int) -> set[int]:
        found, stack = {item}, [item]
        while stack:
            top = stack.pop()
            for other in (*before[top], *after[top]):
                if other not in found and abs(rows[other] - rows[top]) < 0.5:
                    found.add(other)
                    stack.append(other)
        return found

    def fits(moved: set[int]) -> bool:
        for item in moved:
            layer, i = place[item]
            if i and rows[item] - rows[layer[i - 1]] < gap(layer[i - 1], item) - 0.01:
                return False
            if i + 1 < len(layer) and (
                rows[layer[i + 1]] - rows[item] < gap(item, layer[i + 1]) - 0.01
            ):
                return False
        return True

    best = cost()
    for _ in range(4):
        changed = False
        for wish in wishes:
            distance = off(wish)
            if abs(distance) <= 0.5:
                continue
            item, others = wish
            moves = [(run_of(item), distance), ({item}, distance)]
            if len(others) == 1:
                moves += [(run_of(others[0]), -distance), ({others[0]}, -distance)]
            for group, delta in moves:
                for member in group:
                    rows[member] += delta
                now = cost() if fits(group) else best
                if now < best - 0.5:
                    best, changed = now, True
                    break
                for member in group:
                    rows[member] -= delta
        if not changed:
            break
