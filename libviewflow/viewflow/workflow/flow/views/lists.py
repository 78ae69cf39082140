"""All processes and all tasks of a flow, as tables, for people who may view the flow."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from viewflow.descriptors import viewprop
from viewflow.views import ListModelView
from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.managers import of_flows
from viewflow.workflow.status import BOUNDARY

from ..brief import process_line
from ..labels import avatar, process_status_mark
from ..pages import ACTIVE, crumbs
from ..relatives import parents_of
from ..story import title_of
from ..urls_of import ProcessUrls
from . import filters
from .listing import TaskListView, process_matches, text_columns, with_processes
from .mixins import FlowAccessMixin

__all__ = ["DashboardProcessListView", "DashboardTaskListView"]


class _FlowList:
    """What both lists share: one flow, its permission, its templates."""

    flow_class: Any = None
    viewset: Any = None
    template_filename = ""
    #: What is listed until the filter names a status or a day of finishing.
    open_statuses: Any = ()
    title: Any = None

    def get_flow_class(self) -> Any:
        return FlowAccessMixin.get_flow_class(self)  # type: ignore[arg-type]

    @property
    def listed_flows(self) -> list[Any]:
        return [self.get_flow_class()]

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        return bool(self.get_flow_class().instance.has_view_permission(user))

    def get_template_names(self) -> list[str]:
        name = getattr(self, "template_name", None)
        if name:
            return [name]
        flow = self.get_flow_class().instance
        return [
            f"{flow.app_label}/{flow.flow_label}/{self.template_filename}",
            f"viewflow/workflow/{self.template_filename}",
        ]

    def get_title(self) -> str:
        return str(self.title)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what the filter lets through; what is open, unless it asks for something else."""
        rows = super().filter_queryset(queryset)  # type: ignore[misc]
        filterset = self.filterset  # type: ignore[attr-defined]
        if filterset is not None and filterset.is_bound and filterset.is_valid():
            chosen = filterset.form.cleaned_data
            if chosen.get("status") or chosen.get("finished"):
                return rows  # type: ignore[no-any-return]
        return rows.filter(status__in=self.open_statuses)  # type: ignore[no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        flow_class = self.get_flow_class()
        kwargs.setdefault("flow_class", flow_class)
        kwargs.setdefault("breadcrumbs", crumbs(self.request, flow_class, (self.get_title(), None)))
        kwargs.setdefault("show_all_url", self._show_all())
        return super().get_context_data(**kwargs)  # type: ignore[misc,no-any-return]

    def _show_all(self) -> str:
        statuses = self.filterset.filters["status"].extra["choices"]  # type: ignore[attr-defined]
        return "?" + "&".join(f"status={value}" for value, _label in statuses)


class DashboardProcessListView(_FlowList, ListModelView):  # type: ignore[misc]
    """The processes of a flow; open ones, unless another status is asked for."""

    template_filename = "process_list.html"
    title = gettext_lazy("Processes")
    columns = ("process_id", "brief", "created", "finished", "active_tasks")
    ordering = ("-created",)
    open_statuses = (PROCESS.NEW,)
    filterset_class = filters.DashboardProcessFilter
    search_fields: Any = ("data",)
    search_placeholder = gettext_lazy("Search processes")
    empty_icon = "workflow"
    empty_title = gettext_lazy("No open processes")
    empty_text = gettext_lazy("Finished ones are found with the filter “Status”.")

    now = TaskListView.now
    today = TaskListView.today
    moment = TaskListView.moment

    def get_model(self) -> Any:
        return self.get_flow_class().process_class

    @viewprop
    def queryset(self) -> QuerySet[Any]:
        flow_class = self.get_flow_class()
        return flow_class.process_class._default_manager.filter(flow_class=flow_class)  # type: ignore[no-any-return]

    def search_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the processes that hold every word, or have it as their number."""
        words = self.get_search_words()
        if not words or tuple(self.search_fields) != ("data",):
            return super().search_queryset(queryset)
        paths = text_columns(queryset.model)
        for word in words:
            queryset = queryset.filter(process_matches(queryset, word, paths))
        return queryset

    def get_object_url(self, obj: Any) -> str | None:
        return self.process_urls.detail(self.get_flow_class(), obj.pk)

    @cached_property
    def process_urls(self) -> ProcessUrls:
        return ProcessUrls()

    def process_id(self, process: Any) -> str:
        return str(process)

    process_id.short_description = gettext_lazy("Process")  # type: ignore[attr-defined]
    process_id.orderby_column = "pk"  # type: ignore[attr-defined]

    def brief(self, process: Any) -> str:
        """What the process is about, and which other one it works for."""
        line = process_line(process)
        parent = self._parents.get(getattr(process, "parent_task_id", None))
        if parent is None:
            return line
        url = self.process_urls.detail(parent.flow_class, parent.pk)
        name = format_html('<a href="{}">{}</a>', url, parent) if url else escape(parent)
        return format_html("{}<small>{} {}</small>", line, _("Works for"), name)

    brief.short_description = gettext_lazy("For")  # type: ignore[attr-defined]

    def created(self, process: Any) -> SafeString:
        return self.moment(process.created)

    created.short_description = gettext_lazy("Started")  # type: ignore[attr-defined]
    created.orderby_column = "created"  # type: ignore[attr-defined]

    def finished(self, process: Any) -> SafeString:
        mark = process_status_mark(process.status)
        if not process.finished:
            return mark
        return SafeString(f"{mark}<small>{self.moment(process.finished)}</small>")

    finished.short_description = gettext_lazy("Status")  # type: ignore[attr-defined]
    finished.orderby_column = "finished"  # type: ignore[attr-defined]

    def active_tasks(self, process: Any) -> SafeString:
        """What the process waits for, and who has it."""
        parts = [
            f'<span class="cluster">{avatar(task.owner) if task.owner_id else ""}'
            f"<span>{escape(title_of(task))}</span></span>"
            for task in self._open_tasks.get(process.pk, ())
        ]
        return SafeString("".join(parts))

    active_tasks.short_description = gettext_lazy("Now")  # type: ignore[attr-defined]

    def get_page_data(self, page: Any) -> list[Any]:
        flow_class = self.get_flow_class()
        self._parents = parents_of(list(page))
        self._open_tasks: dict[Any, list[Any]] = {}
        rows = (
            flow_class.task_class._default_manager.filter(
                process__in=[process.pk for process in page], status__in=ACTIVE
            )
            .exclude(flow_task_type=BOUNDARY)
            .select_related("owner")
            .order_by("pk")
        )
        for task in rows:
            self._open_tasks.setdefault(task.process_id, []).append(task)
        return super().get_page_data(page)


class DashboardTaskListView(_FlowList, TaskListView):
    """The tasks of a flow; open ones, unless another status is asked for."""

    template_filename = "task_list.html"
    title = gettext_lazy("Tasks")
    columns = ("task_id", "flow_task", "process_summary", "created", "owner")
    object_link_columns = ("task_id", "flow_task")
    ordering = ("-created",)
    open_statuses = ACTIVE
    filterset_class = filters.DashboardTaskFilter
    empty_icon = "layers"
    empty_title = gettext_lazy("No open tasks")
    empty_text = gettext_lazy("Finished ones are found with the filter “Status”.")

    @viewprop
    def queryset(self) -> QuerySet[Any]:
        flow_class = self.get_flow_class()
        rows = flow_class.task_class._default_manager.filter(of_flows([flow_class]))
        if flow_class._has_boundaries:
            # An armed event is no task that anybody could look for.
            rows = rows.exclude(flow_task_type=BOUNDARY, status__in=(STATUS.NEW, STATUS.SCHEDULED))
        return with_processes(rows, [flow_class]).select_related("owner")

    def get_object_url(self, obj: Any) -> str | None:
        return self.task_urls.page(obj, "detail") or self.task_urls.page(obj, "index")

    def flow_task(self, task: Any) -> SafeString:
        return format_html("{}<small>{}</small>", title_of(task), self.status(task))

    flow_task.short_description = gettext_lazy("Step")  # type: ignore[attr-defined]
    flow_task.orderby_column = "flow_task"  # type: ignore[attr-defined]
