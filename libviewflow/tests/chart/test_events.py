"""How events, kinds of work and compensation are drawn."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from viewflow import this
from viewflow.drawing.markers import marker_of
from viewflow.workflow import Flow, nodes
from viewflow.workflow.chart import (
    calc_layout_data,
    flow_layout,
    flow_map,
    grid_to_bpmn,
    grid_to_svg,
    process_states,
)

from .flows import page

SVG = "{http://www.w3.org/2000/svg}"
MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


class EveryEventFlow(Flow):
    """Everything that happens."""

    start = nodes.StartHandle().Next(this.tell)
    tell = nodes.MessageThrow(lambda activation: None).Next(this.hear)
    hear = nodes.MessageCatch().Next(this.throw)
    throw = nodes.SignalThrow("x").Next(this.catch)
    catch = nodes.SignalCatch("x").Next(this.shout)
    shout = nodes.EscalationThrow().Next(this.hotel)
    hotel = nodes.ManualTask().CompensateWith(this.give_back).Next(this.send)
    send = nodes.SendHandle(lambda activation: None).Next(this.rule)
    rule = nodes.BusinessRule(lambda activation: None).CompensateWith(this.forget).Next(this.way)
    way = (
        nodes.Switch()
        .Case(this.back, lambda activation: activation.process.data.get("back"))
        .Case(this.failed, lambda activation: False)
        .Case(this.end, lambda activation: False)
        .Default(this.stopped)
    )
    back = nodes.CompensateThrow().Next(this.end)
    failed = nodes.ErrorEnd("x")
    stopped = nodes.TerminateEnd()
    end = nodes.End()
    give_back = nodes.View(page)

    def forget(self, activation):
        """Nothing to do."""


@pytest.fixture(scope="module")
def drawing():
    svg = grid_to_svg(calc_layout_data(EveryEventFlow)).split("\n", 1)[1]
    root = ElementTree.fromstring(svg)  # noqa: S314 our own document
    return {g.get("id"): g for g in root.iter(f"{SVG}g") if g.get("id")}


def shapes(group):
    return [item for item in group.iter() if item.get("class") == "shape"]


def test_events_on_the_way_have_two_rings_and_ends_a_thick_one(drawing):
    for name in ("tell", "hear", "throw", "catch", "shout", "back"):
        outer, inner = (float(circle.get("r")) for circle in shapes(drawing[name]))
        assert outer - inner == 3
    for name in ("failed", "stopped", "end"):
        radii = [float(circle.get("r")) for circle in shapes(drawing[name])]
        assert radii == [radii[0], radii[0] - 1.25, radii[0] - 2.5]
    assert len(shapes(drawing["start"])) == 1
    for name in ("hotel", "send", "rule", "give_back", "rule__compensate"):
        assert [shape.tag for shape in shapes(drawing[name])] == [f"{SVG}rect"]


def test_what_is_thrown_is_filled_and_what_is_waited_for_is_not():
    node = EveryEventFlow.instance.node
    for name in ("tell", "throw", "shout", "back", "failed", "stopped"):
        assert marker_of(node(name)).startswith('<g fill="currentColor"'), name
    for name in ("start", "hear", "catch"):
        assert "fill" not in marker_of(node(name)), name
    marks = [marker_of(node(name)) for name in ("tell", "hear", "throw", "catch", "shout", "back")]
    assert len(set(marks)) == 6
    for name in ("end", "way", "hotel"):
        assert marker_of(node(name)) == ""


def test_a_handler_hangs_on_its_task_by_a_dashed_line(drawing):
    layout = flow_layout(EveryEventFlow)
    hanging = {(e.src, e.dst) for e in layout.edges if e.edge_class == "compensation"}
    assert hanging == {("hotel", "give_back"), ("rule", "rule__compensate")}
    svg = grid_to_svg(calc_layout_data(EveryEventFlow))
    assert svg.count("stroke-dasharray") == 2
    assert "Forget" in svg


@pytest.mark.django_db
@pytest.mark.parametrize("back", [True, False])
def test_a_handler_is_to_come_only_while_somebody_may_call_it(django_user_model, back):
    process = EveryEventFlow.start.run(_process_data={"back": back})
    states = process_states(process)
    assert (states["tell"].status, states["hear"].status) == ("done", "waiting")
    assert (states["give_back"].status, states["rule__compensate"].status) == ("future", "future")

    EveryEventFlow.hear.run(process.task_set.get(flow_task=EveryEventFlow.hear))
    nodes.broadcast_signal("x")
    with process.task_set.get(flow_task=EveryEventFlow.hotel).activation() as activation:
        activation.assign(django_user_model.objects.create_user("ann"))
        activation.execute()
    process.refresh_from_db()
    states = process_states(process)
    if back:
        assert states["rule__compensate"].status == "done"
        assert (states["give_back"].status, states["back"].status) == ("current", "waiting")
    else:
        assert process.status == "DONE"
        assert states["stopped"].status == "done"
        assert states["give_back"].status == "cancelled"
        assert str(states["give_back"].caption) == "not needed"
    assert "Give back" in flow_map(EveryEventFlow, states)


def test_the_export_says_what_happens():
    """Signals and errors by name, thrown and caught; handlers are for compensation."""
    document = grid_to_bpmn(calc_layout_data(EveryEventFlow))
    root = ElementTree.fromstring(document)  # noqa: S314 our own document
    parts = {element.get("id"): element for element in root.iter()}

    def definition(name):
        element = parts[f"id_node_{name}__definition"]
        kind = element.tag.removeprefix(MODEL).removesuffix("EventDefinition")
        ref = next((parts[value] for key, value in element.items() if key.endswith("Ref")), None)
        return kind, ref.get("name") if ref is not None else None

    assert definition("throw") == definition("catch") == ("signal", "x")
    assert definition("failed") == ("error", "x")
    assert definition("shout") == ("escalation", "")
    assert definition("stopped") == ("terminate", None)
    assert definition("back") == ("compensate", None)
    tags = {name: parts[f"id_node_{name}"].tag for name in ("hotel", "send", "rule", "hear")}
    assert tags == {
        "hotel": f"{MODEL}manualTask",
        "send": f"{MODEL}sendTask",
        "rule": f"{MODEL}businessRuleTask",
        "hear": f"{MODEL}intermediateCatchEvent",
    }
    for name in ("give_back", "rule__compensate"):
        assert parts[f"id_node_{name}"].get("isForCompensation") == "true"
    assert len(list(root.iter(f"{MODEL}association"))) == 2
