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
from viewflow.workflow import FlowRuntimeError
from viewflow.workflow.executor import unit_of_work
from viewflow.workflow.status import STATUS

from .answers import Conflict, NoForm, held
from .base import FlowAPIView
from .fields import FormSerializer, form_data, form_values, serializer_of
from .schema import Operation
from .serializers import ProcessDetailSerializer, TaskDetailSerializer

__all__ = ["ExecuteView", "StartView"]


class _Silent:
    """Takes messages that only a page would show."""

    def add(self, *args: Any, **kwargs: Any) -> None:
        pass


class NodeForm:
    """The form of a node's view, apart from its page."""

    def __init__(self, node: Any, request: Any, activation: Any) -> None:
        view = node.execute_view
        view_class = getattr(view, "view_class", None)
        if view_class is None or not hasattr(view_class, "get_form_class"):
            raise NoForm
        self.activation = activation
        self.request = request
        request.activation = activation
        self.view = view_class(**view.view_initkwargs)
        self.view.setup(request)
        # Where a page leads next is nothing to an API, and the flow may have no pages.
        self.view.get_success_url = lambda *args, **kwargs: "/"
        if hasattr(self.view, "get_object"):
            self.view.object = self.view.get_object()
        self.serializer_class = getattr(view_class, "serializer_class", None) or (
            view.view_initkwargs.get("serializer_class")
        )

    def form(self, **data: Any) -> Any:
        """The form; with ``data`` and ``files`` it is a filled-in one."""
        kwargs = self.view.get_form_kwargs()
        for name in ("data", "files"):
            kwargs.pop(name, None)
        return self.view.get_form_class()(**kwargs, **data)

    def body_class(self, name: str) -> Any:
        """The serializer of what can be sent."""
        return self.serializer_class or serializer_of(self.form(), name)

    def values(self) -> dict[str, Any]:
        """What the fields hold now."""
        if self.serializer_class:
            return dict(self.serializer_class(self.activation.process).data)
        form = self.form()
        shown = serializer_of(form, "Values")(form_values(form)).data
        return dict(shown)

    def submit(self, sent: Any, files: Any, context: dict[str, Any]) -> None:
        """Check, save and execute, as the page does. Raises ``InvalidData``."""
        if self.serializer_class:
            serializer = self.serializer_class(self.activation.process, data=sent, context=context)
            serializer.is_valid(raise_exception=True)
            serializer.save()
            self.activation.execute()
            return
        checked = self.body_class("Values")(data=sent, context=context)
        checked.is_valid(raise_exception=True)
        unfilled = self.form()
        form = self.form(data=form_data(unfilled, checked.validated_data), files=files)
        if not form.is_valid():
            raise InvalidData(_errors(form))
        self.view.form_valid(form)
        if form.errors:  # found by the view, after the form
            raise InvalidData(_errors(form))


def _errors(form: Any) -> dict[str, Any]:
    return {
        "non_field_errors" if name == "__all__" else name: [str(text) for text in errors]
        for name, errors in form.errors.items()
    }


class _NodeView(FlowAPIView):
    node: Any = None

    def get_body_class(self) -> Any:
        name = f"{self.flow_slug()}_{self.node.name}".replace("_", " ").title().replace(" ", "")
        try:
            return self._blank().body_class(name)
        except Exception:
            return type(name, (FormSerializer,), {})

    def _blank(self) -> NodeForm:
        """The node's form without a process, for the schema."""
        from django.contrib.auth.models import AnonymousUser
        from django.http import HttpRequest

        request = HttpRequest()
        request.method, request.user = "GET", AnonymousUser()
        flow_class = self.flow_class
        task = flow_class.task_class(flow_task=self.node)
        task.process = flow_class.process_class(flow_class=flow_class)
        return NodeForm(self.node, request, self.node.activation_class(task))

    def submit(self, activation: Any) -> None:
        """Fill in the node's form with the request, quietly."""
        request = self.request._request
        request.user = self.request.user
        messages = request.__dict__.pop("_messages", None)
        request._messages = _Silent()
        try:
            form = NodeForm(self.node, request, activation)
            form.submit(self.request.data, self.request.FILES, self.get_serializer_context())
        except (IntegrityError, DataError) as error:
            text = _("This cannot be saved: it clashes with another entry.")
            raise InvalidData({"non_field_errors": [text]}) from error
        finally:
            request._messages = messages
            if messages is None:
                del request._messages
        if activation.task.status not in {STATUS.DONE, STATUS.ERROR}:
            raise Conflict(_("The step was not completed."))


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
        try:
            with unit_of_work(router.db_for_write(node.flow_class.process_class)):
                activation.start(request)
                self.submit(activation)
        except FlowRuntimeError as error:
            raise Conflict(str(error)) from error
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
        activation = self.admit(self.node, self._read(pk), pk, "execute")
        inner = request._request
        inner.user = request.user
        return Response(NodeForm(self.node, inner, activation).values())

    def post(self, request: Any, pk: int) -> Response:
        process_pk = self._read(pk)
        with held(self.flow_class, process_pk):
            activation = self.admit(self.node, process_pk, pk, "execute")
            self.submit(activation)
        task = self.get_task(pk)
        return Response(TaskDetailSerializer(task, context=self.get_serializer_context()).data)
