"""The markup: maps of pages and SVG files, with titles that mean harm."""

from __future__ import annotations

import itertools
import re
import time
from xml.etree import ElementTree

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from viewflow.workflow.chart import (
    NodeState,
    calc_layout_data,
    flow_layout,
    flow_map,
    grid_to_svg,
    topsort,
)

from .graphs import SAMPLES, FakeNode, fake_flow, graphs, pizza

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script> & \"quotes\" 'n' ]]> \u6838\u51c6 \u05d0\u05d1 \U0001f355"

ORDER_1038 = {
    "start": NodeState("done", "18:31"),
    "charge": NodeState("done", "3rd try"),
    "bake": NodeState("done", "Marta, 11 min"),
    "pickup": NodeState("done"),
    "hand_over": NodeState("cancelled", "not needed"),
    "deliver": NodeState("current", "Jonas, 6 min"),
}


def parsed(markup: str) -> ElementTree.Element:
    """HTML fragments of ours are well-formed XML as well."""
    return ElementTree.fromstring(markup)  # noqa: S314 our own document


def node_of(svg: ElementTree.Element, title: str) -> ElementTree.Element:
    for group in svg.iter("g"):
        if "node" in group.get("class", "").split() and title in "".join(group.itertext()):
            return group
    raise AssertionError(f"no node {title}")


def test_each_node_is_one_group_in_the_file():
    """B430"""
    for name, sample in SAMPLES.items():
        nodes = sample()
        root = parsed(grid_to_svg(calc_layout_data(fake_flow(nodes, name))).split("\n", 1)[1])
        ids = [g.get("id") for g in root.iter(f"{SVG}g") if g.get("id")]
        assert sorted(ids) == sorted(node.name for node in nodes)


def test_file_looks_right_without_any_stylesheet():
    """Under ``default-src 'self'`` a style element or attribute would be refused."""
    svg = grid_to_svg(calc_layout_data(fake_flow(pizza())))
    assert "<style" not in svg and "style=" not in svg and "<script" not in svg
    root = parsed(svg.split("\n", 1)[1])
    for shape in root.iter(f"{SVG}g"):
        if shape.get("id"):
            assert shape.find(f"{SVG}g").get("fill")
    assert all(p.get("fill") == "none" for p in root.iter(f"{SVG}path") if p.get("class") == "edge")


def test_node_carries_the_status_of_its_task():
    """B431"""
    grid = calc_layout_data(fake_flow(pizza()))
    grid.cells["bake"].status = "DONE"
    grid.cells["deliver"].status = "ASSIGNED"
    root = parsed(grid_to_svg(grid).split("\n", 1)[1])
    classes = {g.get("id"): g.get("class").split() for g in root.iter(f"{SVG}g") if g.get("id")}
    assert {"done", "DONE"} <= set(classes["bake"])
    assert {"current", "ASSIGNED"} <= set(classes["deliver"])
    assert classes["charge"] == ["node", "task"]


def test_choice_says_yes_and_no_and_a_join_has_a_tooltip():
    """B432"""
    root = parsed(grid_to_svg(calc_layout_data(fake_flow(pizza()))).split("\n", 1)[1])
    words = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "yes" in words and "no" in words
    join = next(g for g in root.iter(f"{SVG}g") if g.get("id") == "join")
    assert join.find(f"{SVG}title").text == "Join"


def test_drawn_twice_it_is_the_same():
    """B433"""
    first, second = (grid_to_svg(calc_layout_data(fake_flow(pizza()))) for _ in range(2))
    assert first == second
    assert flow_map(fake_flow(pizza()), ORDER_1038) == flow_map(fake_flow(pizza()), ORDER_1038)


@pytest.mark.parametrize("orient", ["wide", "tall", "both"])
def test_hostile_titles_stay_text(orient):
    """B444"""
    nodes = pizza()
    for node in nodes:
        node.task_title = HOSTILE
        for edge in node.edges:
            edge.label = HOSTILE
    flow = fake_flow(nodes, HOSTILE)
    states = {"bake": NodeState("done", HOSTILE, 3, 'https://x/?a=1&b="')}
    markup = flow_map(flow, states, orient=orient, label=HOSTILE)
    assert "<script" not in markup
    root = parsed(markup)
    assert root.find(".//ol/li").text.startswith(HOSTILE)
    assert all(link.get("href") == 'https://x/?a=1&b="' for link in root.iter("a"))
    assert "<script" not in grid_to_svg(calc_layout_data(flow))


@settings(max_examples=examples(25))
@given(
    nodes=graphs(), title=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
)
def test_any_title_gives_well_formed_documents(nodes, title):
    """B444"""
    nodes[0].task_title = title
    flow = fake_flow(nodes, title)
    parsed(grid_to_svg(calc_layout_data(flow)).split("\n", 1)[1])
    parsed(flow_map(flow, {nodes[0].name: NodeState("current", title, 2)}))


def test_map_shows_where_the_process_is():
    root = parsed(flow_map(fake_flow(pizza()), ORDER_1038))
    assert root.get("class") == "map"
    wide, tall = root.findall("svg")
    assert (wide.get("class"), tall.get("class")) == ("wide", "tall")
    for svg in (wide, tall):
        assert node_of(svg, "Deliver").get("class") == "node current"
        assert "Jonas, 6 min" in "".join(node_of(svg, "Deliver").itertext())
        assert node_of(svg, "Hand over").get("class") == "node cancelled"
        assert node_of(svg, "Closed").get("class") == "node future"
        assert len([p for p in svg.iter("path") if p.get("class") == "edge taken"]) == 4
        assert len([p for p in svg.iter("path") if p.get("class") == "edge dead"]) == 2
    assert "style" not in "".join(e.tag for e in root.iter())
    assert not re.search(r'\sstyle="', flow_map(fake_flow(pizza()), ORDER_1038))


def test_map_is_told_in_words_too():
    root = parsed(flow_map(fake_flow(pizza()), ORDER_1038, label="Order 1038"))
    assert all(svg.get("role") == "img" for svg in root.findall("svg"))
    assert all(svg.get("aria-label") == "Order 1038" for svg in root.findall("svg"))
    steps = root.find("ol")
    assert steps.get("class") == "visually-hidden"
    assert [item.text for item in steps] == [
        "Ordered, done, 18:31",
        "Charge, done, 3rd try",
        "Bake, done, Marta, 11 min",
        "Pickup?, done",
        "Hand over, cancelled, not needed",
        "Deliver, in progress, Jonas, 6 min",
        "Closed, to come",
    ]
    assert [item.text for item in steps if item.get("aria-current") == "step"] == [
        "Deliver, in progress, Jonas, 6 min"
    ]


def test_heat_map_links_to_the_work():
    states = {"bake": NodeState("heat3", "median 12 min", 14, "/inbox/?node=bake&x=1")}
    root = parsed(flow_map(fake_flow(pizza()), states, label="Where the work is"))
    for svg in root.findall("svg"):
        assert svg.get("role") == "group"  # links inside an image would be lost
        group = node_of(svg, "Bake")
        assert group.get("class") == "node heat3"
        link = group.find("a")
        assert link.get("href") == "/inbox/?node=bake&x=1"
        assert "14" in "".join(link.itertext())
        assert not [p for p in svg.iter("path") if "taken" in p.get("class", "")]


@pytest.mark.parametrize(("orient", "shown"), [("wide", ["wide"]), ("tall", ["tall"])])
def test_one_orientation_alone(orient, shown):
    root = parsed(flow_map(fake_flow(pizza()), orient=orient))
    assert [svg.get("class") for svg in root.findall("svg")] == shown


def test_unknown_orientation_and_negative_gaps_are_refused():
    with pytest.raises(ValueError, match="wide, tall or both"):
        flow_map(fake_flow(pizza()), orient="round")
    with pytest.raises(ValueError, match="negative"):
        calc_layout_data(fake_flow(pizza()), edge_start_gap_size=-1)


def test_gaps_at_the_ends_of_lines_are_kept():
    flow = fake_flow(pizza())
    tight = grid_to_svg(calc_layout_data(flow, 0, 0))
    loose = grid_to_svg(calc_layout_data(flow, 10, 12))
    start = calc_layout_data(flow).layout.edges[0].points[0][0]

    def first_x(svg: str) -> float:
        return float(re.search(r'class="edge" fill="none" d="M([\d.]+)', svg)[1])

    assert first_x(tight) == pytest.approx(start, abs=0.01)
    assert first_x(loose) == pytest.approx(start + 10, abs=0.01)


def test_very_long_flow_keeps_its_size_and_scrolls():
    nodes = [FakeNode(f"step_{i}") for i in range(20)]
    for a, b in itertools.pairwise(nodes):
        a.to(b)
    root = parsed(flow_map(fake_flow(nodes)))
    assert root.get("class") == "map scrolls"
    assert root.get("tabindex") == "0"
    wide = root.find("svg")
    assert wide.get("class") == "wide natural"
    assert float(wide.get("width")) > 1400


def test_very_long_flow_opens_where_something_goes_on():
    nodes = [FakeNode(f"step_{i}") for i in range(20)]
    for a, b in itertools.pairwise(nodes):
        a.to(b)
    flow = fake_flow(nodes)

    def mark(**states):
        drawn = flow_map(flow, {name: NodeState(status) for name, status in states.items()})
        here = parsed(drawn).find("div[@class='here']/svg")
        return here if here is None else float(here.get("width"))

    assert mark() is None
    assert mark(step_3="done", step_4="heat2") is None
    apart = mark(step_12="waiting") - mark(step_11="current")
    assert apart > 100
    assert mark(step_11="current", step_12="error") == pytest.approx(
        mark(step_11="current") + apart / 2
    )
    # Too far apart to be seen at once: the first one counts.
    assert 0 < mark(step_2="current", step_18="current") - mark(step_2="current") < 400


def test_titles_follow_the_language():
    nodes = pizza()
    flow = fake_flow(nodes)
    german = "Kuchen backen"

    class Lazy(str):
        __slots__ = ()

        def __str__(self) -> str:
            return german if translation.get_language() == "de" else "Bake"

    nodes[2].task_title = Lazy("Bake")
    assert "Bake" in flow_map(flow)
    with translation.override("de"):
        assert german in flow_map(flow)
    assert german not in flow_map(flow)


def test_topsort_puts_every_node_after_those_that_lead_to_it():
    names = [node.name for node in topsort(fake_flow(SAMPLES["loop"]()))]
    assert names.index("start") < names.index("fill") < names.index("ok") < names.index("end")
    assert sorted(names) == sorted(node.name for node in SAMPLES["loop"]())


def test_only_one_way_out_of_a_choice_is_taken():
    """A choice that leads to the join directly and by a detour: the detour was taken."""
    x, detour, end = FakeNode("x", "EXCLUSIVE_GATEWAY"), FakeNode("detour"), FakeNode("end", "END")
    x.to(end, label="no").to(detour, label="yes")
    detour.to(end)
    states = {name: NodeState("done") for name in ("x", "detour", "end")}
    markup = flow_map(fake_flow([x, detour, end]), states, orient="wide")
    assert markup.count('"edge taken"') == 2
    assert markup.count('"edge dead"') == 1


def test_layout_serves_other_formats():
    """Geometry for diagram interchange: boxes and way points."""
    layout = flow_layout(fake_flow(pizza()))
    assert {edge.src + ">" + edge.dst for edge in layout.edges} >= {"pickup>deliver", "join>end"}
    assert all(len(edge.points) >= 2 for edge in layout.edges)
    assert layout.nodes["bake"].width == 136


def test_filling_in_states_is_fast():
    """A page must not pay for its map: well below a millisecond for a flow of this size."""
    flow = fake_flow(pizza())
    flow_map(flow, ORDER_1038)
    best = min(_time(flow_map, flow, ORDER_1038) for _ in range(30))
    assert best < 0.001
    grid_to_svg(calc_layout_data(flow))
    best = min(_time(lambda: grid_to_svg(calc_layout_data(flow))) for _ in range(30))
    assert best < 0.0005


def _time(call, *args) -> float:
    began = time.perf_counter()
    call(*args)
    return time.perf_counter() - began
