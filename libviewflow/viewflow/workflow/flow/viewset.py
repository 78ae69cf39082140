"""Where a flow is mounted: one flow in an application, one flow as an application, many flows.

``FlowViewset`` gives a flow its pages; ``FlowAppViewset`` adds the lists of a person's work and is
an application of its own; ``WorkflowAppViewset`` shares those lists among several flows, which
hang below ``flows/``.
"""

from __future__ import annotations

import warnings
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from viewflow.descriptors import viewprop
from viewflow.icons import Icon
from viewflow.urls import Application, AppMenuMixin, IndexViewMixin, Viewset, ViewsetMeta, route
from viewflow.urls.resolver import ViewsetResolver
from viewflow.workflow.models import Task

from . import views
from .counts import WorkCounts
from .keys import key_route
from .mount import bind_patterns, register_mount
from .navigation import success_url

__all__ = ["BulkTaskActionsMixin", "FlowAppViewset", "FlowViewset", "WorkflowAppViewset"]


class BaseFlowViewset(Viewset):
    """The pages of one flow and the URLs of its nodes."""

    flow_class: Any = None

    dashboard_view_class: Any = views.DashboardView
    process_list_view_class: Any = views.DashboardProcessListView
    process_detail_view_class: Any = views.DetailProcessView
    process_cancel_view_class: Any = views.CancelProcessView
    task_list_view_class: Any = views.DashboardTaskListView
    chart_view_class: Any = views.FlowChartView
    process_chart_view_class: Any = views.FlowChartView

    def __init__(self, flow_class: Any = None, **initkwargs: Any) -> None:
        super().__init__(**initkwargs)
        if flow_class is not None:
            self.flow_class = flow_class
        if self.flow_class is None:
            raise ValueError(f"{type(self).__name__} needs a flow: {type(self).__name__}(MyFlow).")
        if self.app_name is None:
            self.app_name = self.flow_class.app_name

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        """May this person see the flow? Decides menus; the pages ask again themselves."""
        return bool(self.flow_class.instance.has_view_permission(user, obj))

    def get_success_url(self, request: HttpRequest) -> str:
        """Return the page after a finished step.

        With ``_continue`` in the form: the person's next task, else the process. Without: the
        page the person came from (``?back=``), else a page the project pinned in the session,
        else the process.
        """
        return success_url(request)

    def _page(self, name: str, route: str, url_name: str) -> URLPattern | None:
        """Return the URL of a page by its name; ``None`` when its view class is."""
        if not getattr(self, f"{name}_view_class"):
            return None
        return path(route, getattr(self, f"{name}_view"), name=url_name)

    @property
    def _process_route(self) -> str:
        return key_route(self.flow_class.process_class, "process_pk")

    def _page_view(self, name: str) -> Any:
        view_class = getattr(self, f"{name}_view_class")
        return view_class.as_view(**getattr(self, f"{name}_view_kwargs"))

    def _page_kwargs(self, name: str, **kwargs: Any) -> dict[str, Any]:
        defaults = {"viewset": self, "flow_class": self.flow_class}
        view_class = getattr(self, f"{name}_view_class")
        return self.filter_kwargs(view_class, **defaults, **kwargs)

    # Dashboard

    def get_dashboard_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self._page_kwargs("dashboard", **kwargs)

    @viewprop
    def dashboard_view_kwargs(self) -> dict[str, Any]:
        return self.get_dashboard_view_kwargs()

    @viewprop
    def dashboard_view(self) -> Any:
        return self._page_view("dashboard")

    @property
    def dashboard_path(self) -> Any:
        return self._page("dashboard", "", "index")

    # Processes

    def get_process_list_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self._page_kwargs("process_list", **kwargs)

    @viewprop
    def process_list_view_kwargs(self) -> dict[str, Any]:
        return self.get_process_list_view_kwargs()

    @viewprop
    def process_list_view(self) -> Any:
        return self._page_view("process_list")

    @property
    def process_list_path(self) -> Any:
        return self._page("process_list", "flows/", "process_list")

    def get_process_detail_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self._page_kwargs("process_detail", **kwargs)

    @viewprop
    def process_detail_view_kwargs(self) -> dict[str, Any]:
        return self.get_process_detail_view_kwargs()

    @viewprop
    def process_detail_view(self) -> Any:
        return self._page_view("process_detail")

    @property
    def process_detail_path(self) -> Any:
        return self._page("process_detail", f"{self._process_route}/", "process_detail")

    def get_process_cancel_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self._page_kwargs("process_cancel", **kwargs)

    @viewprop
    def process_cancel_view_kwargs(self) -> dict[str, Any]:
        return self.get_process_cancel_view_kwargs()

    @viewprop
    def process_cancel_view(self) -> Any:
        return self._page_view("process_cancel")

    @property
    def process_cancel_path(self) -> Any:
        return self._page("process_cancel", f"{self._process_route}/cancel/", "process_cancel")

    # Tasks

    def get_task_list_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self._page_kwargs("task_list", **kwargs)

    @viewprop
    def task_list_view_kwargs(self) -> dict[str, Any]:
        return self.get_task_list_view_kwargs()

    @viewprop
    def task_list_view(self) -> Any:
        return self._page_view("task_list")

    @property
    def task_list_path(self) -> Any:
        return self._page("task_list", "tasks/", "task_list")

    # Charts

    def get_chart_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self._page_kwargs("chart", **kwargs)

    @viewprop
    def chart_view_kwargs(self) -> dict[str, Any]:
        return self.get_chart_view_kwargs()

    @viewprop
    def chart_view(self) -> Any:
        return self._page_view("chart")

    @property
    def chart_path(self) -> Any:
        return self._page("chart", "chart/", "chart")

    def get_process_chart_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self._page_kwargs("process_chart", **kwargs)

    @viewprop
    def process_chart_view_kwargs(self) -> dict[str, Any]:
        return self.get_process_chart_view_kwargs()

    @viewprop
    def process_chart_view(self) -> Any:
        return self._page_view("process_chart")

    @property
    def process_chart_path(self) -> Any:
        return self._page("process_chart", f"{self._process_route}/chart/", "process_chart")

    # URLs

    def _node_patterns(self, own: dict[str, str]) -> list[Any]:
        patterns = []
        for node in self.flow_class.instance.nodes():
            pages = node.get_urlpatterns() if hasattr(node, "get_urlpatterns") else []
            for address in {str(page.pattern) for page in pages} & own.keys():
                raise ValueError(
                    f"{self!r} has its page {own[address]!r} at {address!r}, so that of {node!r} could "
                    "never be reached: rename the node."
                )
            if pages:
                resolver = ViewsetResolver(self, bind_patterns(self, pages), {"node": node})
                patterns.append(path("", ([resolver], node.name, node.name)))
        return patterns

    def _get_urls(self) -> list[Any]:
        register_mount(self)
        patterns = bind_patterns(self, super()._get_urls())
        lists = ("process_list", "task_list", "chart", "inbox", "queue", "archive")
        own = {str(p.pattern): p.name for p in patterns if getattr(p, "name", None) in lists}
        return [*patterns, *self._node_patterns(own)]

    def _get_resolver_extra(self) -> dict[str, Any]:
        extra: dict[str, Any] = super()._get_resolver_extra()
        return {**extra, "flow_viewset": self, "flow": self.flow_class.instance}


class FlowViewset(AppMenuMixin, BaseFlowViewset):
    """One flow inside an application: ``Application(viewsets=[FlowViewset(MyFlow)])``."""

    title: Any = None
    icon: Any = Icon("workflow")

    def __init__(self, flow_class: Any = None, **initkwargs: Any) -> None:
        titled = initkwargs.get("title") or type(self).title
        super().__init__(flow_class, **initkwargs)
        self.title = titled or self.flow_class.process_title

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        return BaseFlowViewset.has_view_permission(self, user, obj)


class BulkTaskActionsMixin(metaclass=ViewsetMeta):
    """The lists of a person's work and the actions on many tasks at once."""

    inbox_view_class: Any = None
    queue_view_class: Any = None
    archive_view_class: Any = None
    tasks_assign_view_class: Any = views.BulkAssignTasksActionView
    tasks_unassign_view_class: Any = views.BulkUnassignTasksActionView

    def flow_classes(self) -> list[Any]:
        """Return the flows whose tasks are listed, in the order of their menu."""
        raise NotImplementedError

    def get_context_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the person's work: ``user_inbox`` and ``user_queue``, counted when printed."""
        counts = WorkCounts.of(request, self)
        return {
            **super().get_context_data(request),  # type: ignore[misc]
            "user_inbox": counts.inbox,
            "user_queue": counts.queue,
        }

    def _list_kwargs(self, name: str, **kwargs: Any) -> dict[str, Any]:
        view_class = getattr(self, f"{name}_view_class")
        defaults = {
            "viewset": self,
            "flow_class": getattr(self, "flow_class", None),
            "flow_classes": self.flow_classes(),
        }
        return self.filter_kwargs(view_class, **defaults, **kwargs)  # type: ignore[attr-defined,no-any-return]

    def _list_path(self, name: str, route: str) -> Any:
        if not getattr(self, f"{name}_view_class"):
            return None
        return path(route, getattr(self, f"{name}_view"), name=name)

    def _list_view(self, name: str) -> Any:
        view_class = getattr(self, f"{name}_view_class")
        return view_class.as_view(**getattr(self, f"{name}_view_kwargs"))

    def get_inbox_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self._list_kwargs("inbox", **kwargs)

    @viewprop
    def inbox_view_kwargs(self) -> dict[str, Any]:
        return self.get_inbox_view_kwargs()

    @viewprop
    def inbox_view(self) -> Any:
        return self._list_view("inbox")

    @property
    def inbox_path(self) -> Any:
        return self._list_path("inbox", "inbox/")

    def get_queue_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self._list_kwargs("queue", **kwargs)

    @viewprop
    def queue_view_kwargs(self) -> dict[str, Any]:
        return self.get_queue_view_kwargs()

    @viewprop
    def queue_view(self) -> Any:
        return self._list_view("queue")

    @property
    def queue_path(self) -> Any:
        return self._list_path("queue", "queue/")

    def get_archive_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self._list_kwargs("archive", **kwargs)

    @viewprop
    def archive_view_kwargs(self) -> dict[str, Any]:
        return self.get_archive_view_kwargs()

    @viewprop
    def archive_view(self) -> Any:
        return self._list_view("archive")

    @property
    def archive_path(self) -> Any:
        return self._list_path("archive", "archive/")

    @viewprop
    def work_counts_view(self) -> Any:
        return views.work_counts_view(self)

    @property
    def work_counts_path(self) -> Any:
        return path("_/counts/", self.work_counts_view, name="work_counts")

    def get_tasks_assign_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self._list_kwargs("tasks_assign", **kwargs)

    @viewprop
    def tasks_assign_view_kwargs(self) -> dict[str, Any]:
        return self.get_tasks_assign_view_kwargs()

    @viewprop
    def tasks_assign_view(self) -> Any:
        return self._list_view("tasks_assign")

    @property
    def tasks_assign_path(self) -> Any:
        return self._list_path("tasks_assign", "queue/assign/")

    def get_tasks_unassign_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self._list_kwargs("tasks_unassign", **kwargs)

    @viewprop
    def tasks_unassign_view_kwargs(self) -> dict[str, Any]:
        return self.get_tasks_unassign_view_kwargs()

    @viewprop
    def tasks_unassign_view(self) -> Any:
        return self._list_view("tasks_unassign")

    @property
    def tasks_unassign_path(self) -> Any:
        return self._list_path("tasks_unassign", "inbox/unassign/")


class FlowAppViewset(BulkTaskActionsMixin, BaseFlowViewset, Application):
    """One flow as an application: ``Site(viewsets=[FlowAppViewset(MyFlow, icon="local_pizza")])``."""

    title: Any = ""
    icon: Any = Icon("workflow")
    menu_template_name = "viewflow/workflow/flow_menu.html"
    base_template_name = "viewflow/workflow/base_page.html"

    inbox_view_class = views.FlowInboxListView
    queue_view_class = views.FlowQueueListView
    archive_view_class = views.FlowArchiveListView

    index_path = None

    def __init__(self, flow_class: Any = None, **initkwargs: Any) -> None:
        titled = initkwargs.get("title") or type(self).title
        super().__init__(flow_class, **initkwargs)
        self.title = titled or self.flow_class.process_title

    def flow_classes(self) -> list[Any]:
        return [self.flow_class]

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        """May this person enter? Everybody signed in may see their own work; the pages about
        the whole flow ask for the permission to view it."""
        return Application.has_view_permission(self, user, obj)

    def get_menu_viewname(self, user: Any) -> str:
        """Return the first page of the application for this person: the dashboard, or the inbox."""
        sees_flow = self.flow_class.instance.has_view_permission(user)
        return "index" if sees_flow or not self.has_page("inbox_path") else "inbox"

    def _get_resolver_extra(self) -> dict[str, Any]:
        return {**super()._get_resolver_extra(), "app": self}


class _FlowsViewset(IndexViewMixin, Viewset):
    """What hangs below ``flows/`` of a ``WorkflowAppViewset``."""

    app_name = "flows"

    def index_view(self, request: HttpRequest) -> HttpResponse:
        """Lead to the dashboard of the first flow that this person may view."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        for viewset in self._children:
            if viewset.has_view_permission(request.user):
                return HttpResponseRedirect(viewset.reverse("index"))
        raise PermissionDenied


class WorkflowAppViewset(BulkTaskActionsMixin, Application):
    """Several flows as one application: ``WorkflowAppViewset(flow_viewsets=[FlowViewset(A), …])``."""

    app_name = "workflow"
    title: Any = ""
    icon: Any = Icon("inbox")
    menu_template_name = "viewflow/workflow/workflow_menu.html"
    base_template_name = "viewflow/workflow/base_page.html"
    flow_viewsets: Any = None

    inbox_view_class = views.WorkflowInboxListView
    queue_view_class = views.WorkflowQueueListView
    archive_view_class = views.WorkflowArchiveListView

    def __init__(self, flow_viewsets: Any = None, **initkwargs: Any) -> None:
        super().__init__(**initkwargs)
        if flow_viewsets is not None:
            self.flow_viewsets = flow_viewsets
        self.flow_viewsets = list(self.flow_viewsets or ())
        if not initkwargs.get("title") and not type(self).title:
            self.title = _("Work")
        tables = {flow.task_class._meta.concrete_model for flow in self.flow_classes()}
        if len(tables) > 1:
            names = ", ".join(
                flow.__name__
                for flow in self.flow_classes()
                if not issubclass(flow.task_class, Task)
            )
            warnings.warn(
                f"{self!r}: the lists of work show one task table, not those of {names}. Mount a "
                "flow with a task table of its own as a FlowAppViewset.",
                stacklevel=2,
            )

    @viewprop
    def flows_path(self) -> Any:
        return route("flows/", _FlowsViewset(viewsets=self.flow_viewsets))

    @property
    def mounted_flows(self) -> list[Any]:
        """The viewsets of the flows, as mounted here."""
        below = self._routes["flows_path"].viewset
        return [child for child in below._children if getattr(child, "flow_class", None)]

    def flow_classes(self) -> list[Any]:
        return [viewset.flow_class for viewset in self.flow_viewsets]

    def index_view(self, request: HttpRequest) -> HttpResponse:
        """Lead to the inbox."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return HttpResponseRedirect(self.reverse("inbox"))

    def menu_items(self) -> Any:
        """Return the flows, for the menu; those a person may not view are hidden there."""
        return iter(self.mounted_flows)
