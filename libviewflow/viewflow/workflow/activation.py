"""Activation: one task in the hands of the engine.

An activation knows its task, its process and its node, and offers the transitions that the node
allows as a state machine over ``task.status`` (BPMN 2.0.2, clause 13.3.2: the lifecycle of an
activity). Whoever calls a transition outside a step gets one of its own: lock, fresh state, flush.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db import router, transaction
from django.dispatch import Signal
from django.utils.timezone import now

from ..fsm import State, TransitionNotAllowed
from ..this_object import this
from .context import context
from .executor import Step, current_step, unit_of_work
from .failure import describe
from .family import parent_waits
from .graph.node import Edge
from .graph.token import Token
from .signals import task_failed, task_finished, task_started
from .status import BOUNDARY, LIVE, PROCESS, STATUS
from .step_rows import snapshot

__all__ = ["Activation", "cancellation"]


class Activation:
    """One task, its process and its node."""

    #: Joins are looked at after everything else of a step: ``"join"``.
    type: ClassVar[str] = "node"

    #: False for what runs at once: it is never found waiting, so no time limit can be set to it.
    waits: ClassVar[bool] = True

    status: Any = State(STATUS, default=STATUS.NEW)

    def __init__(self, task: Any) -> None:
        self.task = task
        self.flow_task = task.flow_task
        self._process: Any = None
        self._before: dict[str, Any] | None = None
        #: Why the task failed, while that is being noted.
        self.failure: BaseException | None = None
        step = current_step(self.using)
        if step is not None and not step.pending(task) and task.pk is not None:
            step.track(task)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Activation) and self.task == other.task

    def __hash__(self) -> int:
        return hash(self.task)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.task}>"

    @property
    def flow_class(self) -> Any:
        return self.flow_task.flow_class

    @property
    def using(self) -> str:
        """Alias of the database that the step writes to."""
        return self.task._state.db or router.db_for_write(type(self.task))

    @property
    def process(self) -> Any:
        """The process as the flow's ``process_class``: one instance for all of a step."""
        if self._process is None:
            task, step = self.task, current_step(self.using)
            process = None
            if step is not None and task.process_id is not None:
                process = step.known_process(self.flow_class.process_class, task.process_id)
            if process is None:
                process = task.process.coerced
                if step is not None and process.pk is not None:
                    process = step.remember_process(process)
            self._process = process
        return self._process

    @status.setter()
    def _set_status(self, value: Any) -> None:
        step = current_step(self.using)
        if step is not None:
            # A finished task is forgotten by the step once it is written; it changes again here.
            step.watch(self.task)
        elif self._before is None and self.task.pk is not None:
            self._before = snapshot(self.task)
        self.task.status = value

    @status.getter()
    def _get_status(self) -> Any:
        return self.task.status

    # steps -----------------------------------------------------------------------------------

    @contextmanager
    def step(self) -> Iterator[Step]:
        """Work on the task inside the open step, or inside one of its own.

        One of its own takes the process's lock first and raises ``TransitionNotAllowed`` when
        somebody else has changed the task since it was read.
        """
        if current_step(self.using) is not None or self.task.process_id is None:
            with unit_of_work(self.using) as step:
                yield step
            return
        with self.flow_class.lock(self.task.process_id):
            own = current_step(self.using)
            assert own is not None
            before, self._before = self._before or snapshot(self.task), None
            rows = type(self.task)._base_manager.using(self.using).filter(pk=self.task.pk)
            fresh = rows.values_list("status", flat=True).first()
            if fresh != before["status"]:
                raise TransitionNotAllowed(
                    f"{self.task} was changed by somebody else: it is {fresh} now, not "
                    f"{before['status']}."
                )
            own.track(self.task, before)
            if self._process is not None:
                self._process.refresh_from_db()
                self._process = own.remember_process(self._process)
            yield own

    def call(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call code of the flow; steps that it starts are its own."""
        step = current_step(self.using)
        if step is None:
            return func(*args, **kwargs)
        with step.user_code(self.task):
            return func(*args, **kwargs)

    def send(self, signal: Signal, **kwargs: Any) -> None:
        """Tell the receivers of a signal of the engine."""
        if signal.has_listeners(self.flow_class):
            self.call(
                signal.send,
                sender=self.flow_class,
                process=self.process,
                task=self.task,
                **kwargs,
            )

    @contextmanager
    def exception_guard(self) -> Iterator[None]:
        """Let an exception of the flow's code out, or keep it on the task.

        With ``context.propagate_exception`` (a person waits for the answer) it goes out and the
        step is rolled back. Without (background work) only what happened inside the guard is
        rolled back, the task becomes ERROR with the cause in ``data["_exception"]``. So it does
        in any case when the node has a boundary event for this error, which then goes on.
        """
        node = self.flow_task
        if context.propagate_exception and not node.catches_errors:
            yield
            return
        with self.step() as step:
            saved = step.save_point()
            try:
                with transaction.atomic(using=self.using):
                    yield
                    step.flush()
            except Exception as error:
                if context.propagate_exception and not node.catches(self, error):
                    raise
                step.restore(saved)
                self.fail(error)

    def fail(self, error: BaseException) -> None:
        """Mark the task as failed and keep what is known about the cause."""
        self.failure = error
        with self.step():
            self.task.status = STATUS.ERROR
            self.task.finished = now()
            self.note_failure(error)
            self.send(task_failed, exception=error)
            self.flow_task.failed(self)

    def note_failure(self, error: BaseException) -> None:
        """Keep what is known about the cause of a failure in ``data["_exception"]``."""
        if hasattr(self.task, "data"):
            kept = self.task.data
            # An item of a multi-instance branch may be any JSON value.
            data = dict(kept or {}) if isinstance(kept, dict | None) else {"_data": kept}
            data["_exception"] = describe(error)
            self.task.data = data

    def data_without_failure(self) -> Any:
        """Return the task's data as it was before :meth:`note_failure`; ``None`` without any."""
        data = getattr(self.task, "data", None)
        if not isinstance(data, dict) or "_exception" not in data:
            return data
        return data.get("_data", {key: data[key] for key in data if key != "_exception"})

    # creation ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        flow_task: Any,
        prev_activation: Activation | None,
        token: str,
        data: Any = None,
        seed: Any = None,
    ) -> Activation:
        """Make a new task that follows ``prev_activation``."""
        assert prev_activation is not None
        task = new_task(flow_task, prev_activation.process, token, data, seed)
        with unit_of_work(prev_activation.using) as step:
            step.add_task(task, [prev_activation.task])
            activation = cls(task)
        activation._process = prev_activation.process
        return activation

    # transitions -------------------------------------------------------------------------------

    def arrive(self) -> None:
        """Begin: arm the events on the node's border, then activate."""
        node = self.flow_task
        if node.boundaries and self.waits and self.task.status == STATUS.NEW:
            with self.step(), self.exception_guard():
                node.arm(self)
            if self.task.status != STATUS.NEW:  # a time limit could not be found out
                return
        self.activate()

    @status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Do the node's work; an automatic node goes on to its followers."""
        self.perform()

    def perform(self, work: Callable[[], Any] | None = None) -> None:
        """Do ``work`` and complete, guarded; then let the followers go on."""
        with self.step() as step:
            followers: list[Activation] = []
            with self.exception_guard():
                if work is not None:
                    work()
                self.complete()
                followers = self.create_next()
            if self.task.status == STATUS.DONE:
                step.schedule(followers)

    @status.transition(source=STATUS.NEW, target=STATUS.DONE)
    def complete(self) -> None:
        """Finish the task."""
        self.finish()

    def finish(self) -> None:
        """What every completion does: note the time, tell the receivers."""
        with self.step():
            self.task.finished = now()
            self.flow_task.disarm(self)
            self.send(task_finished)
            self.flow_task.completed(self)

    @status.transition(source=STATUS.DONE)
    def create_next(self) -> list[Activation]:
        """Make the tasks that follow."""
        with self.step():
            return [
                self.create_follower(edge, self.task.token) for edge in self.flow_task._following()
            ]

    def create_follower(self, edge: Edge, token: str) -> Activation:
        """Make the task at the end of an edge."""
        data = self.call(edge.task_data, self) if edge.task_data is not None else None
        seed = self.call(edge.task_seed, self) if edge.task_seed is not None else None
        return edge.dst._create(self, token, data=data, seed=seed)

    @status.transition(source=STATUS.DONE)
    def activate_next(self) -> None:
        """Make the tasks that follow and let each go as far as it can by itself."""
        with self.step() as step:
            step.schedule(self.create_next())

    def has_manage_permission(self, user: Any) -> bool:
        return bool(self.flow_class.instance.has_manage_permission(user, self.process))

    def leading_inactive(self) -> Any:
        """Guard of undo: nothing that followed is still in place."""
        gone = (STATUS.CANCELED, STATUS.REVIVED)
        if self.flow_class._has_boundaries:
            busy = self._went_on(gone)
        else:
            busy = self.task.leading.exclude(status__in=gone).exists()
        return State.CONDITION(
            not busy, "Tasks that follow this one are not cancelled; undo or cancel them first."
        )

    def _went_on(self, gone: tuple[str, ...]) -> bool:
        """Tell whether something follows, also behind an event that took a follower's token."""
        rows = type(self.task)._base_manager.using(self.using)
        sources = [self.task.pk]
        while sources:
            after = rows.filter(previous__in=sources).exclude(flow_task_type=BOUNDARY)
            followers = list(after.values_list("pk", "status"))
            if any(status not in gone for _pk, status in followers):
                return True
            ended = [pk for pk, status in followers if status == STATUS.CANCELED]
            events = rows.filter(previous__in=ended, flow_task_type=BOUNDARY, status=STATUS.DONE)
            # One that did not interrupt has a token of its own, and is nobody's successor.
            sources = [
                pk
                for pk, token in events.values_list("pk", "token")
                if not token.endswith(f"+{pk}")
            ]
        return False

    @status.transition(
        source=STATUS.DONE,
        target=STATUS.CANCELED,
        label="Undo",
        conditions=[this.leading_inactive],
        permission=this.has_manage_permission,
    )
    def undo(self) -> None:
        """Take the completion back; what followed must be cancelled or undone already."""
        with self.step():
            undo_func = getattr(self.flow_task, "undo_func", None)
            if undo_func is not None:
                self.call(undo_func, self)
            self.task.finished = now()
            self.undone()

    def undone(self) -> None:
        """Hook: what undoing this kind of node means for the process."""

    def cancelled(self) -> None:
        """What every cancellation does."""
        with self.step() as step:
            self.task.finished = now()
            self.flow_task.disarm(self)
            self.flow_task.withdrawn(self)
            step.gone.append(self)

    def interrupt(self) -> None:
        """Withdraw the task whatever it is doing: its process ends, or goes another way.

        Unlike ``cancel`` this ends a task too that somebody has begun.
        """
        cancel = getattr(self, "cancel", None)
        if cancel is not None and cancel.can_proceed():
            cancel()
            return
        with self.step():
            self._set_status(STATUS.CANCELED)
            self.cancelled()

    def live_tokens(self) -> list[str]:
        """Return the tokens of the process's other live tasks."""
        rows = type(self.task)._base_manager.using(self.using)
        live = rows.filter(process=self.task.process_id, status__in=LIVE)
        others = live.exclude(pk=self.task.pk).exclude(flow_task_type=BOUNDARY)
        return list(others.values_list("token", flat=True))

    def token_is_free(self) -> Any:
        """Guard of revive: nobody else holds the task's token, or one that was made of it."""
        token = Token(self.task.token)
        return State.CONDITION(
            not any(token.is_in_the_way(Token(other)) for other in self.live_tokens()),
            "The process has gone on elsewhere from here; undo or cancel those tasks first.",
        )

    def parent_waits(self) -> Any:
        """Guard of what opens a process again: the task that it works for still wants it."""
        return State.CONDITION(
            parent_waits(self.process, self.using),
            "The process that this one works for has gone on without it; undo or revive that first.",
        )

    @status.transition(
        source=[STATUS.CANCELED, STATUS.ERROR],
        target=STATUS.REVIVED,
        label="Revive",
        conditions=[this.token_is_free, this.parent_waits],
        permission=this.has_manage_permission,
    )
    def revive(self) -> Activation:
        """Put a new task in the place of a cancelled or failed one, and let it go.

        It has the old token, data, seed and artifact. A process that was finished goes on.
        """
        with self.step() as step:
            self.flow_task.disarm(self)
            previous = [*self.task.previous.all(), self.task]
            task = self.prepare_revived_task()
            step.add_task(task, previous)
            self.task.finished = self.task.finished or now()
            process = self.process
            if process.status != PROCESS.NEW:
                process.status, process.finished = PROCESS.NEW, None
            activation = type(self)(task)
            activation._process = process
            activation.take_over(self)
            step.schedule([activation])
            return activation

    def take_over(self, old: Activation) -> None:
        """Hook: what a revived task takes over from the one in whose place it is."""

    def prepare_revived_task(self) -> Any:
        """Return the unsaved task that takes this one's place."""
        old = self.task
        task = new_task(self.flow_task, self.process, old.token, self.data_without_failure(), None)
        for name in (
            "seed_content_type_id",
            "seed_object_id",
            "artifact_content_type_id",
            "artifact_object_id",
        ):
            if hasattr(old, name):
                setattr(task, name, getattr(old, name))
        return task

    # questions ---------------------------------------------------------------------------------

    def get_outgoing_transitions(self) -> list[Any]:
        """Return the transitions that can leave the task's status."""
        return type(self).status.get_outgoing_transitions(self.task.status)

    def get_available_transitions(self, user: Any) -> list[Any]:
        """Return those that ``user`` may perform."""
        return type(self).status.get_available_transitions(self, self.task.status, user)

    def last_owner_of(self, node: Any) -> Any:
        """Return who completed ``node`` last in this process, or ``None``."""
        task = (
            type(self.task)
            ._base_manager.using(self.using)
            .filter(process=self.process.pk, flow_task=node, status=STATUS.DONE)
            .select_related("owner")
            .order_by("-pk")
            .first()
        )
        return task.owner if task is not None else None

    def started(self) -> None:
        """What every beginning does: note the time, tell the receivers."""
        self.task.started = self.task.started or now()
        self.send(task_started)


def cancellation(*sources: Any) -> Any:
    """Return the transition ``cancel`` from these statuses, for the body of an activation class.

    The branch of the task ends with it, unless the task is revived.
    """

    @Activation.status.transition(
        source=list(sources),
        target=STATUS.CANCELED,
        label="Cancel",
        permission=this.has_manage_permission,
    )
    def cancel(self: Activation) -> None:
        """Give the task up; its branch ends here unless the task is revived."""
        self.cancelled()

    return cancel


def new_task(flow_task: Any, process: Any, token: str, data: Any, seed: Any) -> Any:
    """Return an unsaved task of a node."""
    task = flow_task.flow_class.task_class(
        process=process,
        flow_task=flow_task,
        flow_task_type=flow_task.task_type,
        token=Token(token),
        created=now(),
    )
    if data is not None:
        task.data = data
    if seed is not None:
        task.seed = seed
    return task
