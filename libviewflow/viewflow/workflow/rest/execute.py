"""Starting a process and completing a task: the node's own form, filled in through the API."""

from __future__ import annotations

from typing import Any

from django.db import DataError, IntegrityError, router
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import PermissionDenied
from rest_framework.exceptions import ValidationError as InvalidData
from rest_framework.response import Response

from viewflow.drawing.measure import title_of
from viewflow.workflow.executor import unit_of_work

from .answers import held, told
from .base import FlowAPIView
from .fields import FormSerializer
from .page import NodePage, body_class_of
from .schema import Operation
from .serializers import ProcessDetailSerializer, TaskDetailSerializer

__all__ = ["ExecuteView", "StartView"]


class _Silent:
    """Takes messages that only a page would show."""

    def add(self, *args: Any, **kwargs: Any) -> None:
        pass


class _NodeView(FlowAPIView):
    node: Any = None

    def get_body_class(self) -> Any:
        from django.contrib.auth.models import AnonymousUser
        from django.http import HttpRequest

        name = f"{self.flow_slug()}_{self.node.name}".replace("_", " ").title().replace(" ", "")
        request = HttpRequest()
        request.method, request.user = "GET", AnonymousUser()
        task = self.flow_class.task_class(flow_task=self.node)
        task.process = self.flow_class.process_class(flow_class=self.flow_class)
        try:
            return body_class_of(self.node, request, self.node.activation_class(task), name)
        except Exception:
            return type(name, (FormSerializer,), {})

    def page(self, activation: Any, **kwargs: Any) -> NodePage:
        """The node's page for this request."""
        inner = self.request._request
        inner.user = self.request.user
        return NodePage(self.node, inner, activation, self.get_serializer_context(), kwargs)

    def submit(self, activation: Any, **kwargs: Any) -> None:
        """Fill in the node's form with the request, quietly."""
        page = self.page(activation, **kwargs)
        request = self.request._request
        sent, files = self.request.data, self.request.FILES
        messages = request.__dict__.pop("_messages", None)
        request._messages = _Silent()
        try:
            page.submit(sent, files)
        except (IntegrityError, DataError) as error:
            text = _("This cannot be saved: it clashes with another entry.")
            raise InvalidData({"non_field_errors": [text]}) from error
        finally:
            request._messages = messages
            if messages is None:
                del request._messages


class StartView(_NodeView):
    """Start a process."""

    @property
    def operations(self) -> dict[str, Operation]:  # type: ignore[override]
        name = f"start_{self.node.name}"
        return {
            "POST": Operation(
                name,
                str(self.node.task_title or _("Start a process")),
                ProcessDetailSerializer,
                201,
                (400, 403, 409, 415, 501, 503),
            )
        }

    def post(self, request: Any) -> Response:
        node = self.node
        if not node.can_execute(request.user):
            raise PermissionDenied
        activation = node.activation_class.create(node, None, None)
        with (
            told(node.flow_class),
            unit_of_work(router.db_for_write(node.flow_class.process_class)),
        ):
            activation.start(request)
            self.submit(activation)
        process = activation.process
        data = ProcessDetailSerializer(process, context=self.get_serializer_context()).data
        url = self.link("process", pk=process.pk)
        return Response(data, status=201, headers={"Location": url} if url else None)


class ExecuteView(_NodeView):
    """Complete a task, for the person who has it. What is left out keeps its value."""

    @property
    def operations(self) -> dict[str, Operation]:  # type: ignore[override]
        title = title_of(self.node)
        return {
            "GET": Operation(
                f"{self.node.name}_form",
                _("What “%s” asks for") % title,
                OpenApiTypes.OBJECT,
                errors=(403, 404, 409, 501),
            ),
            "POST": Operation(
                f"{self.node.name}_execute",
                title,
                TaskDetailSerializer,
                errors=(400, 403, 404, 409, 415, 501, 503),
            ),
        }

    def _read(self, pk: int) -> Any:
        task = self.get_task(pk)
        return task.process_id

    def get(self, request: Any, pk: int) -> Response:
        """What the form holds now, for the person who has the task."""
        process_pk = self._read(pk)
        activation = self.admit(self.node, process_pk, pk, "execute")
        return Response(self.page(activation, process_pk=process_pk, task_pk=pk).values())

    def post(self, request: Any, pk: int) -> Response:
        process_pk = self._read(pk)
        with held(self.flow_class, process_pk):
            activation = self.admit(self.node, process_pk, pk, "execute")
            self.submit(activation, process_pk=process_pk, task_pk=pk)
        task = self.get_task(pk)
        return Response(TaskDetailSerializer(task, context=self.get_serializer_context()).data)
