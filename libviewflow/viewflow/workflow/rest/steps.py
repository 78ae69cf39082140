"""One process, one task, and the steps that need no form: take, give back, cancel, undo, open again."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from viewflow.workflow import FlowLockFailed, FlowRuntimeError, chart
from viewflow.workflow.context import Context

from .answers import Busy, Conflict, held
from .base import STEPS, FlowAPIView
from .renderers import BPMNRenderer, SVGRenderer
from .schema import Operation
from .serializers import ProcessDetailSerializer, TaskDetailSerializer

__all__ = [
    "ChartView",
    "ProcessCancelView",
    "ProcessChartView",
    "ProcessView",
    "TaskStepView",
    "TaskView",
]


class ProcessView(FlowAPIView):
    """A process with its data and its tasks."""

    operations = {"GET": Operation("process", "Look at a process", ProcessDetailSerializer)}

    def get(self, request: Any, pk: int) -> Response:
        process = self.get_process(pk)
        return Response(
            ProcessDetailSerializer(process, context=self.get_serializer_context()).data
        )


class ProcessCancelView(FlowAPIView):
    """Cancel a process and all that is open in it. For people who manage the processes."""

    operations = {
        "POST": Operation(
            "process_cancel",
            "Cancel a process",
            ProcessDetailSerializer,
            errors=(403, 404, 409, 503),
        )
    }

    def post(self, request: Any, pk: int) -> Response:
        process = self.get_process(pk)
        if not self.flow_class.instance.has_manage_permission(request.user, process):
            raise PermissionDenied
        try:
            self.flow_class.instance.cancel(process)
        except FlowLockFailed as error:
            raise Busy from error
        except FlowRuntimeError as error:
            raise Conflict(str(error)) from error
        process = self.get_process(pk)
        return Response(
            ProcessDetailSerializer(process, context=self.get_serializer_context()).data
        )


class TaskView(FlowAPIView):
    """A task, and what the person may do with it now."""

    operations = {"GET": Operation("task", "Look at a task", TaskDetailSerializer)}

    def get(self, request: Any, pk: int) -> Response:
        task = self.get_task(pk)
        if not task.flow_task.can_view(request.user, task):
            raise PermissionDenied
        return Response(TaskDetailSerializer(task, context=self.get_serializer_context()).data)


class TaskStepView(FlowAPIView):
    """Take a task, give it back, cancel it, undo it, or open it again.

    The right to each step is the one of its page.
    """

    operations = {
        "POST": Operation(
            "task_step",
            "Take, give back, cancel, undo or revive a task",
            TaskDetailSerializer,
            errors=(403, 404, 409, 503),
            parameters=[
                OpenApiParameter("step", OpenApiTypes.STR, OpenApiParameter.PATH, enum=STEPS)
            ],
        )
    }

    def post(self, request: Any, pk: int, step: str) -> Response:
        if step not in STEPS:
            raise Http404
        task = self.get_task(pk)
        node = task.flow_task
        with held(self.flow_class, task.process_id):
            activation = self.admit(node, task.process_id, pk, step)
            activation = self.take(activation, step) or activation
        task = self.get_task(activation.task.pk)
        return Response(TaskDetailSerializer(task, context=self.get_serializer_context()).data)

    def take(self, activation: Any, step: str) -> Any:
        """Take the step; return the activation of the task to go on with, if it is another one."""
        if step == "assign":
            activation.assign(self.request.user)
            return None
        if step == "revive":
            # What made the task fail may do so again; the cause is kept on the new task.
            with Context(propagate_exception=False):
                return activation.revive()
        getattr(activation, step)()
        return None


class ChartView(FlowAPIView):
    """The drawing of the flow, or of one process: SVG, or BPMN with ``?format=bpmn``."""

    renderer_classes = (SVGRenderer, BPMNRenderer)
    operations = {
        "GET": Operation(
            "chart",
            "Draw the flow",
            OpenApiTypes.STR,
            errors=(403, 404),
            media_types=["image/svg+xml", "application/xml"],
        )
    }

    def get(self, request: Any, pk: int | None = None) -> Response:
        flow_class = self.flow_class
        if pk is not None:
            self.get_process(pk)
        elif not flow_class.instance.has_view_permission(request.user):
            raise PermissionDenied
        grid = chart.calc_layout_data(flow_class)
        if request.accepted_renderer.format == "bpmn":
            name = flow_class.instance.flow_label.replace("/", "_")
            headers = {"Content-Disposition": f'attachment; filename="{name}.bpmn"'}
            return Response(chart.grid_to_bpmn(grid), headers=headers)
        if pk is not None:
            chart.calc_cell_status(flow_class, grid, pk)
        return Response(chart.grid_to_svg(grid))


class ProcessChartView(ChartView):
    """The drawing of one process with the state of each step."""

    operations = {
        "GET": Operation(
            "process_chart",
            "Draw a process",
            OpenApiTypes.STR,
            errors=(403, 404),
            media_types=["image/svg+xml", "application/xml"],
        )
    }
