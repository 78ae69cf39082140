"""What the endpoints of a flow share: who may come in, where things are, how they are found."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import NoReverseMatch
from rest_framework.exceptions import PermissionDenied
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from viewflow.workflow.flow.keys import check_pk
from viewflow.workflow.flow.utils import find_process, get_task_or_404
from viewflow.workflow.flow.views.listing import with_processes

from .answers import conflict_of
from .schema import FlowSchema, Operation

__all__ = ["STEPS", "FlowAPIView", "Pages"]

#: Steps of a task besides executing it: the transition, and who is asked for the right to it.
STEPS = ("assign", "unassign", "cancel", "undo", "revive")

#: The most tasks of one process that are given with it.
MANY = 500


class Pages(PageNumberPagination):
    """25 rows, or up to 100 with ``?page_size=``."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100


class FlowAPIView(APIView):
    """An endpoint of a flow."""

    flow_class: Any = None
    permission_classes = (IsAuthenticated,)
    schema = FlowSchema()
    #: What each method does, for the schema.
    operations: dict[str, Operation] = {}

    def flow_slug(self) -> str:
        """The flow in the names of the schema."""
        instance = self.flow_class.instance
        return f"{instance.app_label}_{instance.flow_label}".replace("/", "_")

    def get_description(self) -> str:
        """What the schema says about the endpoint."""
        return (type(self).__doc__ or "").split("\n\n")[0].replace("\n    ", " ")

    def get_body_class(self) -> Any:
        """The serializer of what is sent; ``None`` for nothing."""
        return None

    def link(self, page: str, **kwargs: Any) -> str:
        """The address of an endpoint of this flow, in the mount that serves the request.

        Empty for one that is left out.
        """
        match = self.request.resolver_match
        name = f"{match.namespace}:{page}" if match.namespace else page
        try:
            return str(reverse(name, kwargs=kwargs or None, request=self.request))
        except NoReverseMatch:
            return ""

    def get_serializer_context(self) -> dict[str, Any]:
        return {"request": self.request, "view": self}

    # rows ------------------------------------------------------------------------------------

    def get_process(self, pk: Any) -> Any:
        """The process, for people who may view it. ``Http404``, ``PermissionDenied``."""
        check_pk(pk)
        instance, user = self.flow_class.instance, self.request.user
        sees_all = instance.has_view_permission(user)
        process = find_process(self.flow_class, pk)
        if process is None:
            # Those who see nothing learn nothing about which numbers exist.
            raise Http404 if sees_all else PermissionDenied
        if not sees_all and not instance.has_view_permission(user, process):
            raise PermissionDenied
        return process

    def get_task(self, pk: int) -> Any:
        """The task with its process. ``Http404`` for a number that the flow does not have."""
        check_pk(pk)
        rows = self.flow_class.task_class._default_manager.filter(
            pk=pk, process__flow_class=self.flow_class
        )
        task = with_processes(rows, [self.flow_class]).select_related("owner").first()
        if task is None or task.flow_task is None:
            raise Http404
        return task

    def sees_process(self, process: Any) -> bool:
        """May the person look into the process? Whoever starts one need not."""
        return bool(self.flow_class.instance.has_view_permission(self.request.user, process))

    def tasks_of(self, process: Any) -> list[Any]:
        """The newest tasks of a process that the person may see, the oldest of them first."""
        rows = self.flow_class.task_class._default_manager.filter(process_id=process.pk)
        found = list(rows.select_related("owner").order_by("-pk")[:MANY])
        for task in found:
            task.process = process
        if not self.sees_process(process):
            user = self.request.user
            found = [t for t in found if t.flow_task and t.flow_task.can_view(user, t)]
        return found[::-1]

    # steps -----------------------------------------------------------------------------------

    def task_actions(self, task: Any) -> dict[str, str]:
        """The steps that the person may take with ``task`` now, and where."""
        node, user = task.flow_task, self.request.user
        activation = node.activation_class(task)
        found = {
            step: self.link("task_step", pk=task.pk, step=step)
            for step in STEPS
            if self._possible(activation, step) and getattr(node, f"can_{step}")(user, task)
        }
        if self._possible(activation, "execute") and node.can_execute(user, task):
            found["execute"] = self.link(f"{node.name}_execute", pk=task.pk)
        return {step: url for step, url in found.items() if url}

    def _possible(self, activation: Any, step: str) -> bool:
        transition = getattr(activation, step, None)
        return transition is not None and bool(transition.can_proceed())

    def admit(self, node: Any, process_pk: Any, pk: int, step: str) -> Any:
        """Read the task under the lock and return its activation, ready for ``step``.

        Raises ``PermissionDenied`` for people without the right and :class:`Conflict`, with the
        reason, where the state does not allow the step.
        """
        user = self.request.user
        task = get_task_or_404(node, process_pk, pk)
        activation = node.activation_class(task)
        possible = self._possible(activation, step)
        if possible and getattr(node, f"can_{step}")(user, task):
            return activation
        if possible or not node.can_view(user, task):
            raise PermissionDenied
        raise conflict_of(task, user, step)
