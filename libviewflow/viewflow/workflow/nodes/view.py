"""View: a task that a person does (BPMN 2.0.2, clause 10.3.3, user task)."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist
from django.utils.timezone import now

from ...this_object import this
from ..activation import Activation, cancellation
from ..base import Node
from ..exceptions import FlowRuntimeError
from ..status import STATUS
from .mixins import NextNodeMixin, PermissionMixin

__all__ = ["View", "ViewActivation"]


class ViewActivation(Activation):
    """A person's task."""

    # Who may: asked by pages and actions, never by the transition itself.

    def may_assign(self, user: Any) -> bool:
        return self.flow_task.allows_owner(user, self.task)

    def may_unassign(self, user: Any) -> bool:
        return self.may_execute(user) or self.has_manage_permission(user)

    def may_execute(self, user: Any) -> bool:
        return self.task.owner_id is not None and self.task.owner_id == user.pk

    @Activation.status.transition(source=STATUS.NEW)
    def activate(self) -> None:
        """Offer the task: to the person the flow names, else to whoever may take it."""
        with self.step(), self.exception_guard():
            node = self.flow_task
            if node.owner_permission is not None:
                self.task.owner_permission = node.owner_permission
                obj = node.owner_permission_obj
                if callable(obj):
                    of_activation = getattr(obj, "of_activation", False)
                    obj = self.call(obj, self if of_activation else self.process)
                # Without an object, or one that is not saved, the permission as such is wanted.
                if obj is not None and obj.pk is not None:
                    self.task.owner_permission_content_type = ContentType.objects.get_for_model(obj)
                    self.task.owner_permission_obj_pk = str(obj.pk)
            owner = node.find_owner(self)
            if owner is not None:
                self.assign(owner)
            if node.on_create is not None:
                self.call(node.on_create, self)

    @Activation.status.transition(
        source=STATUS.NEW,
        target=STATUS.ASSIGNED,
        label="Assign",
        permission=this.may_assign,
    )
    def assign(self, user: Any = None) -> None:
        """Give the task to ``user``. Raises ``ValueError`` for nobody: nobody would see it."""
        _refuse_nobody(user)
        with self.step():
            self.task.owner = user
            self.task.assigned = now()

    @Activation.status.transition(
        source=STATUS.ASSIGNED,
        target=STATUS.NEW,
        label="Unassign",
        permission=this.may_unassign,
    )
    def unassign(self) -> None:
        """Put the task back into the queue."""
        with self.step():
            self.task.owner = None
            self.task.assigned = None

    @Activation.status.transition(
        source=STATUS.ASSIGNED, label="Reassign", permission=this.may_unassign
    )
    def reassign(self, user: Any = None) -> None:
        """Give the task to somebody else; :meth:`unassign` is for nobody. Raises ``ValueError``."""
        _refuse_nobody(user)
        with self.step():
            self.task.owner = user
            self.task.assigned = now()

    @Activation.status.transition(
        source=STATUS.ASSIGNED, target=STATUS.STARTED, label="Start", permission=this.may_execute
    )
    def start(self, request: Any = None) -> None:
        """Begin the work: from now on the task can be neither cancelled nor given back."""
        with self.step():
            user = getattr(request, "user", None)
            if self.task.owner_id is None and user is not None and user.is_authenticated:
                self.task.owner = user
            self.started()

    @Activation.status.transition(
        source=[STATUS.ASSIGNED, STATUS.STARTED], label="Execute", permission=this.may_execute
    )
    def execute(self) -> None:
        """Complete the task and go on to what follows; begins it first where nobody has."""
        with self.step():
            if self.task.status == STATUS.ASSIGNED:
                self.start()
            self.complete()
            self.activate_next()

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def complete(self) -> None:
        """Finish the task."""
        self.finish()

    #: Drop the task.
    cancel = cancellation(STATUS.NEW, STATUS.ASSIGNED)


def _refuse_nobody(user: Any) -> None:
    if user is None or getattr(user, "pk", user) is None:
        raise ValueError(
            f"A task is given to a user who is saved, not to {user!r}; unassign() puts it into the "
            "queue."
        )


class View(PermissionMixin, NextNodeMixin, Node):
    """A page on which a person does a task."""

    task_type = "HUMAN"
    bpmn_element = "userTask"
    activation_class = ViewActivation
    references = ("undo_func", "on_create", "_owner")

    def __init__(self, view: Any = None, undo_func: Any = None, **kwargs: Any) -> None:
        super().__init__()
        self._view = view
        self.undo_func = undo_func
        self.on_create: Any = None
        self._owner: Any = None
        self._owner_lookup: dict[str, Any] | None = None

    def Assign(self, owner: Any = None, **user_lookup: Any) -> Self:
        """Give each new task to somebody.

        ``owner`` is a user, a callable of the activation, ``this.method`` or
        ``this.<node>.owner``; ``None`` from a callable leaves the task in the queue. A lookup that
        finds nobody raises ``FlowRuntimeError``.
        """
        self._owner = owner
        self._owner_lookup = user_lookup or None
        return self

    def onCreate(self, ref: Any) -> Self:
        """Call ``ref(activation)`` once for each new task."""
        self.on_create = ref
        return self

    def find_owner(self, activation: Activation) -> Any:
        """Return whom a new task is given to, or ``None``."""
        if self._owner_lookup is not None:
            try:
                return get_user_model()._default_manager.get(**self._owner_lookup)
            except (ObjectDoesNotExist, MultipleObjectsReturned) as error:
                wanted = ", ".join(f"{key}={value!r}" for key, value in self._owner_lookup.items())
                raise FlowRuntimeError(
                    f"{self}: the task should be assigned to the user with {wanted}, but {error}"
                ) from error
        if callable(self._owner) and not hasattr(self._owner, "pk"):
            return activation.call(self._owner, activation)
        return self._owner

    def allows_owner(self, user: Any, task: Any) -> bool:
        """Whether ``user`` holds the permission that the task asks for."""
        if not (user.is_authenticated and user.is_active):
            return False
        permission = task.owner_permission
        if not permission or user.has_perm(permission):
            return True
        obj = task.owner_permission_obj if task.owner_permission_obj_pk is not None else None
        return obj is not None and bool(user.has_perm(permission, obj))

    def can_view(self, user: Any, task: Any) -> bool:
        """Whether ``user`` may look: by right, as owner, or as one who may take the task."""
        if user.is_authenticated and task.owner_id is not None and task.owner_id == user.pk:
            return True
        return super().can_view(user, task) or self.can_assign(user, task)

    def can_execute(self, user: Any, task: Any) -> bool:
        """Whether ``user`` may do the task now: its owner."""
        return (
            task.status in (STATUS.ASSIGNED, STATUS.STARTED)
            and user.is_authenticated
            and task.owner_id == user.pk
        )

    def can_assign(self, user: Any, task: Any) -> bool:
        """Whether ``user`` may take the task now."""
        free = task.status == STATUS.NEW and task.owner_id is None
        return free and self.allows_owner(user, task)

    def can_unassign(self, user: Any, task: Any) -> bool:
        """Whether ``user`` may give the task back now: its owner, or who manages the flow."""
        return user.is_authenticated and self._possible("unassign", user, task)

    def can_reassign(self, user: Any, task: Any) -> bool:
        """Whether ``user`` may hand the task over now."""
        return user.is_authenticated and self._possible("reassign", user, task)
