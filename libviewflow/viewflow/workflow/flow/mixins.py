"""What nodes show: pages of a task and their URLs, one mixin per page.

A node is engine first (``viewflow.workflow.nodes``); these mixins give it a face. Each page
follows one shape: ``<page>_view_class`` (a class, ``None`` for no page), ``<page>_view`` (what is
called) and ``<page>_path`` (its URL, ``None`` for no URL). A node of a project's own adds a page
by adding such a ``*_path``::

    class Approval(flow.View):
        @property
        def approve_path(self):
            view = wrap_task_view(self, ApproveView.as_view(), permission=self.can_execute)
            return path(self.task_route("approve"), view, name="approve")
"""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _

from viewflow.fsm.transition import BoundTransition
from viewflow.urls import ViewsetMeta
from viewflow.views import Action
from viewflow.workflow import STATUS

from . import views
from .keys import key_route
from .utils import View, wrap_start_view, wrap_task_view

__all__ = [
    "NodeAssignMixin",
    "NodeCancelMixin",
    "NodeDetailMixin",
    "NodeExecuteMixin",
    "NodePagesMixin",
    "NodeReviveMixin",
    "NodeStartMixin",
    "NodeUndoMixin",
]


class NodePagesMixin(metaclass=ViewsetMeta):
    """Base of a node with pages: collects the ``*_path`` attributes into URL patterns."""

    name: str
    flow_class: Any

    @property
    def boundary_classes(self) -> dict[str, Any]:
        """The node classes of events on this node's border, by kind: those that have pages."""
        from .time_nodes import BOUNDARY_CLASSES

        return BOUNDARY_CLASSES

    def get_available_actions(self, activation: Any, user: Any) -> list[Action]:
        """Return what ``user`` may do with the task now, as links.

        A node of a project's own extends the list of ``super()``.
        """
        engine: Any = getattr(super(), "get_available_actions", None)
        return list(engine(activation, user) or ()) if engine is not None else []

    def _method_handler(self, method: Any) -> Any:
        """Return the node that calls the method of a ``CompensateWith``; it has pages as well."""
        from .event_nodes import MethodHandler

        return MethodHandler(method, self.name)

    def _action(self, activation: Any, user: Any, page: str, name: Any) -> list[Action]:
        """Return the action that leads to ``page`` if this person and this state allow it."""
        # The state of the task is part of what can_… answers; it is asked first because it is
        # cheap and most pages are out of the question in most states.
        allowed = getattr(self, f"can_{page}", None)
        step = getattr(activation, page, None)
        if allowed is None or step is None:
            return []
        if isinstance(step, BoundTransition) and not step.can_proceed(check_conditions=False):
            return []
        if not allowed(user, activation.task):
            return []
        try:
            return [Action(name, url=activation.task.reverse(page))]
        except NoReverseMatch:  # no such page, or the flow is not mounted
            return []

    def task_route(self, page: str = "") -> str:
        """Return the route of a page of one task, ``<process>/<node>/<task>/<page>/``."""
        tail = f"{page}/" if page else ""
        process = key_route(self.flow_class.process_class, "process_pk")
        return f"{process}/{self.name}/<int:task_pk>/{tail}"

    def page_pattern(
        self, page: str, view: View, permission: Any = None, transition: str | None = None
    ) -> URLPattern:
        """Return the URL of a page of one task, guarded by :func:`wrap_task_view`."""
        wrapped = wrap_task_view(self, view, permission=permission, transition=transition)
        return cast(
            URLPattern, path(self.task_route("" if page == "index" else page), wrapped, name=page)
        )

    def get_urlpatterns(self) -> list[URLPattern | URLResolver]:
        """Return the patterns of all pages of this node, in the order of declaration."""
        names = dict.fromkeys(
            name
            for base in type(self).__mro__
            for name in vars(base)
            if name.endswith("_path") and not name.startswith("get_")
        )
        found = []
        for name in names:
            value = getattr(self, name)
            if isinstance(value, URLPattern | URLResolver):
                found.append(value)
            elif value is not None and not callable(value):
                raise ValueError(f"{type(self).__name__}.{name} of {self!r} is not a URL pattern.")
        return found


class NodeDetailMixin(NodePagesMixin):
    """Pages ``index`` (leads on) and ``detail`` (all about one task)."""

    index_view_class: Any = views.IndexTaskView
    detail_view_class: Any = views.DetailTaskView

    @property
    def index_view(self) -> View:
        return cast(View, self.index_view_class.as_view())

    @property
    def index_path(self) -> URLPattern | None:
        if not self.index_view_class:
            return None
        return self.page_pattern("index", self.index_view)

    @property
    def detail_view(self) -> View:
        return cast(View, self.detail_view_class.as_view())

    @property
    def detail_path(self) -> URLPattern | None:
        if not self.detail_view_class:
            return None
        return self.page_pattern("detail", self.detail_view)


def _given_view(node: Any) -> View:
    """Return the view a node was declared with, as a callable."""
    view = node.resolve(node.flow_class.instance, node._view)
    if isinstance(view, type) and hasattr(view, "as_view"):
        return cast(View, view.as_view())
    if not callable(view):
        raise ImproperlyConfigured(f"{node.flow_class}.{node.name}: {view!r} is not a view.")
    return cast(View, view)


class NodeStartMixin(NodePagesMixin):
    """Page ``execute`` of a start node: the form that starts a process."""

    @property
    def execute_view(self) -> View:
        return _given_view(self)

    @property
    def execute_path(self) -> URLPattern | None:
        view = wrap_start_view(self, self.execute_view)
        return cast(URLPattern, path(f"{self.name}/", view, name="execute"))


class NodeExecuteMixin(NodePagesMixin):
    """Page ``execute``: the form of a task.

    A node declared with a view shows that view; for others (gates that wait) the page asks for a
    confirmation and looks at the gate again.
    """

    execute_view_class: Any = None

    def get_available_actions(self, activation: Any, user: Any) -> list[Action]:
        found = super().get_available_actions(activation, user)
        found += self._action(activation, user, "execute", _("Do it"))
        return found

    @property
    def execute_view(self) -> View:
        if getattr(self, "_view", None) is not None:
            return _given_view(self)
        return cast(View, self.execute_view_class.as_view())

    @property
    def execute_path(self) -> URLPattern | None:
        if getattr(self, "_view", None) is None and not self.execute_view_class:
            return None
        permission = getattr(self, "can_execute", None)
        return self.page_pattern("execute", self.execute_view, permission, "execute")


class NodeAssignMixin(NodePagesMixin):
    """Pages ``assign``, ``unassign`` and, when configured, ``reassign``."""

    assign_view_class: Any = views.AssignTaskView
    unassign_view_class: Any = views.UnassignTaskView
    reassign_view_class: Any = None

    def get_available_actions(self, activation: Any, user: Any) -> list[Action]:
        found = super().get_available_actions(activation, user)
        found += self._action(activation, user, "assign", _("Take this task"))
        found += self._action(activation, user, "unassign", _("Give back"))
        found += self._action(activation, user, "reassign", _("Hand to someone…"))
        return found

    @property
    def assign_view(self) -> View:
        return cast(View, self.assign_view_class.as_view())

    @property
    def assign_path(self) -> URLPattern | None:
        if not self.assign_view_class:
            return None
        return self.page_pattern("assign", self.assign_view, self.can_assign, "assign")  # type: ignore[attr-defined]

    @property
    def unassign_view(self) -> View:
        return cast(View, self.unassign_view_class.as_view())

    @property
    def unassign_path(self) -> URLPattern | None:
        if not self.unassign_view_class:
            return None
        return self.page_pattern("unassign", self.unassign_view, self.can_unassign, "unassign")  # type: ignore[attr-defined]

    @property
    def reassign_view(self) -> View:
        return cast(View, self.reassign_view_class.as_view())

    @property
    def reassign_path(self) -> URLPattern | None:
        if not self.reassign_view_class:
            return None
        return self.page_pattern("reassign", self.reassign_view, self.can_reassign, "reassign")  # type: ignore[attr-defined]


class NodeCancelMixin(NodePagesMixin):
    """Page ``cancel``."""

    cancel_view_class: Any = views.CancelTaskView

    def get_available_actions(self, activation: Any, user: Any) -> list[Action]:
        found = super().get_available_actions(activation, user)
        found += self._action(activation, user, "cancel", _("Cancel task…"))
        return found

    @property
    def cancel_view(self) -> View:
        return cast(View, self.cancel_view_class.as_view())

    @property
    def cancel_path(self) -> URLPattern | None:
        if not self.cancel_view_class:
            return None
        return self.page_pattern("cancel", self.cancel_view, self.can_cancel, "cancel")  # type: ignore[attr-defined]


class NodeUndoMixin(NodePagesMixin):
    """Page ``undo``."""

    undo_view_class: Any = views.UndoTaskView

    def get_available_actions(self, activation: Any, user: Any) -> list[Action]:
        found = super().get_available_actions(activation, user)
        found += self._action(activation, user, "undo", _("Undo…"))
        return found

    @property
    def undo_view(self) -> View:
        return cast(View, self.undo_view_class.as_view())

    @property
    def undo_path(self) -> URLPattern | None:
        if not self.undo_view_class:
            return None
        return self.page_pattern("undo", self.undo_view, self.can_undo, "undo")  # type: ignore[attr-defined]


class NodeReviveMixin(NodePagesMixin):
    """Page ``revive``."""

    revive_view_class: Any = views.ReviveTaskView

    def get_available_actions(self, activation: Any, user: Any) -> list[Action]:
        found = super().get_available_actions(activation, user)
        failed = activation.task.status == STATUS.ERROR and not hasattr(activation, "retry")
        name = _("Try again…") if failed else _("Open again…")
        found += self._action(activation, user, "revive", name)
        return found

    @property
    def revive_view(self) -> View:
        return cast(View, self.revive_view_class.as_view())

    @property
    def revive_path(self) -> URLPattern | None:
        if not self.revive_view_class:
            return None
        return self.page_pattern("revive", self.revive_view, self.can_revive, "revive")  # type: ignore[attr-defined]
