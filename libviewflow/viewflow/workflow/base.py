"""Flow and Node: the graph with an engine.

A flow class declares a process in a class body; its nodes do the work, through the activation
class that each of them names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple

from django.urls import NoReverseMatch, get_resolver, get_urlconf
from django.utils.translation import gettext as _

from ..this_object import ThisObject
from .activation import Activation
from .exceptions import FlowRuntimeError
from .executor import current_step
from .family import tell_parent, withdraw_process
from .graph.flow import FlowGraph
from .graph.node import BaseNode
from .graph.token import Token
from .hosts import HostMixin
from .lock import database_lock, family_lock
from .models import Process, Task
from .status import BOUNDARY, LIVE, PROCESS, STATUS

__all__ = ["Flow", "FlowAction", "Node", "current_mounts", "has_model_perm"]


class FlowAction(NamedTuple):
    """Something that a person may do with a process or a task: its name and its page."""

    name: str
    url: str


#: The mounts (flow viewsets) that serve the current request, the innermost last. A flow that is
#: mounted twice builds its links for the place where the person is.
current_mounts: ContextVar[tuple[Any, ...]] = ContextVar("viewflow_mounts", default=())


def has_model_perm(user: Any, model: Any, action: str, obj: Any = None) -> bool:
    """Tell whether ``user`` holds ``<app>.<action>_<model>``, for the model or for ``obj``."""
    permission = f"{model._meta.app_label}.{action}_{model._meta.model_name}"
    if user.has_perm(permission):
        return True
    return obj is not None and bool(user.has_perm(permission, obj=obj))


class Node(HostMixin, BaseNode):
    """What the engine needs of every node.

    A node of your own sets ``task_type`` and ``activation_class``; ``_create`` decides what an
    arriving token does, ``can_*`` who may do what.
    """

    activation_class: type[Activation] = Activation

    def _create(
        self, prev_activation: Activation, token: str, data: Any = None, seed: Any = None
    ) -> Activation:
        """Make the task for a token that arrives from ``prev_activation``."""
        return self.activation_class.create(self, prev_activation, token, data, seed)

    def completed(self, activation: Activation) -> None:
        """Called with each completion: lets a deferred choice know that a branch went first."""
        for node in self.flow_class._first_splits:
            node.branch_completed(activation)
        self._handled(activation)

    def failed(self, activation: Activation) -> None:
        """Called when a task has become ERROR, inside the step that notes it."""
        self.catch(activation)

    def withdrawn(self, activation: Activation) -> None:
        """Called with each cancellation: what depends on the task is withdrawn with it."""
        self._handled(activation)

    # compensation ---------------------------------------------------------------------------------

    def _handled(self, activation: Activation) -> None:
        """Let the ``CompensateThrow`` that waits for this handler go on."""
        for node in self.flow_class._compensations:
            node.handler_ended(activation)

    def attached(self) -> Iterator[tuple[str, BaseNode]]:
        """Yield also what stands for the method of ``CompensateWith``."""
        yield from super().attached()
        method = self._handler
        if isinstance(method, ThisObject):
            method = getattr(self.flow_class, method.name, None)
        if callable(method) and not isinstance(method, BaseNode):
            name = f"{self.name}__compensate"
            own = self._method_handler(self._handler).copy_for(self.flow_class, name)
            own.compensated = self
            yield name, own

    def _method_handler(self, method: Any) -> BaseNode:
        """Return the node that calls a method to take this node back."""
        from .nodes.compensation import MethodHandler

        return MethodHandler(method, self.name)

    def _compensation_node(self, instance: Any) -> Any:
        return type(instance)._nodes.get(f"{self.name}__compensate", self._handler)

    def reverse(self, viewname: str, args: Any = None, kwargs: Any = None) -> str:
        """Return the URL of one of the node's pages."""
        return str(self.flow_class.instance.reverse(f"{self.name}:{viewname}", args, kwargs))

    # who may do what; the state of the task is part of the answer --------------------------------

    def _possible(self, transition: str, user: Any, task: Any) -> bool:
        bound = getattr(self.activation_class(task), transition, None)
        return bound is not None and bool(bound.can_proceed()) and bool(bound.has_perm(user))

    def can_view(self, user: Any, task: Any) -> bool:
        """Whether ``user`` may look at the task."""
        return bool(self.flow_class.instance.has_view_permission(user, task.coerced_process))

    def can_execute(self, user: Any, task: Any) -> bool:
        return False

    def can_assign(self, user: Any, task: Any) -> bool:
        return False

    def can_unassign(self, user: Any, task: Any) -> bool:
        return False

    def can_reassign(self, user: Any, task: Any) -> bool:
        return False

    def can_cancel(self, user: Any, task: Any) -> bool:
        """Whether ``user`` may cancel the task now."""
        return self._possible("cancel", user, task)

    def can_undo(self, user: Any, task: Any) -> bool:
        """Whether ``user`` may undo the task now."""
        return self._possible("undo", user, task)

    def can_revive(self, user: Any, task: Any) -> bool:
        """Whether ``user`` may revive the task now."""
        return self._possible("revive", user, task)

    def get_available_actions(self, activation: Activation, user: Any) -> list[Any]:
        """Return what ``user`` may do with the task; the face of the engine adds the pages."""
        return []


class Flow(FlowGraph):
    """A process, declared as nodes in a class body.

    ``process_class`` and ``task_class`` keep its rows. ``lock_impl`` keeps two steps of one
    process apart (see :mod:`viewflow.workflow.lock`); the default is safe on every database.
    Title and description come from ``process_title`` and ``process_description``, else from the
    docstring, else from the class name.
    """

    process_class: ClassVar[Any] = Process
    task_class: ClassVar[Any] = Task
    lock_impl: ClassVar[Any] = database_lock

    _first_splits: ClassVar[tuple[Any, ...]] = ()
    _has_boundaries: ClassVar[bool] = False
    _compensations: ClassVar[tuple[Any, ...]] = ()

    def __init__(self) -> None:
        #: The viewsets through which the flow is reachable.
        self.mounts: list[Any] = []

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._first_splits = cls._compensations = ()
        cls._has_boundaries = False
        # Processes have one more right than other rows: to cancel, undo and revive.
        options = cls.process_class._meta
        if "manage" not in options.default_permissions:
            options.default_permissions = (*options.default_permissions, "manage")

    @classmethod
    def lock(cls, process_pk: Any) -> AbstractContextManager[None]:
        """``with MyFlow.lock(pk):`` — hold the process's lock and the step's transaction.

        A process that works for another one is locked at the root of its family first. Raises
        ``FlowLockFailed`` when somebody else keeps a lock too long.
        """
        if cls.may_work_for_others():
            return family_lock(cls, process_pk)
        return cls.lock_impl(cls, process_pk)  # type: ignore[no-any-return]

    @classmethod
    def may_work_for_others(cls) -> bool:
        """Whether code can start a process of the flow for a task of another process."""
        return any(node.task_type == "START" for node in cls._nodes.values()) and any(
            field.name == "parent_task" for field in cls.process_class._meta.concrete_fields
        )

    @classmethod
    def get_start_nodes(cls, user: Any = None) -> list[Any]:
        """Return the nodes that people can start a process with; for ``user``, if given."""
        nodes = [node for node in cls.instance.nodes() if node.task_type == "HUMAN_START"]
        return nodes if user is None else [node for node in nodes if node.can_execute(user)]

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        """Whether ``user`` may look at the flow's processes, or at ``obj``."""
        return has_model_perm(user, self.process_class, "view", obj) or self.has_manage_permission(
            user, obj
        )

    def has_manage_permission(self, user: Any, obj: Any = None) -> bool:
        """Whether ``user`` may cancel, undo and revive."""
        return has_model_perm(user, self.process_class, "manage", obj)

    def get_available_process_actions(self, process: Any, user: Any) -> list[FlowAction]:
        """Return what ``user`` may do with the process as a whole."""
        if process.status == PROCESS.NEW and self.has_manage_permission(user, process):
            try:
                return [FlowAction(_("Cancel"), process.reverse("process_cancel"))]
            except NoReverseMatch:  # the project has left the page out
                return []
        return []

    def reverse(self, viewname: str, args: Any = None, kwargs: Any = None) -> str:
        """Return the URL of a page of the flow, in the mount that serves the current request.

        Raises ``NoReverseMatch`` when the flow is not mounted, or has no such page.
        """
        current = current_mounts.get()
        failure: NoReverseMatch | None = None
        if not self.mounts:
            # Outside of a request nobody may have read the URLconf yet, which makes the mounts.
            _patterns = get_resolver(get_urlconf()).url_patterns
        mounts = self.mounts
        if len(mounts) > 1:
            mounts = sorted(mounts, key=lambda mount: mount not in current)
        for mount in mounts:
            try:
                return str(mount.reverse(viewname, args=args, kwargs=kwargs))
            except NoReverseMatch as error:
                failure = failure or error
        raise failure or NoReverseMatch(
            f"{type(self)} has no pages: put it into a FlowViewset or FlowAppViewset and its "
            "urls into the URL configuration."
        )

    @classmethod
    def live_activations(cls, process: Any) -> list[Activation]:
        """Return the tasks of the process that hold a token, the oldest first."""
        return cls.live_activations_of([process.pk])

    @classmethod
    def live_activations_of(cls, processes: Any) -> list[Activation]:
        """Return the tasks of these processes that hold a token; a queryset, or a list of keys."""
        tasks = cls.task_class._default_manager.filter(process__in=processes, status__in=LIVE)
        holders = tasks.exclude(flow_task_type=BOUNDARY)
        return [
            task.flow_task.activation_class(task)
            for task in sorted(holders.select_related("owner").order_by(), key=attrgetter("pk"))
            if task.flow_task is not None
        ]

    def cancel(self, process: Any) -> None:
        """Cancel a process and all its open tasks.

        The processes that its tasks have started are cancelled with it. Raises
        ``FlowRuntimeError``, and changes nothing, when the process is finished or one of the tasks
        cannot be cancelled; the message names them. So it does for a process of another flow.
        """
        flow_class = type(self)
        if process.flow_class is not None and str(process.flow_class) != str(flow_class):
            raise FlowRuntimeError(
                f"{process} is a process of {process.flow_class}, not of {flow_class}."
            )
        with flow_class.lock(process.pk):
            process.refresh_from_db()
            step = current_step(process._state.db)
            assert step is not None
            process = step.remember_process(process)
            if process.status != PROCESS.NEW:
                raise FlowRuntimeError(
                    _("%(process)s cannot be cancelled: it is already %(status)s.")
                    % {
                        "process": f"{flow_class.process_title} #{process.pk}",
                        "status": process.get_status_display().lower(),
                    }
                )
            withdraw_process(process, step)
            tell_parent(process, step)

    @classmethod
    def branches_ended(cls, activations: list[Activation]) -> None:
        """Branches of a process have ended with these tasks; what it means for the others.

        Called at the end of a step. The joins that wait for them look again. With nothing left to
        wait for, a process that has reached an end is done (BPMN 2.0.2, clause 13.2: no token is
        left); one that has not stays open, for somebody to revive the task or cancel the process.
        """
        from .nodes.end import finish_process

        last = activations[0]
        if last.process.status != PROCESS.NEW:
            return
        step = current_step(last.using)
        assert step is not None
        rows = cls.task_class._base_manager.using(step.using).filter(process=last.task.process_id)
        tokens = {token for a in activations for token in Token(a.task.token).bases()}
        if tokens or cls._has_boundaries:
            joins = rows.filter(flow_task_type="JOIN", status__in=(STATUS.NEW, STATUS.STARTED))
            if not cls._has_boundaries:
                joins = joins.filter(token__in=sorted(tokens))
            waiting = [
                step.one_instance(row) for row in sorted(joins.order_by(), key=attrgetter("pk"))
            ]
            step.schedule([row.flow_task.activation_class(row) for row in waiting if row.flow_task])
        cancelled = any(a.task.status != STATUS.DONE for a in activations)
        if cancelled and rows.filter(flow_task_type="END", status=STATUS.DONE).exists():
            finish_process(last)
