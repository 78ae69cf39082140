"""Nodes and edges: what a flow class declares.

A node is written once, in a class body, and refers to others by ``this``. Each flow class gets
its own copies (subclasses too), resolved against the flow's instance when the class is made, so
that a mistake is an error at import and not in the middle of a process.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Self

from ...this_object import ThisMethod, ThisObject, this
from ..exceptions import FlowDefinitionError

if TYPE_CHECKING:
    from .flow import FlowGraph

__all__ = ["BaseNode", "Edge", "EdgeClass"]


class EdgeClass:
    """Kinds of edges, as drawn and exported."""

    NEXT = "next"
    TRUE = "cond_true"
    FALSE = "cond_false"
    DEFAULT = "default"
    BOUNDARY = "boundary"
    COMPENSATION = "compensation"


def _meant(dst: Any) -> str:
    """Return what to write in place of something that is no node; "" when nobody can tell."""
    if isinstance(dst, str) and dst.isidentifier():
        return f" Write this.{dst}, without quotation marks."
    if isinstance(dst, type) and issubclass(dst, BaseNode):
        return f" Call the class: {dst.__name__}(…)."
    return ""


@dataclass(slots=True)
class Edge:
    """A sequence flow (BPMN 2.0.2, clause 7.6) from ``src`` to ``dst``.

    ``dst`` is a reference until the flow class is made. ``condition``, ``task_data`` and
    ``task_seed`` are callables of the activation that the edge leaves. ``data_source`` and
    ``seed_source``, on an edge of a Split, give the items of a multi-instance branch.
    """

    src: Any
    dst: Any
    edge_class: str = EdgeClass.NEXT
    label: str = ""
    condition: Any = None
    task_data: Any = None
    task_seed: Any = None
    data_source: Any = None
    seed_source: Any = None

    @property
    def multi_instance(self) -> bool:
        """Whether a task follows for each of several items (BPMN 2.0.2, clause 10.3.8)."""
        return self.data_source is not None or self.seed_source is not None

    def resolved(self, src: BaseNode, instance: FlowGraph) -> Edge:
        """Return a copy between the nodes of one flow class."""
        dst = self.dst
        if not isinstance(dst, BaseNode):
            dst = src.resolve(instance, dst, what="the next node")
        if not isinstance(dst, BaseNode):
            raise FlowDefinitionError(
                f"{src.describe(instance)}: {self.dst!r} is not a node"
                f"{f' but {dst!r}' if dst is not self.dst else ''}.{_meant(dst)}"
            )
        if dst.flow_class is not type(instance):
            # A node object was named directly, as in .Next(bake): use this class's own copy.
            found = type(instance)._nodes.get(dst.name)
            if found is None:
                raise FlowDefinitionError(
                    f"{src.describe(instance)} leads to {dst!r}, which is no node of "
                    f"{type(instance).__name__}: give it a name there, as in end = End()."
                )
            dst = found
        return Edge(
            src,
            dst,
            self.edge_class,
            self.label,
            src.resolve(instance, self.condition),
            src.resolve(instance, self.task_data),
            src.resolve(instance, self.task_seed),
            src.resolve(instance, self.data_source),
            src.resolve(instance, self.seed_source),
        )


class BaseNode:
    """What every node of a graph has: a name, a title, and edges.

    ``task_type`` is stored with each task; ``shape`` may override how the node is drawn. What it
    is in BPMN 2.0: ``bpmn_element`` names the element, ``bpmn_event`` the definition of an event
    (``message``, ``timer``, ``signal``, ``error``, ``escalation``, ``conditional``, ``terminate``,
    ``compensate``), ``bpmn_loop`` the marker of several instances (``parallel``,
    ``sequential``). ``bpmn_attrs`` and ``bpmn_content`` (XML, or a callable that returns it) are
    what a node of your own adds to its element.
    """

    task_type = ""
    bpmn_element = ""
    bpmn_event = ""
    bpmn_loop = ""
    bpmn_attrs: dict[str, Any] = {}
    bpmn_content: Any = ""
    shape: dict[str, Any] = {}

    task_title: Any = ""
    task_description: Any = ""
    task_summary_template: Any = ""
    task_result_template: Any = ""

    #: Python objects that ``this`` may stand for, resolved when the class is made.
    references: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.name = ""
        self.flow_class: Any = None
        self._edges: list[Edge] = []
        self._incoming_edges: list[Edge] = []
        #: Events on the border of this node: as declared, and those of the flow class.
        self._attached: list[tuple[str, BaseNode]] = []
        self.boundaries: list[Any] = []
        #: The node that carries this one, if it is such an event.
        self.host: Any = None
        self._handler: Any = None
        self._compensation: Edge | None = None
        #: The node that this one takes back, if it stands for the method of a CompensateWith.
        self.compensated: Any = None
        self._declared: dict[str, Any] = {}

    # declaration ------------------------------------------------------------------------

    def Annotation(  # the names of the fluent API are the contract's
        self,
        title: Any = None,
        description: Any = None,
        summary_template: Any = None,
        result_template: Any = None,
    ) -> Self:
        """Say in people's words what the task is about.

        ``summary_template`` and ``result_template`` are Django templates with ``process``,
        ``task``, ``flow_class`` and ``flow_task``, shown while the task is open and after.
        """
        if title is not None:
            self.task_title = title
        if description is not None:
            self.task_description = description
        if summary_template is not None:
            self.task_summary_template = summary_template
        if result_template is not None:
            self.task_result_template = result_template
        return self

    def CompensateWith(self, handler: Any) -> Self:
        """Name what takes this step back when a ``CompensateThrow`` is reached later.

        ``handler`` is a node that nothing else leads to, or a method (callable, ``this.method``)
        of the finished task's activation. BPMN 2.0.2, clause 10.7, compensation.
        """
        self._handler = handler
        return self

    def _add_edge(self, dst: Any, edge_class: str = EdgeClass.NEXT, **options: Any) -> Self:
        self._edges.append(Edge(self, dst, edge_class, **options))
        return self

    # becoming part of a flow --------------------------------------------------------------

    def copy_for(self, flow_class: Any, name: str) -> Self:
        """Return this class's own copy of the node."""
        node = copy.copy(self)
        # An inherited node starts again from what was declared: its references must find the
        # methods of the subclass, not of the class that was resolved first.
        node.__dict__.update(self._declared)
        node._declared = {}
        node.name = name
        node.flow_class = flow_class
        node._edges = list(node._edges)
        node._incoming_edges = []
        node._attached = list(node._attached)
        node.boundaries = []
        node._compensation = None
        return node

    def attached(self) -> Iterator[tuple[str, BaseNode]]:
        """Yield names and own copies of the nodes that come with this one: events on its border."""
        counts: dict[str, int] = {}
        for kind, event in self._attached:
            number = counts[kind] = counts.get(kind, 0) + 1
            name = f"{self.name}__{kind}{f'_{number}' if number > 1 else ''}"
            own = event.copy_for(self.flow_class, name)
            own.host = self
            self.boundaries.append(own)
            yield name, own

    def resolve(self, instance: FlowGraph, value: Any, what: str = "") -> Any:
        """Resolve a ``this`` reference; the error says which node asked for it."""
        if not isinstance(value, ThisObject | ThisMethod):
            return value
        try:
            return this.resolve(instance, value)
        except AttributeError as error:
            near: list[str] = []
            if isinstance(value, ThisObject):
                names = list(type(instance)._nodes) if what else dir(instance)
                near = get_close_matches(value.name, names, n=1)
            raise FlowDefinitionError(
                f"{self.describe(instance)} refers to {value!r}"
                f"{f' as {what}' if what else ''}, which {type(instance).__name__} does not have."
                f"{f' Did you mean this.{near[0]}?' if near else ''}"
            ) from error

    def describe(self, instance: FlowGraph) -> str:
        return f"{type(instance).__name__}.{self.name} ({type(self).__name__})"

    def _resolve(self, instance: FlowGraph) -> None:
        """Turn every reference of the node into what it stands for."""
        declared: dict[str, Any] = {"_edges": self._edges}
        self._edges = [edge.resolved(self, instance) for edge in self._edges]
        if self._handler is not None:
            handler = self._compensation_node(instance)
            edge = Edge(self, handler, EdgeClass.COMPENSATION)
            self._compensation = edge.resolved(self, instance)
        for attribute in self.references:
            declared[attribute] = getattr(self, attribute, None)
            setattr(self, attribute, self.resolve(instance, declared[attribute]))
        self._declared = declared

    def _compensation_node(self, instance: FlowGraph) -> Any:
        """Return the node that takes this one back, or a reference to it."""
        return self._handler

    def _ready(self) -> None:
        """Hook: every node of the flow has been resolved."""
        if self._compensation is None:
            return
        handler = self._compensation.dst
        where = f"{handler.flow_class.__name__}.{handler.name}"
        if any(edge.edge_class != EdgeClass.COMPENSATION for edge in handler._incoming()):
            raise FlowDefinitionError(
                f"{where} takes back {self.name}, but other nodes lead to it as well. A handler "
                "is reached by compensation only."
            )
        if any(True for _ in handler._following()):
            raise FlowDefinitionError(
                f"{where} takes back {self.name}; nothing may follow it. The process goes on "
                "behind CompensateThrow."
            )

    def bpmn_detail(self) -> dict[str, str]:
        """What the event is about, for the export: ``name`` of a signal or code of an error,
        ``timeDuration``, ``timeDate`` or ``timeCycle`` of a timer, ``condition``."""
        return {}

    # the graph ------------------------------------------------------------------------------

    @property
    def multi_instance(self) -> str:
        """``"parallel"`` or ``"sequential"`` for what is done for each of several items, else ``""``.

        For drawings and exports: the marker of BPMN 2.0.2, clause 10.3.8.
        """
        several = any(edge.multi_instance for edge in self._incoming_edges)
        return self.bpmn_loop or ("parallel" if several else "")

    def _outgoing(self) -> Iterator[Edge]:
        """Yield the edges that leave the node, in the order of declaration; compensation last."""
        yield from self._edges
        if self._compensation is not None:
            yield self._compensation

    def _following(self) -> Iterator[Edge]:
        """Yield the edges that a token takes when the node is done."""
        aside = (EdgeClass.BOUNDARY, EdgeClass.COMPENSATION)
        return (edge for edge in self._outgoing() if edge.edge_class not in aside)

    def _incoming(self) -> Iterator[Edge]:
        """Yield the edges that lead to the node."""
        yield from self._incoming_edges

    def __str__(self) -> str:
        """Return the reference text that tasks are stored with."""
        return f"{self.flow_class}.{self.name}" if self.flow_class is not None else self.name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name or 'unnamed'}>"


#: A callable of an activation, or a reference to a flow's method.
Callback = Callable[..., Any] | ThisObject | ThisMethod
