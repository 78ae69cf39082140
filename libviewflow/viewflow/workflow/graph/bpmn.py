"""A flow as BPMN 2.0 XML, with the drawing that the pages show (BPMN 2.0.2, clauses 12 and 15).

The document validates against the schema of the OMG, so modelling tools open it as it is. What an
element is comes from the node: ``bpmn_element``, ``bpmn_event``, ``bpmn_detail``, ``bpmn_loop``,
``bpmn_attrs`` and ``bpmn_content``; where it stands comes from the wide drawing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

from viewflow.drawing.geometry import EdgePath, Layout, NodeBox
from viewflow.drawing.measure import clean, plain_name

from .node import Edge, EdgeClass

__all__ = ["to_bpmn"]

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
TARGET = "urn:libviewflow"

_PREFIXES = {"": MODEL, "bpmndi": BPMNDI, "dc": DC, "di": DI, "xsi": XSI}

#: Root elements that event definitions refer to, and the attribute that holds their code.
_ROOTS = {
    "message": ("message", "messageRef", None),
    "signal": ("signal", "signalRef", None),
    "error": ("error", "errorRef", "errorCode"),
    "escalation": ("escalation", "escalationRef", "escalationCode"),
}
_COMPENSATION_RADIUS = 11.0


def to_bpmn(nodes: Iterable[Any], layout: Layout, *, label: str, title: str = "") -> str:
    """Return the document for ``nodes`` as they lie in ``layout``.

    ``label`` makes the ids (``id_process_<label>``, ``id_node_<node>``, ``id_edge_<a>__<b>``),
    ``title`` is the name of the process.
    """
    return _Document(list(nodes), layout, label, title).write()


def _tag(name: str, namespace: str = MODEL) -> str:
    return f"{{{namespace}}}{name}"


def _safe(text: str) -> str:
    """Return the text as part of an XML id (Namespaces in XML 1.0, NCName)."""
    return "".join(char if char.isalnum() or char in "_-." else "_" for char in text)


class _Document:
    """One process and its diagram."""

    def __init__(self, nodes: list[Any], layout: Layout, label: str, title: str) -> None:
        self.nodes = [node for node in nodes if node.name in layout.nodes]
        self.names = {node.name for node in self.nodes}
        self.layout = layout
        self.process_id = f"id_process_{_safe(label)}"
        self.title = clean(title)
        self.roots: dict[tuple[str, str], ET.Element] = {}
        self.flows: list[tuple[str, Edge]] = []
        self.associations: list[tuple[str, str, Edge]] = []  # id, id of the event, the edge
        self.hosts: dict[str, str] = {}
        self.instances: set[str] = set()
        self._read_edges()

    # what is in the flow ----------------------------------------------------------------------

    def _read_edges(self) -> None:
        used: dict[str, int] = {}
        for node in self.nodes:
            for edge in node._outgoing():
                if edge.dst is None or edge.dst.name not in self.names:
                    continue
                if edge.edge_class == EdgeClass.BOUNDARY:
                    self.hosts[edge.dst.name] = node.name
                    continue
                name = f"id_edge_{_safe(node.name)}__{_safe(edge.dst.name)}"
                used[name] = used.get(name, 0) + 1
                if used[name] > 1:
                    name = f"{name}_{used[name]}"
                if edge.edge_class == EdgeClass.COMPENSATION:
                    event = f"{self._id(node)}__compensation"
                    self.associations.append((name, event, edge))
                    continue
                self.flows.append((name, edge))
                if getattr(edge, "multi_instance", False):
                    self.instances.add(edge.dst.name)

    @staticmethod
    def _id(node: Any) -> str:
        return f"id_node_{_safe(node.name)}"

    # the document -----------------------------------------------------------------------------

    def write(self) -> str:
        process = ET.Element(
            _tag("process"), id=self.process_id, isExecutable="true", name=self.title
        )
        for node in self.nodes:
            self._node(process, node)
        for name, edge in self.flows:
            self._flow(process, name, edge)
        for _name, event, edge in self.associations:
            self._compensation_event(process, event, edge)
        for name, event, edge in self.associations:
            ET.SubElement(
                process,
                _tag("association"),
                id=name,
                sourceRef=event,
                targetRef=self._id(edge.dst),
                associationDirection="One",
            )
        definitions = ET.Element(
            _tag("definitions"), id="id_definitions", targetNamespace=TARGET, exporter="libviewflow"
        )
        definitions.extend(self.roots.values())
        definitions.append(process)
        definitions.append(self._diagram())
        for prefix, uri in _PREFIXES.items():
            ET.register_namespace(prefix, uri)
        ET.indent(definitions)
        body = ET.tostring(definitions, encoding="unicode")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'

    def _node(self, process: ET.Element, node: Any) -> None:
        kind = node.bpmn_element or "task"
        attrs: dict[str, str] = {"id": self._id(node)}
        title = clean(node.task_title) or plain_name(node.name)
        attrs["name"] = title
        leaving = [(name, edge) for name, edge in self.flows if edge.src is node]
        entering = [name for name, edge in self.flows if edge.dst is node]
        if kind.endswith("Gateway"):
            attrs["gatewayDirection"] = "Converging" if len(leaving) < 2 else "Diverging"
            if len(leaving) > 1 and len(entering) > 1:
                attrs["gatewayDirection"] = "Mixed"
            last = {EdgeClass.DEFAULT, EdgeClass.FALSE}
            default = next((name for name, edge in leaving if edge.edge_class in last), None)
            if default is not None:
                attrs["default"] = default
        if kind == "boundaryEvent":
            attrs["attachedToRef"] = f"id_node_{_safe(self.hosts.get(node.name, ''))}"
            attrs["cancelActivity"] = "true" if getattr(node, "interrupting", True) else "false"
        if any(edge.dst is node for _, _, edge in self.associations):
            attrs["isForCompensation"] = "true"
        attrs |= {name: str(value) for name, value in (node.bpmn_attrs or {}).items()}
        element = ET.SubElement(process, _tag(kind), attrs)
        description = clean(node.task_description)
        if description:
            ET.SubElement(element, _tag("documentation")).text = description
        for name in entering:
            ET.SubElement(element, _tag("incoming")).text = name
        for name, _edge in leaving:
            ET.SubElement(element, _tag("outgoing")).text = name
        self._loop(element, node)
        if node.bpmn_event:
            self._event(element, node)
        if kind == "scriptTask":
            element.set("scriptFormat", "text/x-python")
            ET.SubElement(element, _tag("script")).text = _call_of(node)
        for part in self._content(node):
            element.append(part)

    def _loop(self, element: ET.Element, node: Any) -> None:
        loop = node.bpmn_loop or ("parallel" if node.name in self.instances else "")
        # Only activities carry the mark; what begins many times with a gateway has nowhere to put it.
        if loop and element.tag.endswith(("ask", "callActivity", "subProcess")):
            sequential = "true" if loop == "sequential" else "false"
            ET.SubElement(
                element, _tag("multiInstanceLoopCharacteristics"), isSequential=sequential
            )

    def _event(self, element: ET.Element, node: Any) -> None:
        """Add the event's definition (clause 10.5.5)."""
        event, detail = node.bpmn_event, node.bpmn_detail()
        definition = ET.SubElement(
            element, _tag(f"{event}EventDefinition"), id=f"{self._id(node)}__definition"
        )
        if event in _ROOTS:
            definition.set(_ROOTS[event][1], self._root(event, detail.get("name"), node))
        for name in ("timeDate", "timeDuration", "timeCycle", "condition"):
            if name in detail:
                part = ET.SubElement(definition, _tag(name))
                part.set(_tag("type", XSI), "tFormalExpression")
                part.text = clean(detail[name])

    def _root(self, event: str, name: str | None, node: Any) -> str:
        """Return the id of the message, signal, error or escalation; the same name is the same."""
        kind, _ref, code = _ROOTS[event]
        shared = clean(name or "")
        key = (kind, shared or (f"node {node.name}" if event == "message" else ""))
        root = self.roots.get(key)
        if root is None:
            text = shared or (plain_name(node.name) if event == "message" else "")
            root = ET.Element(_tag(kind), id=f"id_{kind}_{len(self.roots) + 1}", name=text)
            if code is not None and shared:
                root.set(code, shared)
            self.roots[key] = root
        return str(root.get("id"))

    def _content(self, node: Any) -> list[ET.Element]:
        """Return what a node of the project's own adds to its element, as XML text."""
        content = node.bpmn_content() if callable(node.bpmn_content) else node.bpmn_content
        if not content:
            return []
        spaces = " ".join(
            f'xmlns:{prefix}="{uri}"' if prefix else f'xmlns="{uri}"'
            for prefix, uri in _PREFIXES.items()
        )
        return list(ET.fromstring(f"<content {spaces}>{content}</content>"))  # noqa: S314 # code of the flow

    def _flow(self, process: ET.Element, name: str, edge: Edge) -> None:
        attrs = {"id": name, "sourceRef": self._id(edge.src), "targetRef": self._id(edge.dst)}
        label = clean(edge.label)
        if not label and edge.edge_class in {EdgeClass.TRUE, EdgeClass.FALSE}:
            label = "yes" if edge.edge_class == EdgeClass.TRUE else "no"
        if label:
            attrs["name"] = label
        flow = ET.SubElement(process, _tag("sequenceFlow"), attrs)
        kind = edge.src.bpmn_element
        conditional = edge.condition is not None or edge.edge_class == EdgeClass.TRUE
        if conditional and kind in {"exclusiveGateway", "inclusiveGateway"}:
            condition = ET.SubElement(flow, _tag("conditionExpression"))
            condition.set(_tag("type", XSI), "tFormalExpression")
            condition.text = label or getattr(edge.condition, "__name__", "") or "condition"

    def _compensation_event(self, process: ET.Element, event: str, edge: Edge) -> None:
        element = ET.SubElement(
            process, _tag("boundaryEvent"), id=event, attachedToRef=self._id(edge.src)
        )
        ET.SubElement(element, _tag("compensateEventDefinition"), id=f"{event}__definition")

    # the drawing ------------------------------------------------------------------------------

    def _diagram(self) -> ET.Element:
        diagram = ET.Element(_tag("BPMNDiagram", BPMNDI), id="id_diagram")
        plane = ET.SubElement(
            diagram, _tag("BPMNPlane", BPMNDI), id="id_plane", bpmnElement=self.process_id
        )
        for node in self.nodes:
            box = self.layout.nodes[node.name]
            marker = {"isMarkerVisible": "true"} if node.bpmn_element == "exclusiveGateway" else {}
            self._shape(plane, self._id(node), box, **marker)
        paths: dict[tuple[str, str], EdgePath] = {
            (path.src, path.dst): path for path in self.layout.edges
        }
        for _name, event, edge in self.associations:
            path = paths[edge.src.name, edge.dst.name]
            (x, y), r = path.points[0], _COMPENSATION_RADIUS
            spot = NodeBox(event, "boundary", x - r, y - r, 2 * r, 2 * r, path.label)  # type: ignore[arg-type]
            self._shape(plane, event, spot)
        drawn = [*self.flows, *((name, edge) for name, _event, edge in self.associations)]
        for name, edge in drawn:
            path = paths[edge.src.name, edge.dst.name]
            line = ET.SubElement(
                plane, _tag("BPMNEdge", BPMNDI), id=f"{name}__line", bpmnElement=name
            )
            for x, y in path.points:
                ET.SubElement(line, _tag("waypoint", DI), x=_num(x), y=_num(y))
        return diagram

    def _shape(self, plane: ET.Element, element: str, box: NodeBox, **attrs: str) -> None:
        shape = ET.SubElement(
            plane,
            _tag("BPMNShape", BPMNDI),
            {"id": f"{element}__shape", "bpmnElement": element, **attrs},
        )
        ET.SubElement(
            shape,
            _tag("Bounds", DC),
            x=_num(box.x),
            y=_num(box.y),
            width=_num(box.width),
            height=_num(box.height),
        )


def _call_of(node: Any) -> str:
    """Return the name of the function that a node calls, as Python writes it."""
    func = getattr(node, "func", None)
    name = getattr(func, "__qualname__", "")
    return clean(name if name and "<" not in name else node.name) + "(activation)"


def _num(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
