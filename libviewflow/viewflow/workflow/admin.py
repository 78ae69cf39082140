"""Processes and tasks in Django's admin: to look, to repair a row, never to start a process."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from .graph.flow import find_flow
from .models import Process, Task

__all__ = ["FlowClassListFilter", "ProcessAdmin", "TaskAdmin", "TaskInline"]


class FlowClassListFilter(admin.SimpleListFilter):
    """Narrows a list to one flow; shows titles, not references."""

    title = _("flow")
    parameter_name = "flow_class"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = Process._base_manager.order_by().values_list("flow_class", flat=True).distinct()
        flows = [flow for flow in rows if flow is not None]
        return sorted(((str(flow), flow.process_title) for flow in flows), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        ref = self.value()
        if not ref:
            return queryset
        return queryset.filter(flow_class=ref) if find_flow(ref) is not None else queryset.none()


class _NoAdding:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _StrictList:
    """A list whose address no database can be asked for is shown without its filters."""

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # PostgreSQL refuses NUL in any text; Django's filters hand it on.
        if any("\x00" in value for _name, values in request.GET.lists() for value in values):
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc, no-any-return]


class TaskInline(_NoAdding, admin.TabularInline):
    """The tasks of a process, read-only."""

    model = Task
    extra = 0
    can_delete = False
    fields = ("flow_task", "flow_task_type", "status", "owner", "created", "finished")
    readonly_fields = fields
    ordering = ("pk",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Process)
class ProcessAdmin(_NoAdding, _StrictList, admin.ModelAdmin):
    """Processes of every flow."""

    actions = None
    date_hierarchy = "created"
    list_display = ("pk", "title", "flow", "status", "created", "finished", "participants")
    list_filter = ("status", FlowClassListFilter)
    list_display_links = ("pk", "title")
    readonly_fields = ("flow_class", "status", "created", "finished", "parent_task")
    exclude = (
        "seed_content_type",
        "seed_object_id",
        "artifact_content_type",
        "artifact_object_id",
    )
    inlines = (TaskInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("task_set__owner")

    @admin.display(description=_("About"))
    def title(self, process: Process) -> str:
        return process.brief or str(process)

    @admin.display(description=_("Flow"), ordering="flow_class")
    def flow(self, process: Process) -> str:
        return str(process.flow_class.process_title) if process.flow_class is not None else "-"

    @admin.display(description=_("Participants"))
    def participants(self, process: Process) -> str:
        owners = {task.owner for task in process.task_set.all() if task.owner_id is not None}
        return ", ".join(sorted(str(owner) for owner in owners))


@admin.register(Task)
class TaskAdmin(_NoAdding, _StrictList, admin.ModelAdmin):
    """Tasks of every flow."""

    actions = None
    date_hierarchy = "created"
    list_display = ("pk", "title", "status", "owner", "created", "finished")
    list_display_links = ("pk", "title")
    list_filter = ("status", "flow_task_type")
    list_select_related = ("owner", "process")
    readonly_fields = (
        "process",
        "flow_task",
        "flow_task_type",
        "status",
        "token",
        "previous",
        "created",
        "assigned",
        "started",
        "finished",
        "scheduled",
        "external_task_id",
    )
    raw_id_fields = ("owner",)
    exclude = (
        "owner_permission_content_type",
        "owner_permission_obj_pk",
        "seed_content_type",
        "seed_object_id",
        "artifact_content_type",
        "artifact_object_id",
    )

    @admin.display(description=_("About"))
    def title(self, task: Task) -> str:
        return task.brief or str(task)
