"""The drawing's promises, held against arbitrary graphs."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings

from tests.examples import examples
from viewflow.drawing.geometry import Layout, NodeBox, TextSpot
from viewflow.drawing.layout import draw
from viewflow.drawing.measure import text_width

from .graphs import SAMPLES, FakeNode, graphs, pizza, structured, switch

ORIENTS = ["wide", "tall"]
anything = settings(max_examples=examples(50), suppress_health_check=[HealthCheck.too_slow])


def overlap(a: NodeBox, b: NodeBox) -> bool:
    return (
        a.x < b.x + b.width
        and b.x < a.x + a.width
        and a.y < b.y + b.height
        and b.y < a.y + a.height
    )


def inside(point, box: NodeBox, margin: float = 0.5) -> bool:
    x, y = point
    return (
        box.x + margin < x < box.x + box.width - margin
        and box.y + margin < y < box.y + box.height - margin
    )


def crosses(a, b, box: NodeBox, margin: float = 1.0) -> bool:
    """Does the right-angled segment run through the box?"""
    (ax, ay), (bx, by) = a, b
    return (
        max(min(ax, bx), box.x + margin) < min(max(ax, bx), box.x + box.width - margin)
        or (ax == bx and box.x + margin < ax < box.x + box.width - margin)
    ) and (
        max(min(ay, by), box.y + margin) < min(max(ay, by), box.y + box.height - margin)
        or (ay == by and box.y + margin < ay < box.y + box.height - margin)
    )


def on_border(point, box: NodeBox) -> bool:
    x, y = point
    if box.kind == "gateway":
        return abs(abs(x - box.cx) + abs(y - box.cy) - box.width / 2) < 0.6
    if box.kind in {"start", "end", "event", "boundary"}:
        return abs(((x - box.cx) ** 2 + (y - box.cy) ** 2) ** 0.5 - box.width / 2) < 0.6
    on_x = (
        min(abs(x - box.x), abs(x - box.x - box.width)) < 0.1 and box.y <= y <= box.y + box.height
    )
    on_y = (
        min(abs(y - box.y), abs(y - box.y - box.height)) < 0.1 and box.x <= x <= box.x + box.width
    )
    return on_x or on_y


def words_box(spot: TextSpot, size: float = 12) -> NodeBox:
    width = max(text_width(line, size) for line in spot.lines)
    left = spot.x - {"start": 0, "middle": width / 2, "end": width}[spot.anchor]
    height = 12 + 15 * (len(spot.lines) - 1)
    return NodeBox("", "", left, spot.y - 10, width, height, spot)


def check(layout: Layout, nodes: list[FakeNode]) -> None:
    assert set(layout.nodes) == {node.name for node in nodes}
    for a, b in itertools.combinations(layout.nodes.values(), 2):
        attached = a.name == b.host or b.name == a.host
        assert attached or not overlap(a, b), f"{a} overlaps {b}"
    for box in layout.nodes.values():
        assert layout.x <= box.x and box.x + box.width <= layout.x + layout.width
        assert layout.y <= box.y and box.y + box.height <= layout.y + layout.height
        if box.title.lines:
            words = words_box(box.title, 12 if box.kind == "gateway" else 13)
            for other in layout.nodes.values():
                assert other is box or not overlap(words, other), f"{words} lies on {other}"
    for edge in layout.edges:
        source, target = layout.nodes[edge.src], layout.nodes[edge.dst]
        assert len(edge.points) >= 2
        assert on_border(edge.points[0], source), (edge, source)
        assert on_border(edge.points[-1], target), (edge, target)
        for number, (a, b) in enumerate(itertools.pairwise(edge.points)):
            assert a[0] == b[0] or a[1] == b[1], f"not right-angled: {edge}"
            for box in layout.nodes.values():
                # The frame around a circle or a diamond is not its border.
                starts = number == 0 and box is source
                ends = number == len(edge.points) - 2 and box is target
                if box.kind != "task" and (starts or ends):
                    continue
                assert not crosses(a, b, box), f"{edge} runs through {box}"
        for x, y in edge.points:
            assert layout.x <= x <= layout.x + layout.width
            assert layout.y <= y <= layout.y + layout.height
        if edge.label is not None:
            words = words_box(edge.label)
            for box in layout.nodes.values():
                assert not overlap(words, box), f"{words} lies on {box}"


@pytest.mark.parametrize("orient", ORIENTS)
@anything
@given(nodes=graphs())
def test_any_graph_is_drawn_without_overlaps(orient, nodes):
    """B430"""
    check(draw(nodes, orient), nodes)


@pytest.mark.parametrize("orient", ORIENTS)
@anything
@given(nodes=structured())
def test_nested_flows_are_drawn_without_overlaps(orient, nodes):
    """B430"""
    check(draw(nodes, orient), nodes)


@pytest.mark.parametrize("orient", ORIENTS)
@settings(max_examples=examples(15))
@given(nodes=graphs())
def test_same_flow_gives_same_drawing(orient, nodes):
    """B433"""
    assert draw(nodes, orient) == draw(nodes, orient)


@pytest.mark.parametrize("orient", ORIENTS)
@pytest.mark.parametrize("name", SAMPLES)
def test_samples_keep_every_promise(name, orient):
    nodes = SAMPLES[name]()
    check(draw(nodes, orient), nodes)


@settings(max_examples=examples(25))
@given(nodes=graphs(30))
def test_tall_drawing_fits_a_phone(nodes):
    """A column is 320 px wide; only very deep nesting may ask for scaling."""
    layout = draw(nodes, "tall")
    tracks = max((x for edge in layout.edges for x, _ in edge.points), default=0.0)
    assert layout.width <= max(320.0, tracks + 20)


def ending(branches: int, title: str) -> list[FakeNode]:
    """A choice whose branches all lead straight to the end, without a gateway to meet at."""
    start, choice = (
        FakeNode("start", "HUMAN_START"),
        FakeNode("choice", "SWITCH", "Over 50 guests?"),
    )
    end = FakeNode("end", "END", title)
    ways = [FakeNode(f"way_{number}", "HUMAN", "Drive there") for number in range(branches)]
    start.to(choice)
    for way in ways:
        choice.to(way, label="yes")
        way.to(end)
    return [start, choice, *ways, end]


@pytest.mark.parametrize("title", ["Fed", "All guests are fed and have gone home"])
@pytest.mark.parametrize("branches", [2, 3])
@pytest.mark.parametrize("orient", ORIENTS)
def test_no_line_runs_through_the_words_of_a_shared_end(orient, branches, title):
    nodes = ending(branches, title)
    layout = draw(nodes, orient)
    check(layout, nodes)
    end = layout.nodes["end"]
    date = TextSpot(end.caption.x, end.caption.y, end.caption.anchor, ("30 September",))
    for words in (words_box(end.title, 13), words_box(date)):
        assert words.y + words.height <= layout.y + layout.height
        for edge in layout.edges:
            for a, b in itertools.pairwise(edge.points):
                assert not crosses(a, b, words), f"{edge} runs through {words}"


def test_main_path_is_straight():
    layout = draw(pizza(), "wide")
    middle = {
        layout.nodes[name].cy for name in ("start", "charge", "bake", "pickup", "join", "end")
    }
    assert len(middle) == 1
    hand, deliver = layout.nodes["hand_over"].cy, layout.nodes["deliver"].cy
    assert hand + deliver == pytest.approx(2 * middle.pop())
    assert hand < deliver


def test_cases_keep_their_order_and_even_spacing():
    layout = draw(switch(), "wide")
    rows = [layout.nodes[f"case_{i}"].cy for i in range(5)]
    assert rows == sorted(rows)
    steps = {round(b - a, 1) for a, b in itertools.pairwise(rows)}
    assert len(steps) == 1
    assert layout.nodes["kind"].cy == layout.nodes["case_2"].cy == layout.nodes["pay"].cy


def test_early_exits_do_not_bend_the_main_path():
    nodes = [FakeNode("start", "HUMAN_START")]
    for i in range(4):
        choice, no = FakeNode(f"x{i}", "EXCLUSIVE_GATEWAY", "Fine?"), FakeNode(f"no{i}", "END")
        nodes[-1 if i == 0 else -2].to(choice, label="yes" if i else "")
        choice.to(no, label="no")
        nodes += [choice, no]
    end = FakeNode("end", "END")
    nodes[-2].to(end, label="yes")
    nodes.insert(-1, end)
    layout = draw(nodes, "wide")
    assert len({layout.nodes[name].cy for name in ("start", "x0", "x1", "x2")}) == 1


def test_boundary_event_sits_on_its_host():
    """B442"""
    layout = draw(SAMPLES["boundaries"](), "wide")
    event, host = layout.nodes["work__timeout"], layout.nodes["work"]
    assert event.host == "work"
    assert event.cy == host.y + host.height
    assert host.x < event.x and event.x + event.width < host.x + host.width
    assert all(edge.src != "work" or edge.dst != "work__timeout" for edge in layout.edges)
    leaving = next(edge for edge in layout.edges if edge.src == "work__timeout")
    assert on_border(leaving.points[0], event)


@pytest.mark.parametrize("orient", ORIENTS)
def test_words_on_a_loop_do_not_lie_on_the_next_node(orient):
    """B430"""
    first, again, then = (FakeNode(name, "HUMAN_START") for name in ("first", "again", "then"))
    first.to(then)
    again.to(again, label="below 100 EUR").to(then)
    check(draw([first, again, then], orient), [first, again, then])


def test_two_short_branches_stand_side_by_side_when_tall():
    layout = draw(pizza(), "tall")
    hand, deliver = layout.nodes["hand_over"], layout.nodes["deliver"]
    assert hand.y == deliver.y
    assert hand.x + hand.width < deliver.x


def test_long_titles_are_wrapped_and_kept_whole():
    """B430"""
    node = FakeNode("a", "HUMAN", "Approve the yearly report of the department")
    for orient in ORIENTS:
        box = draw([node], orient).nodes["a"]
        assert " ".join(box.title.lines) == node.task_title
        assert all(text_width(line) <= box.width - 36 for line in box.title.lines)


def test_words_of_a_choice_default_to_yes_and_no():
    """B432"""
    labels = [e.label.lines[0] for e in draw(pizza(), "wide").edges if e.label]
    assert labels == ["yes", "no"]


def test_empty_flow_and_single_node_are_drawn():
    assert draw([], "wide").nodes == {}
    assert list(draw([FakeNode("alone")], "tall").nodes) == ["alone"]


def test_unknown_orientation_is_refused():
    with pytest.raises(ValueError, match="wide or tall"):
        draw([], "diagonal")


def test_large_flow_is_laid_out_quickly():
    import time

    nodes = [FakeNode(f"n{i}") for i in range(200)]
    for a, b in itertools.pairwise(nodes):
        a.to(b)
    for i in range(0, 190, 7):
        nodes[i].to(nodes[i + 6])
    began = time.perf_counter()
    draw(nodes, "wide")
    assert time.perf_counter() - began < 5
