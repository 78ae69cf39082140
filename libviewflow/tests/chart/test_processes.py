"""Drawings of running processes, with the engine's rows behind them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from tests.workflow.steps import begin, perform, person
from viewflow import this
from viewflow.workflow import Flow, nodes
from viewflow.workflow.chart import (
    calc_cell_status,
    calc_layout_data,
    flow_layout,
    flow_map,
    grid_to_svg,
    process_states,
    topsort,
)

from .flows import HiringFlow, OrderFlow, page
from .test_layout import check

SVG = "{http://www.w3.org/2000/svg}"
REF = "chart/flows.OrderFlow"


def looks(process, **kwargs) -> dict[str, str]:
    return {name: state.status for name, state in process_states(process, **kwargs).items()}


@pytest.mark.parametrize("flow", [OrderFlow, HiringFlow])
@pytest.mark.parametrize("orient", ["wide", "tall"])
def test_real_flows_are_drawn_without_overlaps(flow, orient):
    """B430"""
    check(flow_layout(flow, orient), flow.instance.nodes())


def test_process_stands_at_the_open_task(db):
    process = begin(OrderFlow)
    assert looks(process) == {
        "start": "done",
        "bake": "current",
        "pickup": "future",
        "hand_over": "future",
        "deliver": "future",
        "end": "future",
    }


def test_branch_that_was_not_taken_is_not_needed(db):
    process = begin(OrderFlow)
    perform(process, "bake")
    states = process_states(process)
    assert states["pickup"].status == "done"
    assert states["deliver"].status == "current"
    assert (states["hand_over"].status, states["hand_over"].caption) == ("cancelled", "not needed")
    markup = flow_map(OrderFlow, states, orient="wide")
    assert markup.count('"edge taken"') == 3
    assert markup.count('"edge dead"') == 2


def test_captions_say_who_and_how_long(db):
    process = begin(OrderFlow, person("marta"))
    perform(process, "bake", person("jonas"))
    states = process_states(process)
    assert states["bake"].caption == "jonas, 0 s"
    assert process_states(process, user=person("jonas"))["bake"].caption == "you, 0 s"
    assert states["pickup"].caption == ""


def test_newest_task_of_a_node_counts(db):
    """B431"""
    process = begin(HiringFlow, data={"signed": False})
    perform(process, "contract")
    assert looks(process)["contract"] == "current"
    assert looks(process)["signed"] == "done"
    grid = calc_layout_data(HiringFlow)
    calc_cell_status(HiringFlow, grid, process.pk)
    assert grid.cells["contract"].status == "NEW"
    assert grid.cells["signed"].status == "DONE"
    assert grid.cells["greet"].status == ""
    root = ElementTree.fromstring(grid_to_svg(grid).split("\n", 1)[1])  # noqa: S314 our own document
    classes = {g.get("id"): g.get("class") for g in root.iter(f"{SVG}g") if g.get("id")}
    assert classes["signed"] == "node gateway done DONE"


def test_join_waits_and_failed_step_shows(db):
    process = begin(HiringFlow, data={"by": 0})
    perform(process, "laptop")
    assert looks(process)["join"] == "waiting"
    from viewflow.workflow.context import Context

    with Context(propagate_exception=False):
        perform(process, "contract")
    assert looks(process)["greet"] == "error"
    assert looks(process)["join"] == "done"


def test_states_cost_one_query_or_none(db, django_assert_num_queries):
    process = begin(OrderFlow)
    perform(process, "bake")
    with django_assert_num_queries(1):
        process_states(process)
    tasks = list(process.task_set.select_related("owner"))
    with django_assert_num_queries(0):
        flow_map(OrderFlow, process_states(process, tasks=tasks))
    grid = calc_layout_data(OrderFlow)
    with django_assert_num_queries(1):
        calc_cell_status(OrderFlow, grid, process.pk)


def test_prefetched_links_make_the_edges_exact(db, django_assert_num_queries):
    process = begin(OrderFlow)
    perform(process, "bake")
    tasks = list(process.task_set.select_related("owner").prefetch_related("previous"))
    with django_assert_num_queries(0):
        states = process_states(process, tasks=tasks)
    assert states.taken == {("start", "bake"), ("bake", "pickup"), ("pickup", "deliver")}


def test_statuses_of_one_process_do_not_leak_into_another(db):
    done, fresh = begin(OrderFlow), begin(OrderFlow)
    perform(done, "bake")
    first, second = calc_layout_data(OrderFlow), calc_layout_data(OrderFlow)
    calc_cell_status(OrderFlow, first, done.pk)
    calc_cell_status(OrderFlow, second, fresh.pk)
    assert first.cells["deliver"].status == "NEW"
    assert second.cells["deliver"].status == ""


def test_flow_outside_any_app_is_drawn():
    """B446"""
    namespace = {
        "__module__": "nowhere.flows",
        "start": nodes.Start(page).Next(this.end),
        "end": nodes.End(),
    }
    flow = type(Flow)("StrayFlow", (Flow,), namespace)
    assert 'id="end"' in grid_to_svg(calc_layout_data(flow))
    assert "End, " not in flow_map(flow)
    assert [node.name for node in topsort(flow)] == ["start", "end"]


def test_flowexport_writes_a_file(tmp_path, db):
    """B445"""
    target = tmp_path / "order.svg"
    call_command("flowexport", REF, "-o", str(target))
    root = ElementTree.fromstring(target.read_bytes())  # noqa: S314 our own document
    assert root.find(f"{SVG}title").text == "Order & deliver"
    process = begin(OrderFlow)
    call_command("flowexport", REF, "-o", str(target), "-pk", str(process.pk))
    assert 'class="node task current NEW"' in target.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([REF, "--format", "png"], "Unknown format 'png'"),
        (["chart/flows.NoFlow"], "No flow"),
        (
            ["chart"],
            "it is written <app label>/<module>.<class>. There are: .*chart/flows.OrderFlow",
        ),
        ([REF, "-pk", "999999"], "no process"),
        ([REF, "-pk", "x"], "no process"),
    ],
)
def test_flowexport_refuses_and_writes_nothing(tmp_path, db, arguments, message):
    """B445"""
    target = tmp_path / "order.svg"
    with pytest.raises(CommandError, match=message):
        call_command("flowexport", *arguments, "-o", str(target))
    assert not target.exists()


def test_flowexport_prints_without_a_file(capsys):
    call_command("flowexport", REF)
    assert capsys.readouterr().out.startswith("<?xml")
