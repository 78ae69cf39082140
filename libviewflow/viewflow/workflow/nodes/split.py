"""Split and SplitFirst: several branches at once.

Split is a parallel or, with conditions, an inclusive gateway (BPMN 2.0.2, clauses 10.6.3 and
10.6.4); SplitFirst is the event-based gateway (10.6.6): the branch whose first task is done first
wins, the others are cancelled.
"""

from __future__ import annotations

from typing import Any, Self

from ..activation import Activation, cancellation
from ..base import Flow, Node
from ..exceptions import FlowDefinitionError, FlowRuntimeError
from ..executor import current_step
from ..graph.token import Token
from ..status import LIVE, STATUS
from .end import finish_process
from .func import AutomaticActivation
from .join import closing_join

__all__ = ["Split", "SplitActivation", "SplitFirst", "SplitFirstActivation"]


def _branches(activation: Activation) -> list[Any]:
    """Return the edges whose case holds; ``FlowRuntimeError`` when there is none."""
    edges = [
        edge
        for edge in activation.flow_task._following()
        if edge.condition is None or activation.call(edge.condition, activation)
    ]
    if not edges:
        raise FlowRuntimeError(
            f"{activation.flow_task}: no branch of this Split is true for process "
            f"#{activation.process.pk}. Give it one that always starts, with .Always(…)."
        )
    return edges


class SplitActivation(AutomaticActivation):
    """Starts every branch whose case holds."""

    def __init__(self, task: Any) -> None:
        super().__init__(task)
        self._chosen: list[Any] | None = None

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Evaluate the cases, complete, start the branches."""
        self.perform(self._decide)

    def _decide(self) -> None:
        self.started()
        self._chosen = _branches(self)
        open_split(self)

    @Activation.status.transition(source=STATUS.DONE)
    def create_next(self) -> list[Activation]:
        """Make the first task of each branch, with a token of its own."""
        with self.step():
            chosen = self._chosen if self._chosen is not None else _branches(self)
            return start_branches(self, chosen)


def open_split(activation: Activation) -> None:
    """Note that no branch of this split can have reached a join before this step."""
    step = current_step(activation.using)
    assert step is not None
    step.opened_splits.add(str(activation.task.pk))


def start_branches(activation: Activation, edges: list[Any]) -> list[Activation]:
    """Make one task for each edge, or each item of an edge, under a fresh token of this split.

    A branch without any item arrives at its join at once; where no join waits for it, it ends.
    """
    tokens = Token.split_token_source(activation.task.token, activation.task.pk)
    found: list[Activation] = []
    empty = False
    for edge in edges:
        if not edge.multi_instance:
            found.append(activation.create_follower(edge, next(tokens)))
            continue
        items = _items(activation, edge)
        for data, seed in items:
            found.append(edge.dst._create(activation, next(tokens), data=data, seed=seed))
        join = closing_join(edge.dst) if not items else None
        if join is not None:
            found.append(join._create(activation, next(tokens)))
        empty = empty or not items
    if empty and not found:
        finish_process(activation)
    followers: list[Activation] = []
    for follower in found:
        if all(follower.task is not known.task for known in followers):
            followers.append(follower)
    return followers


def _items(activation: Activation, edge: Any) -> list[tuple[Any, Any]]:
    """Return data and seed of each task of a multi-instance branch."""
    data, seeds = (
        list(activation.call(source, activation)) if source is not None else None
        for source in (edge.data_source, edge.seed_source)
    )
    if data is None or seeds is None:
        number = len(data if data is not None else seeds or [])
        data, seeds = data or [None] * number, seeds or [None] * number
    if len(data) != len(seeds):
        raise FlowRuntimeError(
            f"{activation.flow_task}: the branch to {edge.dst.name!r} has {len(data)} items of "
            f"data and {len(seeds)} seeds; give it as many of both."
        )
    return list(zip(data, seeds, strict=True))


class Split(Node):
    """Starts branches: ``Split().Next(this.a).Next(this.b, case=…).Always(this.c)``."""

    task_type = "PARALLEL_GATEWAY"
    activation_class: type[Activation] = SplitActivation
    references = ("undo_func",)

    def __init__(self, undo_func: Any = None) -> None:
        super().__init__()
        self.undo_func = undo_func

    @property
    def bpmn_element(self) -> str:  # type: ignore[override]
        conditional = any(edge.condition is not None for edge in self._edges)
        return "inclusiveGateway" if conditional else "parallelGateway"

    def Next(
        self,
        node: Any,
        case: Any = None,
        task_data: Any = None,
        task_seed: Any = None,
        task_data_source: Any = None,
        task_seed_source: Any = None,
        data_source: Any = None,
    ) -> Self:
        """Start a branch at ``node``, when ``case(activation)`` is true or there is no case.

        With ``task_data_source`` or ``task_seed_source`` (callables of the activation that return
        items) there is one branch for each item: it becomes ``data``, or ``seed``, of the
        branch's first task. With both, the n-th of each go together. ``data_source`` is the old
        name of ``task_data_source``. Raises ``ValueError`` for a value and its source at once.
        """
        if task_data_source is not None and data_source is not None:
            raise ValueError("data_source is the old name of task_data_source; give one of them.")
        task_data_source = task_data_source if task_data_source is not None else data_source
        multiple = task_data_source is not None or task_seed_source is not None
        if multiple and (task_data is not None or task_seed is not None):
            raise ValueError("A branch for each item takes its data and seeds from the sources.")
        return self._add_edge(
            node,
            condition=case,
            task_data=task_data,
            task_seed=task_seed,
            data_source=task_data_source,
            seed_source=task_seed_source,
        )

    def Always(self, node: Any, task_data: Any = None, task_seed: Any = None) -> Self:
        """Start a branch at ``node`` in any case."""
        return self.Next(node, task_data=task_data, task_seed=task_seed)

    def _ready(self) -> None:
        super()._ready()
        if not self._edges:
            raise FlowDefinitionError(
                f"{self.flow_class.__name__}.{self.name}: this {type(self).__name__} has no "
                "branches; add them with .Next(…)."
            )


class SplitFirstActivation(Activation):
    """Waits for the first branch."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.STARTED)
    def activate(self) -> None:
        """Start the branches and wait."""
        with self.step() as step:
            followers: list[Activation] = []
            with self.exception_guard():
                self.started()
                branches = _branches(self)
                open_split(self)
                followers = start_branches(self, branches)
            if self.task.status == STATUS.STARTED:
                step.schedule(followers)

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def done(self) -> None:
        """The race is over."""
        self.finish()

    @Activation.status.transition(source=STATUS.DONE)
    def create_next(self) -> list[Activation]:
        """Nothing: the branches were started at the beginning."""
        return []

    #: Stop waiting for the branches.
    cancel = cancellation(STATUS.STARTED, STATUS.ERROR)

    def branch_completed(self, winner: Any) -> None:
        """End the race: cancel the first tasks of the other branches."""
        with self.step() as step:
            losers = [
                task
                for task in _first_tasks(self, step)
                if task is not winner and task.token != winner.token and task.status in LIVE
            ]
            for task in losers:
                loser = task.flow_task.activation_class(task)
                # A task that was made but not activated yet can always be withdrawn.
                if task.status == STATUS.NEW or loser.cancel.can_proceed():
                    if getattr(loser, "cancel", None) and loser.cancel.can_proceed():
                        loser.cancel()
                    else:
                        step.track(task)
                        task.status = STATUS.CANCELED
                        loser.cancelled()
                else:
                    raise FlowRuntimeError(
                        f"{self.flow_task}: {task} is {task.status} and cannot be cancelled, "
                        f"although {winner} was first."
                    )
            self.done()


def _first_tasks(activation: Activation, step: Any) -> list[Any]:
    """Return the tasks that the split started, one instance for each row."""
    prefix = f"{activation.task.token}/{activation.task.pk}_"
    known = {task.pk: task for task in step.tracked_tasks() if task.token.startswith(prefix)}
    rows = (
        type(activation.task)
        ._base_manager.using(activation.using)
        .filter(process=activation.process.pk, previous=activation.task.pk)
    )
    return [known.get(task.pk, task) for task in rows.order_by("pk")]


class SplitFirst(Split):
    """Starts branches; the first whose first task is done cancels the others."""

    activation_class: type[Activation] = SplitFirstActivation

    @property
    def bpmn_element(self) -> str:  # type: ignore[override]
        return "eventBasedGateway"

    def _ready(self) -> None:
        super()._ready()
        if any(edge.multi_instance for edge in self._edges):
            raise FlowDefinitionError(
                f"{self.flow_class.__name__}.{self.name}: a SplitFirst has no branches for items; "
                "it waits for the first of several events."
            )
        flow_class: type[Flow] = self.flow_class
        flow_class._first_splits = (*flow_class._first_splits, self)

    def branch_completed(self, activation: Activation) -> None:
        """Called with each completion in the flow: was it a first task of an open race?"""
        token = Token(activation.task.token)
        if not token.is_split_token() or activation.task.flow_task is self or token.is_aside():
            return
        step = current_step(activation.using)
        assert step is not None
        pk = int(token.split_pks()[-1])
        race = next((task for task in step.tracked_tasks() if task.pk == pk), None)
        if race is None:
            rows = type(activation.task)._base_manager.using(activation.using)
            race = rows.filter(pk=pk, flow_task=self, status=STATUS.STARTED).first()
        if race is None or race.flow_task is not self or race.status != STATUS.STARTED:
            return
        race_activation = self.activation_class(race)
        race_activation.branch_completed(activation.task)  # type: ignore[attr-defined]
