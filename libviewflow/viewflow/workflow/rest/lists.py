"""Lists of processes and tasks."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import ListAPIView

from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.flow.views.listing import with_processes
from viewflow.workflow.managers import of_flows
from viewflow.workflow.status import BOUNDARY

from .base import FlowAPIView, Pages
from .schema import Operation
from .serializers import ProcessSerializer, TaskSerializer

__all__ = ["ProcessListView", "TaskListView"]

LISTS = ("inbox", "queue", "archive", "all")


class _TaskQuery(serializers.Serializer):
    task_list = serializers.ChoiceField(LISTS, default="all")
    status = serializers.ChoiceField(STATUS.choices, required=False)


class _ProcessQuery(serializers.Serializer):
    status = serializers.ChoiceField(PROCESS.choices, required=False)


def _parameter(name: str, values: Any, text: str) -> OpenApiParameter:
    return OpenApiParameter(name, enum=list(values), description=text)


class _ListView(FlowAPIView, ListAPIView):
    pagination_class = Pages
    query_class: Any = None

    def asked(self) -> dict[str, Any]:
        """What the address asks for; a wrong value is an error, not an empty list."""
        query = self.query_class(data=self.request.query_params.dict())
        query.is_valid(raise_exception=True)
        return dict(query.validated_data)

    def filter_queryset(self, queryset: Any) -> Any:
        return queryset


class TaskListView(_ListView):
    """Tasks: those to do, those to take, those done, or all of the flow. The newest first."""

    query_class = _TaskQuery
    serializer_class = TaskSerializer
    operations = {
        "GET": Operation(
            "task_list",
            "List tasks",
            TaskSerializer,
            errors=(400, 403, 404),
            parameters=[
                _parameter("task_list", LISTS, "The person's tasks, or (for viewers) all."),
                _parameter("status", STATUS.values, "Only tasks in this status."),
            ],
        )
    }

    def get_queryset(self) -> Any:
        asked, user, flow_class = self.asked(), self.request.user, self.flow_class
        rows = flow_class.task_class._default_manager.all()
        if asked["task_list"] == "all":
            if not flow_class.instance.has_view_permission(user):
                raise PermissionDenied
            rows = rows.filter(of_flows([flow_class]))
            if flow_class._has_boundaries:
                # An armed event is no task that anybody could look for.
                armed = {"flow_task_type": BOUNDARY, "status__in": (STATUS.NEW, STATUS.SCHEDULED)}
                rows = rows.exclude(**armed)
        else:
            rows = getattr(rows, asked["task_list"])([flow_class], user)
        if "status" in asked:
            rows = rows.filter(status=asked["status"])
        rows = with_processes(rows, [flow_class]).select_related("owner")
        return rows.order_by("-created", "-pk")


class ProcessListView(_ListView):
    """The processes of the flow, for people who may view it. The newest first."""

    query_class = _ProcessQuery
    serializer_class = ProcessSerializer
    operations = {
        "GET": Operation(
            "process_list",
            "List processes",
            ProcessSerializer,
            errors=(400, 403, 404),
            parameters=[_parameter("status", PROCESS.values, "Only processes in this status.")],
        )
    }

    def get_queryset(self) -> Any:
        asked, flow_class = self.asked(), self.flow_class
        if not flow_class.instance.has_view_permission(self.request.user):
            raise PermissionDenied
        rows = flow_class.process_class._default_manager.filter(flow_class=flow_class)
        if "status" in asked:
            rows = rows.filter(status=asked["status"])
        return rows.order_by("-created", "-pk")
