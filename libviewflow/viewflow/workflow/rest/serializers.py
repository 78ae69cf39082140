"""Processes and tasks as the API gives them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db.models.fields.files import FieldFile
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.utils.encoders import JSONEncoder

from viewflow.workflow.flow.brief import as_text, process_line, task_line
from viewflow.workflow.flow.story import title_of
from viewflow.workflow.templatetags.workflow import own_fields

__all__ = ["ProcessDetailSerializer", "ProcessSerializer", "TaskDetailSerializer", "TaskSerializer"]


class KeyField(serializers.IntegerField):
    """The number of a process, or the text of its UUID."""

    def to_representation(self, value: Any) -> Any:
        return str(value) if isinstance(value, uuid.UUID) else super().to_representation(value)


class _Linked(serializers.Serializer):
    """Has links: the view in the context knows where it is mounted."""

    def link(self, page: str, **kwargs: Any) -> str:
        return str(self.context["view"].link(page, **kwargs))


@extend_schema_serializer(component_name="WorkflowTask")
class TaskSerializer(_Linked):
    """A task: what is to be done or was done, by whom and when."""

    id = serializers.IntegerField()
    process = KeyField(source="process_id")
    node = serializers.SerializerMethodField(help_text="The name of the step in the flow.")
    title = serializers.SerializerMethodField(help_text="The name of the step, for people.")
    summary = serializers.SerializerMethodField(help_text="What is to be done, in one line.")
    status = serializers.CharField()
    owner = serializers.SerializerMethodField(help_text="Who has it.")
    created = serializers.DateTimeField()
    assigned = serializers.DateTimeField(allow_null=True)
    started = serializers.DateTimeField(allow_null=True)
    finished = serializers.DateTimeField(allow_null=True)
    url = serializers.SerializerMethodField()

    def get_node(self, task: Any) -> str:
        return task.flow_task.name if task.flow_task is not None else ""

    def get_title(self, task: Any) -> str:
        return title_of(task)

    def get_summary(self, task: Any) -> str:
        return as_text(task_line(task))

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_owner(self, task: Any) -> str | None:
        return task.owner.get_username() if task.owner_id is not None else None

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, task: Any) -> str:
        return self.link("task", pk=task.pk)


@extend_schema_serializer(component_name="WorkflowTaskDetail")
class TaskDetailSerializer(TaskSerializer):
    """A task, and what the person may do with it now."""

    actions = serializers.SerializerMethodField(help_text="Where to POST, by the step's name.")

    @extend_schema_field(serializers.DictField(child=serializers.URLField()))
    def get_actions(self, task: Any) -> dict[str, str]:
        view = self.context["view"]
        return view.task_actions(task)  # type: ignore[no-any-return]


@extend_schema_serializer(component_name="WorkflowProcess")
class ProcessSerializer(_Linked):
    """A process: what it is about and how far it is."""

    id = KeyField()
    summary = serializers.SerializerMethodField(help_text="For whom or what, in one line.")
    status = serializers.CharField()
    created = serializers.DateTimeField()
    finished = serializers.DateTimeField(allow_null=True)
    url = serializers.SerializerMethodField()

    def get_summary(self, process: Any) -> str:
        return as_text(process_line(process))

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, process: Any) -> str:
        return self.link("process", pk=process.pk)


def _for_json(field: Any, process: Any, value: Any) -> Any:
    """The value, or its text where JSON has nothing like it: bytes, "not a number", own types."""
    if value is None or isinstance(value, bool | int | str):
        return value
    try:
        json.dumps(value, cls=JSONEncoder, allow_nan=False)
    except (TypeError, ValueError, AttributeError):
        pass
    else:
        return value
    try:
        text = field.value_to_string(process)
    except (TypeError, ValueError, AttributeError):
        text = value
    return text if isinstance(text, str) else str(text)


@extend_schema_serializer(component_name="WorkflowProcessDetail")
class ProcessDetailSerializer(ProcessSerializer):
    """A process with its data and its tasks, the oldest first.

    Who has started it and may not view processes gets no data, and only tasks that they may see.
    """

    data = serializers.SerializerMethodField(help_text="What the project keeps about it.")
    tasks = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField())
    def get_data(self, process: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if not self.context["view"].sees_process(process):
            return found
        model: Any = type(process)
        for field in own_fields(model):
            value = getattr(process, field.attname, None)
            if isinstance(value, FieldFile):
                value = value.name or None
            found[field.name] = _for_json(field, process, value)
        return found

    @extend_schema_field(TaskSerializer(many=True))
    def get_tasks(self, process: Any) -> list[Any]:
        tasks = self.context["view"].tasks_of(process)
        return list(TaskSerializer(tasks, many=True, context=self.context).data)
