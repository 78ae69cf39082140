"""Start and StartHandle: how a process begins (BPMN 2.0.2, clause 10.5.2, start events)."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.auth import get_user_model
from django.db import router
from django.utils.timezone import now

from ...fsm import State
from ..activation import Activation, new_task
from ..base import Node
from ..executor import unit_of_work
from ..family import adopting, tell_parent
from ..graph.token import Token
from ..signals import flow_started
from ..status import PROCESS, STATUS
from .mixins import NextNodeMixin, PermissionMixin

__all__ = ["Start", "StartActivation", "StartHandle", "StartHandleActivation"]


class _BeginsProcess(Activation):
    """Creates the process and its first task, both unsaved until the step runs."""

    @classmethod
    def create(
        cls,
        flow_task: Any,
        prev_activation: Activation | None = None,
        token: str | None = None,
        data: Any = None,
        seed: Any = None,
        process: Any = None,
    ) -> Any:
        """Make an unsaved process with an unsaved start task."""
        flow_class = flow_task.flow_class
        if process is None:
            process = flow_class.process_class(flow_class=flow_class)
        task = new_task(flow_task, process, token or Token("start"), data, seed)
        activation = cls(task)
        activation._process = process
        return activation

    @property
    def using(self) -> str:
        return self.task._state.db or router.db_for_write(type(self.process))

    def save(self) -> None:
        """Write the process, and the task with the next flush. Call it inside a step."""
        process = self.process
        with self.step() as step:
            is_new = process.pk is None
            process.save(using=self.using)
            if is_new:
                step.begin_process(process)
            step.remember_process(process)
            step.lock_once(type(process), process.pk)
            self.task.process = process
            step.add_task(self.task, [])
        self.send(flow_started)

    def leading_inactive(self) -> Any:
        """Guard of undo: what followed is undone, and as it ends the process, nothing is open."""
        return super().leading_inactive() and State.CONDITION(
            not self.live_tokens(), "The process has open tasks; undo or cancel them first."
        )

    def undone(self) -> None:
        """A process whose start is undone is cancelled."""
        self.process.status = PROCESS.CANCELED
        self.process.finished = now()
        with self.step() as step:
            tell_parent(self.process, step)


class StartActivation(_BeginsProcess):
    """A start by a person."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.STARTED)
    def start(self, request: Any = None) -> None:
        """Note who starts the process, and when. Nothing is written yet."""
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            self.task.owner = user
            self.task.assigned = now()
        self.task.started = now()

    @Activation.status.transition(source=STATUS.STARTED)
    def execute(self) -> None:
        """Create the process with its start task and go on to what follows."""
        with unit_of_work(self.using):
            self.save()
            self.started()
            self.complete()
            self.activate_next()

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def complete(self) -> None:
        """Finish the start task."""
        self.finish()


class Start(PermissionMixin, NextNodeMixin, Node):
    """A page on which a person starts a process."""

    task_type = "HUMAN_START"
    bpmn_element = "startEvent"
    activation_class = StartActivation
    references = ("undo_func", "_available")

    def __init__(self, view: Any = None, undo_func: Any = None, **kwargs: Any) -> None:
        super().__init__()
        self._view = view
        self.undo_func = undo_func
        self._available: Any = None
        self._available_lookup: dict[str, Any] | None = None

    def Available(self, owner: Any = None, **user_lookup: Any) -> Self:
        """Let only some people start: a user, those of a lookup, or a predicate of the user.

        The predicate alone decides, for superusers too.
        """
        if owner is None and not user_lookup:
            raise ValueError("Available() needs a user, a predicate or a lookup.")
        self._available = owner
        self._available_lookup = user_lookup or None
        return self

    def can_execute(self, user: Any, task: Any = None) -> bool:
        """Whether ``user`` may start a process; nobody who is not logged in, unless allowed."""
        if task is not None and task.status not in (STATUS.NEW, STATUS.STARTED):
            return False
        if self._available is not None:
            if callable(self._available) and not hasattr(self._available, "pk"):
                return bool(self._available(user))
            return bool(user.is_authenticated and self._available == user)
        if self._available_lookup is not None:
            users = get_user_model()._default_manager.filter(**self._available_lookup)
            return bool(user.is_authenticated and users.filter(pk=user.pk).exists())
        if not (user.is_authenticated and user.is_active):
            return False
        if self.owner_permission is None:
            return True
        if user.has_perm(self.owner_permission):
            return True
        obj = self.owner_permission_obj
        if obj is None or callable(obj):
            return False  # a callable asks about a process, and there is none yet
        return bool(user.has_perm(self.owner_permission, obj))


class StartHandleActivation(_BeginsProcess):
    """A start by code."""

    @Activation.status.transition(source=STATUS.NEW)
    def execute(self, *args: Any, **kwargs: Any) -> Any:
        """Create the process, call the function and go on; return the function's result."""
        with unit_of_work(self.using):
            self.save()
            self.started()
            func, result = self.flow_task.func, None
            if func is not None:
                result = self.call(func, self, *args, **kwargs)
            self.complete()
            self.activate_next()
        return result


class StartHandle(NextNodeMixin, Node):
    """A process that code starts: ``MyFlow.start.run(**kwargs)``."""

    task_type = "START"
    bpmn_element = "startEvent"
    bpmn_event = "message"
    activation_class = StartHandleActivation
    references = ("func", "undo_func")

    def __init__(self, func: Any = None, undo_func: Any = None) -> None:
        super().__init__()
        self.func = func
        self.undo_func = undo_func

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Start a process and return the function's result, or the process when that is ``None``.

        The function gets the activation and the arguments. Reserved: ``_parent_task``,
        ``_process_data``, ``_process_seed``, ``_task_data``, ``_task_seed``. When the function, or
        a node that runs at once, fails, no row is left.

        A ``_parent_task`` of an ``NSubprocess`` waits for the new process, too; it must still be
        waiting for others, else ``FlowRuntimeError`` is raised.
        """
        parent = kwargs.pop("_parent_task", None)
        activation = self.prepare(
            parent,
            process_data=kwargs.pop("_process_data", None),
            process_seed=kwargs.pop("_process_seed", None),
            task_data=kwargs.pop("_task_data", None),
            task_seed=kwargs.pop("_task_seed", None),
        )
        with adopting(parent):
            result = activation.execute(*args, **kwargs)
        return activation.process if result is None else result

    def prepare(
        self,
        parent_task: Any = None,
        *,
        process_data: Any = None,
        process_seed: Any = None,
        task_data: Any = None,
        task_seed: Any = None,
    ) -> StartHandleActivation:
        """Return the activation of a new process, of which nothing is written yet."""
        activation: StartHandleActivation = self.activation_class.create(
            self, None, None, data=task_data, seed=task_seed
        )
        process = activation.process
        if parent_task is not None:
            process.parent_task = parent_task
        if process_data is not None:
            process.data = {**(process.data or {}), **process_data}
        if process_seed is not None:
            process.seed = process_seed
        return activation
