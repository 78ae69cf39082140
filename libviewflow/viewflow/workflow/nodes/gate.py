"""If and Switch: exclusive gateways (BPMN 2.0.2, clause 10.6.2)."""

from __future__ import annotations

from typing import Any, Self

from ..activation import Activation
from ..base import Node
from ..exceptions import FlowDefinitionError, FlowRuntimeError
from ..graph.node import Edge, EdgeClass
from ..status import STATUS
from .func import AutomaticActivation

__all__ = ["If", "IfActivation", "Switch", "SwitchActivation"]


class _ChoosesOneEdge(AutomaticActivation):
    """Evaluates its conditions on activation and follows one edge."""

    def __init__(self, task: Any) -> None:
        super().__init__(task)
        self._chosen: Edge | None = None

    def choose(self) -> Edge:
        """Return the edge to follow."""
        return next(self.flow_task._following())  # type: ignore[no-any-return]

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Evaluate, complete, go on along the edge that was chosen."""
        self.perform(self._decide)

    def _decide(self) -> None:
        self.started()
        self._chosen = self.choose()

    @Activation.status.transition(source=STATUS.DONE)
    def create_next(self) -> list[Activation]:
        """Make the one task that follows."""
        with self.step():
            edge = self._chosen or self.choose()
            return [self.create_follower(edge, self.task.token)]


class IfActivation(_ChoosesOneEdge):
    """Asks its condition."""

    @property
    def condition_result(self) -> bool:
        """What the condition says now."""
        return bool(self.call(self.flow_task.condition, self))

    def choose(self) -> Edge:
        wanted = EdgeClass.TRUE if self.condition_result else EdgeClass.FALSE
        return next(edge for edge in self.flow_task._following() if edge.edge_class == wanted)


class If(Node):
    """Goes one of two ways: ``If(cond).Then(this.yes).Else(this.no)``.

    ``cond`` is a callable of the activation, ``this.method`` or an ``act`` expression.
    """

    task_type = "EXCLUSIVE_GATEWAY"
    bpmn_element = "exclusiveGateway"
    activation_class = IfActivation
    references = ("condition", "undo_func")

    def __init__(self, cond: Any, undo_func: Any = None) -> None:
        super().__init__()
        self.condition = cond
        self.undo_func = undo_func

    def _way(self, node: Any, kind: str, label: str, **options: Any) -> Self:
        self._edges = [edge for edge in self._edges if edge.edge_class != kind]
        return self._add_edge(node, kind, label=label, **options)

    def Then(self, node: Any, task_data: Any = None, task_seed: Any = None) -> Self:
        """Where to go when the condition is true."""
        return self._way(node, EdgeClass.TRUE, "yes", task_data=task_data, task_seed=task_seed)

    def Else(self, node: Any, task_data: Any = None, task_seed: Any = None) -> Self:
        """Where to go when it is false."""
        return self._way(node, EdgeClass.FALSE, "no", task_data=task_data, task_seed=task_seed)

    def _ready(self) -> None:
        super()._ready()
        kinds = {edge.edge_class for edge in self._following()}
        for kind, method in ((EdgeClass.TRUE, "Then"), (EdgeClass.FALSE, "Else")):
            if kind not in kinds:
                raise FlowDefinitionError(
                    f"{self.flow_class.__name__}.{self.name}: this If has no .{method}(…); "
                    "say where to go in both cases."
                )


class SwitchActivation(_ChoosesOneEdge):
    """Asks its cases in order."""

    def choose(self) -> Edge:
        fallback = None
        for edge in self.flow_task._following():
            if edge.condition is None:
                fallback = fallback or edge
            elif self.call(edge.condition, self):
                return edge  # type: ignore[no-any-return]
        if fallback is None:
            raise FlowRuntimeError(
                f"{self.flow_task}: no Case of this Switch is true for process "
                f"#{self.process.pk}, and it has no Default."
            )
        return fallback


class Switch(Node):
    """Goes the first way whose case is true, else the default, wherever that was declared."""

    task_type = "SWITCH"
    bpmn_element = "exclusiveGateway"
    activation_class = SwitchActivation
    references = ("undo_func",)

    def __init__(self, undo_func: Any = None) -> None:
        super().__init__()
        self.undo_func = undo_func

    def Case(
        self, node: Any, cond: Any = None, task_data: Any = None, task_seed: Any = None
    ) -> Self:
        """Go to ``node`` when ``cond(activation)`` is true; without ``cond``, the default."""
        kind = EdgeClass.NEXT if cond is not None else EdgeClass.DEFAULT
        return self._add_edge(node, kind, condition=cond, task_data=task_data, task_seed=task_seed)

    def Default(self, node: Any, task_data: Any = None, task_seed: Any = None) -> Self:
        """Go to ``node`` when no case is true."""
        return self._add_edge(
            node, EdgeClass.DEFAULT, label="default", task_data=task_data, task_seed=task_seed
        )
