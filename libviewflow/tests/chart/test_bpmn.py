"""The BPMN export, held against the schema of the OMG and two parsers that are not ours."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib import import_module
from xml.etree import ElementTree as ET

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, BpmnValidator

from viewflow import this
from viewflow.workflow import Flow, nodes
from viewflow.workflow.chart import calc_layout_data, grid_to_bpmn
from viewflow.workflow.graph.flow import known_flows

from .flows import HiringFlow, OrderFlow

MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"

#: The modules whose flows use, together, every node there is.
FLOWS = [
    "tests.chart.flows",
    "tests.workflow.event_flows",
    "tests.workflow.flows",
    "tests.workflow.job_flows",
    "tests.workflow.subprocess_flows",
    "tests.workflow.time_flows",
]

CHECK = """
import { BpmnModdle } from "bpmn-moddle";
import { readFileSync } from "node:fs";
const found = {};
for (const file of process.argv.slice(2)) {
  const { warnings } = await new BpmnModdle().fromXML(readFileSync(file, "utf8"));
  found[file] = warnings.map((warning) => warning.message);
}
console.log(JSON.stringify(found));
"""


def page(request, **kwargs):
    """Stands where a view goes."""


def export(flow_class) -> str:
    return grid_to_bpmn(calc_layout_data(flow_class))


def read(document: str) -> ET.Element:
    return ET.fromstring(document)  # noqa: S314 # our own


def parts(flow_class) -> dict[str, ET.Element]:
    return {element.get("id"): element for element in read(export(flow_class)).iter()}


def every_flow():
    for name in FLOWS:
        import_module(name)
    return known_flows()


@pytest.fixture(scope="module")
def moddle(tmp_path_factory):
    """A folder with the parser of bpmn.io and a script that prints its warnings."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not here, so bpmn-moddle cannot be asked")
    folder = tmp_path_factory.mktemp("moddle")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "bpmn-moddle@10"]
    made = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    if made.returncode:
        pytest.skip(f"bpmn-moddle cannot be installed: {made.stderr.decode()[-200:]}")
    (folder / "check.mjs").write_text(CHECK)
    return folder


def test_every_flow_validates_against_the_schema_of_the_omg():
    """B436."""
    validator = BpmnValidator()
    for flow_class in every_flow():
        validator.validate(etree.fromstring(export(flow_class).encode()), str(flow_class))


def test_every_flow_opens_in_bpmn_moddle_without_a_warning(moddle):
    """B436."""
    files = []
    for number, flow_class in enumerate(every_flow()):
        files.append(f"{number}.bpmn")
        (moddle / files[-1]).write_text(export(flow_class), encoding="utf-8")
    run = subprocess.run(
        ["node", "check.mjs", *files], cwd=moddle, capture_output=True, timeout=120, check=True
    )
    warnings = json.loads(run.stdout)
    assert set(warnings) == set(files)
    assert not any(warnings.values()), warnings


@pytest.mark.parametrize("flow_class", [OrderFlow, HiringFlow])
def test_spiffworkflow_reads_the_flow(flow_class):
    """B436."""
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(export(flow_class).encode()))
    [name] = parser.get_process_ids()
    spec = parser.get_spec(name)
    assert {f"id_node_{node.name}" for node in flow_class.instance.nodes()} <= set(spec.task_specs)


def test_no_reference_of_any_flow_leads_nowhere():
    """B437."""
    for flow_class in every_flow():
        found = parts(flow_class)
        for element in found.values():
            for name in ("sourceRef", "targetRef", "attachedToRef", "default", "bpmnElement"):
                assert element.get(name) is None or element.get(name) in found, (flow_class, name)
        shapes = {e.get("bpmnElement") for e in found.values() if e.get("bpmnElement")}
        for element in found.values():
            if element.get("sourceRef") or element.get("id", "").startswith("id_node_"):
                name = element.get("id")
                definition = name.endswith(("__definition", "__shape", "__line"))
                assert definition or name in shapes, (flow_class, name)


def test_gateways_have_names_and_choices_say_yes_and_no():
    """B438."""
    found = parts(OrderFlow)
    gateway = found["id_node_pickup"]
    assert gateway.tag == f"{MODEL}exclusiveGateway"
    assert gateway.get("name") == "Pickup?"
    assert found["id_edge_pickup__hand_over"].get("name") == "yes"
    assert found["id_edge_pickup__deliver"].get("name") == "no"


def test_a_switch_names_its_default():
    """B438."""

    class BpmnSwitchFlow(Flow):
        start = nodes.StartHandle().Next(this.kind)
        kind = nodes.Switch().Case(this.small, lambda activation: True).Default(this.large)
        small = nodes.Handle().Next(this.end)
        large = nodes.Handle().Next(this.end)
        end = nodes.End()

    found = parts(BpmnSwitchFlow)
    assert found["id_node_kind"].get("default") == "id_edge_kind__large"
    assert found["id_node_start"].find(f"{MODEL}messageEventDefinition") is not None
    assert found["id_node_small"].tag == f"{MODEL}receiveTask"


def test_gateways_are_what_their_conditions_make_them():
    """B439."""

    class BpmnGatesFlow(Flow):
        start = nodes.Start(page).Next(this.split)
        split = nodes.Split().Next(this.a, case=lambda activation: True).Always(this.b)
        a = nodes.View(page).Next(this.join)
        b = nodes.View(page).Next(this.join)
        join = nodes.Join(continue_on_condition=lambda activation, tasks: True).Next(this.race)
        race = nodes.SplitFirst().Next(this.c).Next(this.d)
        c = nodes.Handle().Next(this.end)
        d = nodes.Handle().Next(this.end)
        end = nodes.End()

    found = parts(BpmnGatesFlow)
    kinds = {name: found[f"id_node_{name}"].tag.removeprefix(MODEL) for name in found_names(found)}
    assert kinds["split"] == "inclusiveGateway"
    assert kinds["join"] == "complexGateway"
    assert kinds["race"] == "eventBasedGateway"
    assert kinds["a"] == "userTask"


def found_names(found):
    names = (name.removeprefix("id_node_") for name in found if name and "id_node_" in name)
    return [name for name in names if "__" not in name]


def test_a_node_of_your_own_adds_to_its_element():
    class ErpCall(nodes.Function):
        bpmn_element = "serviceTask"
        bpmn_attrs = {"implementation": "##WebService"}

        def bpmn_content(self):
            return "<property id='erp' name='queue' />"

    class BpmnOwnFlow(Flow):
        start = nodes.StartHandle().Next(this.call)
        call = ErpCall(lambda activation: None).Next(this.end)
        end = nodes.End()

    call = parts(BpmnOwnFlow)["id_node_call"]
    assert call.tag == f"{MODEL}serviceTask"
    assert call.get("implementation") == "##WebService"
    assert call.find(f"{MODEL}property").get("name") == "queue"
    BpmnValidator().validate(etree.fromstring(export(BpmnOwnFlow).encode()))


@settings(max_examples=30, deadline=None)
@given(title=st.text(max_size=40))
def test_any_title_gives_a_valid_file(title):
    """B444."""

    class BpmnWordsFlow(Flow):
        process_title = title
        start = nodes.StartHandle().Annotation(title=title, description=title).Next(this.kind)
        kind = (
            nodes.If(lambda activation: True).Annotation(title=title).Then(this.end).Else(this.end)
        )
        end = nodes.End().Annotation(title='<b>"Tом" & 寿司</b>')

    document = export(BpmnWordsFlow)
    BpmnValidator().validate(etree.fromstring(document.encode()))
    assert parts(BpmnWordsFlow)["id_node_end"].get("name") == '<b>"Tом" & 寿司</b>'


def test_flowexport_writes_bpmn(tmp_path):
    """B445."""
    target = tmp_path / "order.bpmn"
    call_command("flowexport", str(OrderFlow), "-o", str(target))
    assert target.read_text(encoding="utf-8") == export(OrderFlow)
