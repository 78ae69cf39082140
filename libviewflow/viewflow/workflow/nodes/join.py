"""Join: waits for the branches of a split (BPMN 2.0.2, clauses 10.6.3 and 10.6.5).

Which tasks belong to a split is written in their tokens. A join collects the branches of the
innermost split, and of outer ones as long as all of their ways lead to this very join.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.db.models import Q
from django.db.models.fields import AutoFieldMixin

from ...fsm import State
from ...this_object import this
from ..activation import Activation, cancellation, new_task
from ..base import Node
from ..exceptions import FlowRuntimeError
from ..executor import current_step, unit_of_work
from ..graph.token import Token
from ..status import BOUNDARY, LIVE, STATUS
from .end import finish_process
from .mixins import NextNodeMixin

__all__ = ["Join", "JoinActivation", "closing_join"]

_WAITING = (STATUS.NEW, STATUS.STARTED)

#: A branch that arrives finds a join in one of these; one that is DONE went on without it.
_REACHABLE = (*_WAITING, STATUS.ERROR, STATUS.DONE)


def _split_pk(prefix: str) -> str:
    """Return the key of the split whose branches share this prefix."""
    return prefix.rpartition("/")[2].removesuffix("_")


class JoinActivation(Activation):
    """Waits until every branch is here."""

    type = "join"

    @classmethod
    def create(
        cls,
        flow_task: Any,
        prev_activation: Activation | None,
        token: str,
        data: Any = None,
        seed: Any = None,
    ) -> Activation:
        """Let a branch arrive: at the join that waits for it, or at a new one."""
        assert prev_activation is not None
        with unit_of_work(prev_activation.using) as step:
            token, prefix = flow_task.collect(prev_activation, Token(token))
            task, late = cls._waiting(flow_task, prev_activation, token, prefix, step)
            if task is None:
                task = new_task(flow_task, prev_activation.process, token, data, seed)
                step.add_task(task, [prev_activation.task])
                step.made_joins.append(task)
            elif prev_activation.task is not task.__dict__.get("_arrived_last"):
                # (A split without steps in its branches arrives several times, in a row.)
                step.add_link(task, prev_activation.task)
                if not prefix and not Token(token).is_aside() and task.token != token:
                    # What began beside the branch was here first; together they are the branch.
                    step.watch(task)
                    task.token = token
            task._arrived_last = prev_activation.task
            task._join_prefix = prefix
            activation = cls(task)
            activation._process = prev_activation.process
            if late:
                # The join has gone on without this branch, which ends here; was it the last one?
                finish_process(activation)
        return activation

    @classmethod
    def _waiting(
        cls, flow_task: Any, prev_activation: Activation, token: str, prefix: str, step: Any
    ) -> tuple[Any, bool]:
        """Return the join task of this split, and whether it has fired already."""
        model = type(prev_activation.task)
        rows = model._base_manager.using(prev_activation.using)
        here = {"process": prev_activation.process.pk, "flow_task": flow_task}
        if not prefix and flow_task.flow_class._has_boundaries:
            # Outside of a split: a task, and what has begun beside it.
            waiting = rows.filter(**here, status__in=(*_WAITING, STATUS.ERROR)).order_by("pk")
            found = next((row for row in waiting if not Token(row.token).is_split_token()), None)
            return step.one_instance(found) if found is not None else None, False
        for task in [*step.pending_tasks, *step.tracked_tasks(), *reversed(step.made_joins)]:
            if (
                task.flow_task is flow_task
                and task.token == token
                and task.status in _REACHABLE
                and task.process_id == prev_activation.process.pk
                and task.__dict__.get("_join_prefix") == prefix
                and (prefix or task.status in _WAITING)
            ):
                return task, task.status == STATUS.DONE
        if not prefix:
            return None, False
        split_pk = _split_pk(prefix)
        if split_pk in step.opened_splits:
            # Its branches began in this step, so a join of theirs would be known to it.
            return None, False
        if isinstance(model._meta.pk, AutoFieldMixin):
            # Made after the split: what a long process did before need not be looked at.
            rows = rows.filter(pk__gt=split_pk)
        found = (
            rows.filter(**here, token=token, status__in=_REACHABLE)
            # A branch without a step arrives from the split itself.
            .filter(Q(previous__token__startswith=prefix) | Q(previous=split_pk))
            .order_by("-pk")
            .first()
        )
        return found, found is not None and found.status == STATUS.DONE

    @property
    def split_prefix(self) -> str:
        """The prefix of the tokens that this join collects; ``""`` when it follows no split."""
        prefix = self.task.__dict__.get("_join_prefix")
        if prefix is None:
            previous = self.task.previous.order_by("pk")
            prefix = ""
            base = f"{self.task.token}/"
            for pk, token, kind in previous.values_list("pk", "token", "flow_task_type"):
                if token.startswith(base):
                    prefix = f"{base}{token[len(base) :].partition('_')[0]}_"
                elif token == self.task.token and kind == "PARALLEL_GATEWAY":
                    prefix = f"{base}{pk}_"  # a branch without a step
                if prefix:
                    break
            self.task._join_prefix = prefix
        return str(prefix)

    def active_tasks(self) -> list[Any]:
        """Return the tasks of the split that have not arrived yet, the oldest first.

        Outside of a split: what may still come of a task and of what has begun beside it.
        """
        prefix = self.split_prefix
        if not (prefix or self.flow_class._has_boundaries):
            return []
        known = self._known_tasks(prefix)
        if known is not None:
            return known
        rows = type(self.task)._base_manager.using(self.using)
        # Sorted here: asked for an order, a database may read all tasks of the process for it.
        live = rows.filter(process=self.process.pk, token__startswith=prefix, status__in=LIVE)
        holders = sorted(live.exclude(flow_task_type=BOUNDARY).order_by(), key=attrgetter("pk"))
        if prefix:
            return holders
        # What other joins wait for is among these, too.
        return [
            task
            for task in holders
            if not (task.flow_task_type == "JOIN" and task.status in _WAITING)
            and self.flow_task.may_be_reached_from(task.flow_task)
        ]

    def _known_tasks(self, prefix: str) -> list[Any] | None:
        """Return the tasks of a split that began in this very step, which knows them all."""
        step = current_step(self.using)
        if step is None or _split_pk(prefix) not in step.opened_splits:
            return None
        if self.flow_task.continue_on_condition is not None:
            return None  # the flow's code looks at them: their rows are written before
        return [
            task
            for task in step.live_tasks(self.process)
            if task.token.startswith(prefix) and task.flow_task_type != BOUNDARY
        ]

    def token_is_free(self) -> Any:
        """Guard of revive: the branches hold tokens made of the join's, and may go on doing so."""
        return State.CONDITION(
            self.task.token not in self.live_tokens(),
            "The process has gone on elsewhere from here; undo or cancel those tasks first.",
        )

    def is_done(self) -> bool:
        """Tell whether nothing is left to wait for. Asking changes nothing."""
        return self._is_done(self.active_tasks())

    def _is_done(self, active: list[Any]) -> bool:
        if not active:
            return True
        condition = self.flow_task.continue_on_condition
        return condition is not None and bool(self.call(condition, self, active))

    @Activation.status.transition(source=[STATUS.NEW, STATUS.STARTED])
    def activate(self) -> None:
        """Look whether the wait is over."""
        with self.step() as step:
            followers: list[Activation] = []
            if self.task.status == STATUS.NEW:
                self.started()
                self.task.status = STATUS.STARTED
            with self.exception_guard():
                active = self.active_tasks()
                if self._is_done(active):
                    if active and self.flow_task.cancel_active:
                        self._cancel(active)
                    self.complete()
                    followers = self.create_next()
            if self.task.status == STATUS.DONE:
                step.schedule(followers)

    def _cancel(self, tasks: list[Any]) -> None:
        for task in tasks:
            activation = task.flow_task.activation_class(task)
            cancel = getattr(activation, "cancel", None)
            if cancel is None or not cancel.can_proceed():
                raise FlowRuntimeError(
                    f"{self.flow_task}: this Join goes on without {task}, which cannot be "
                    f"cancelled because it is {task.status}."
                )
            cancel()

    @Activation.status.transition(
        source=STATUS.STARTED, label="Execute", permission=this.has_manage_permission
    )
    def execute(self) -> None:
        """Look again whether the wait is over, for instance after a branch was cancelled."""
        self.activate()

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def complete(self) -> None:
        """Finish the join."""
        self.finish()

    #: Stop waiting.
    cancel = cancellation(STATUS.NEW, STATUS.STARTED, STATUS.ERROR)


class Join(NextNodeMixin, Node):
    """Waits for every branch of its split.

    ``continue_on_condition(activation, active_tasks)`` lets it go on before; the tasks that are
    still open are cancelled then, or left alone with ``cancel_active=False``. Branches that come
    later end at the join.
    """

    task_type = "JOIN"
    activation_class = JoinActivation
    references = ("continue_on_condition", "undo_func")

    def __init__(
        self,
        continue_on_condition: Any = None,
        cancel_active: bool = True,
        undo_func: Any = None,
    ) -> None:
        super().__init__()
        self.continue_on_condition = continue_on_condition
        self.cancel_active = cancel_active
        self.undo_func = undo_func
        self._closed: frozenset[Any] | None = None
        self._sources: frozenset[Any] | None = None

    @property
    def bpmn_element(self) -> str:  # type: ignore[override]
        return "complexGateway" if self.continue_on_condition is not None else "parallelGateway"

    def _create(
        self, prev_activation: Activation, token: str, data: Any = None, seed: Any = None
    ) -> Activation:
        return self.activation_class.create(self, prev_activation, token, data, seed)

    def closes(self, split: Any) -> bool:
        """Tell whether every way from ``split`` leads to this join."""
        if self._closed is None:
            self._closed = frozenset(
                node.name
                for node in self.flow_class.instance.nodes()
                if node.task_type == "PARALLEL_GATEWAY" and self._is_on_every_way(node)
            )
        return split is not None and split.name in self._closed

    def may_be_reached_from(self, node: Any) -> bool:
        """Tell whether some way from ``node`` leads to this join."""
        if self._sources is None:
            nodes = self.flow_class.instance.nodes()
            self._sources = frozenset(n.name for n in nodes if self in _reached([n]))
        return node is not None and node.name in self._sources

    def _is_on_every_way(self, split: Any) -> bool:
        if any(edge.multi_instance for edge in split._following()):
            # Each item has joins of its own inside the branch; those collect no other items.
            return all(closing_join(edge.dst) is self for edge in split._following())
        return not _ends_without(self, [edge.dst for edge in split._following()], {split.name})

    def collect(self, arriving: Activation, token: Token) -> tuple[Token, str]:
        """Return the token that goes on behind the join, and the prefix of what it collects."""
        if not token.is_split_token():
            return token, ""
        base, prefix = token.get_base_split_token(), token.get_split_prefix()
        pks = token.split_pks()
        if len(pks) > 1 and any(self.closes(node) for node in self.flow_class.instance.nodes()):
            rows = type(arriving.task)._base_manager.using(arriving.using).filter(pk__in=pks[:-1])
            splits = {str(task.pk): task.flow_task for task in rows.only("pk", "flow_task")}
            for pk in reversed(pks[:-1]):
                if not (base.is_split_token() and self.closes(splits.get(pk))):
                    break
                base, prefix = base.get_base_split_token(), base.get_split_prefix()
        return base, prefix


def _ends_without(node: Any, starts: list[Any], seen: set[str]) -> bool:
    """Tell whether some way from ``starts`` ends without coming to ``node``."""
    return any(not list(found._following()) for found in _reached(starts, node, seen))


def _reached(starts: list[Any], without: Any = None, seen: set[str] | None = None) -> list[Any]:
    """Return the nodes that can be reached from ``starts`` on ways that avoid ``without``.

    What happens in exceptional cases, on the border of a task, is no way.
    """
    found: list[Any] = []
    known = set(seen or ())
    todo = list(starts)
    while todo:
        node = todo.pop()
        if node is not without and node.name not in known:
            known.add(node.name)
            found.append(node)
            todo += [edge.dst for edge in node._following()]
    return found


def closing_join(start: Any) -> Any | None:
    """Return the join where a branch that begins at ``start`` meets the others of its split.

    Splits inside the branch have joins of their own; the first that is not one of these, on every
    way, is the one. Where several splits share their last join, it closes all of them.
    """
    ways = [node for node in _reached([start]) if not _ends_without(node, [start], set())]
    # In the order in which the process comes to them: what is passed first hides all the others.
    ways.sort(key=lambda node: len(_reached([start], node)))
    depth, last = 0, None
    for node in ways:
        if node.task_type == "JOIN":
            last = node
            if depth == 0:
                return node
            depth -= 1
        elif node.task_type == "PARALLEL_GATEWAY":
            depth += 1
    return last
